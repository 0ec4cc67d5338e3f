"""What staff and applicants write in their own words lies encrypted: people quote numbers and addresses in it."""

from django.db import migrations

import keys.fields
from keys.migrating import hide_columns


class Migration(migrations.Migration):
    dependencies = [("dossiers", "0008_sealed_files")]

    operations = [
        migrations.AlterField(
            "dossier", "outcome_note", keys.fields.HiddenTextField(blank=True, verbose_name="nội dung kết quả")
        ),
        migrations.AlterField("note", "text", keys.fields.HiddenTextField(verbose_name="nội dung")),
        migrations.AlterField("rating", "text", keys.fields.HiddenTextField(blank=True, verbose_name="nhận xét")),
        migrations.AlterField(
            "supplementrequest",
            "reason",
            keys.fields.HiddenTextField(verbose_name="lý do và nội dung cần bổ sung"),
        ),
        migrations.AlterField(
            "workitem", "result", keys.fields.HiddenJSONField(blank=True, default=dict, verbose_name="kết quả")
        ),
        hide_columns("dossiers.Dossier", "outcome_note"),
        hide_columns("dossiers.Note", "text"),
        hide_columns("dossiers.Rating", "text"),
        hide_columns("dossiers.SupplementRequest", "reason"),
        hide_columns("dossiers.WorkItem", "result"),
    ]
