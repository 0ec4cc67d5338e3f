"""Personal numbers, telephones, birth dates and addresses lie encrypted, and are found by blind indexes."""

import django.core.validators
from django.db import migrations, models

import keys.fields
from keys.migrating import hide_columns


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.RemoveConstraint("user", "one_account_per_phone"),
        migrations.AlterField(
            "user", "phone", keys.fields.HiddenTextField(blank=True, max_length=16, verbose_name="điện thoại")
        ),
        migrations.AlterField(
            "user",
            "personal_number",
            keys.fields.HiddenTextField(
                blank=True,
                max_length=12,
                validators=[
                    django.core.validators.RegexValidator("^\\d{12}$", "Số định danh cá nhân gồm đúng 12 chữ số.")
                ],
                verbose_name="số định danh cá nhân",
            ),
        ),
        migrations.AlterField(
            "user", "birth_date", keys.fields.HiddenDateField(blank=True, null=True, verbose_name="ngày sinh")
        ),
        migrations.AlterField(
            "user",
            "address_line",
            keys.fields.HiddenTextField(blank=True, max_length=200, verbose_name="số nhà, đường, thôn"),
        ),
        migrations.AddField("user", "phone_index", keys.fields.BlindIndexField(of="phone", purpose="phone")),
        migrations.AddField(
            "user", "number_index", keys.fields.BlindIndexField(db_index=True, of="personal_number", purpose="number")
        ),
        hide_columns(
            "accounts.User",
            "phone",
            "personal_number",
            "birth_date",
            "address_line",
            indexes={"phone_index": ("phone", "phone"), "number_index": ("personal_number", "number")},
        ),
        migrations.AddConstraint(
            "user",
            models.UniqueConstraint(
                fields=["phone_index"], condition=~models.Q(phone_index=""), name="one_account_per_phone"
            ),
        ),
    ]
