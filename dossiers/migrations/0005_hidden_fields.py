"""What an applicant declares, and how they are reached, lies encrypted; people are found by blind indexes.

The text that lists search by name no longer holds a telephone number (`search` is folded "name 84… 0… business").
"""

from django.db import migrations, models

import keys.fields
from dossiers.life import OPEN
from keys.migrating import hide_columns

FORGET_PHONES = r"""
    UPDATE dossiers_dossier SET search = regexp_replace(search, ' \+?\d{9,15} 0\d*( |$)', ' ')
    WHERE search ~ '\d{9}'
"""


class Migration(migrations.Migration):
    dependencies = [("dossiers", "0004_dossiers_of_a_version")]

    operations = [
        migrations.RemoveIndex("dossier", "dossier_number"),
        migrations.RemoveIndex("dossier", "dossier_person"),
        migrations.AlterField(
            "dossier",
            "applicant_phone",
            keys.fields.HiddenTextField(blank=True, max_length=20, verbose_name="điện thoại"),
        ),
        migrations.AlterField(
            "dossier",
            "applicant_email",
            keys.fields.HiddenTextField(blank=True, max_length=254, verbose_name="thư điện tử"),
        ),
        migrations.AlterField(
            "dossier",
            "applicant_number",
            keys.fields.HiddenTextField(blank=True, max_length=12, verbose_name="số định danh"),
        ),
        migrations.AlterField(
            "dossier", "answers", keys.fields.HiddenJSONField(blank=True, default=dict, verbose_name="tờ khai")
        ),
        migrations.AlterField(
            "dossier",
            "return_address",
            keys.fields.HiddenTextField(blank=True, max_length=250, verbose_name="địa chỉ nhận"),
        ),
        migrations.AlterField("formeranswers", "answers", keys.fields.HiddenJSONField(verbose_name="tờ khai")),
        migrations.AlterField(
            "supplementrequest", "answer", keys.fields.HiddenTextField(blank=True, verbose_name="lời nhắn")
        ),
        migrations.AlterField("idempotencykey", "answer", keys.fields.HiddenJSONField()),
        migrations.AddField(
            "dossier", "phone_index", keys.fields.BlindIndexField(of="applicant_phone", purpose="phone")
        ),
        migrations.AddField(
            "dossier", "number_index", keys.fields.BlindIndexField(of="applicant_number", purpose="number")
        ),
        hide_columns(
            "dossiers.Dossier",
            "applicant_phone",
            "applicant_email",
            "applicant_number",
            "answers",
            "return_address",
            indexes={"phone_index": ("applicant_phone", "phone"), "number_index": ("applicant_number", "number")},
        ),
        hide_columns("dossiers.FormerAnswers", "answers"),
        hide_columns("dossiers.SupplementRequest", "answer"),
        hide_columns("dossiers.IdempotencyKey", "answer"),
        migrations.RunSQL(FORGET_PHONES, migrations.RunSQL.noop),
        migrations.AddIndex(
            "dossier",
            models.Index(fields=["number_index"], name="dossier_number", condition=~models.Q(number_index="")),
        ),
        migrations.AddIndex(
            "dossier", models.Index(fields=["phone_index"], name="dossier_phone", condition=~models.Q(phone_index=""))
        ),
        migrations.AddIndex(
            "dossier",
            models.Index(
                fields=["number_index", "procedure"],
                name="dossier_person",
                condition=models.Q(status__in=[str(s) for s in OPEN]),
            ),
        ),
    ]
