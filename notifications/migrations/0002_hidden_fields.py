"""Addresses and texts of messages lie encrypted; one message a key, channel and address by a blind index."""

from django.db import migrations, models

import keys.fields
from keys.migrating import hide_columns


class Migration(migrations.Migration):
    dependencies = [("notifications", "0001_initial")]

    operations = [
        migrations.RemoveConstraint("message", "message_once_per_dedupe_key"),
        migrations.AlterField(
            "message", "address", keys.fields.HiddenTextField(max_length=254, verbose_name="địa chỉ nhận")
        ),
        migrations.AlterField(
            "message", "subject", keys.fields.HiddenTextField(max_length=250, verbose_name="tiêu đề")
        ),
        migrations.AlterField("message", "body", keys.fields.HiddenTextField(verbose_name="nội dung")),
        migrations.AlterField("message", "error", keys.fields.HiddenTextField(blank=True, verbose_name="lỗi")),
        migrations.AddField("message", "address_index", keys.fields.BlindIndexField(of="address", purpose="address")),
        hide_columns(
            "notifications.Message",
            "address",
            "subject",
            "body",
            "error",
            indexes={"address_index": ("address", "address")},
        ),
        migrations.AddConstraint(
            "message",
            models.UniqueConstraint(
                fields=["dedupe_key", "channel", "address_index"],
                condition=~models.Q(dedupe_key=""),
                name="message_once_per_dedupe_key",
            ),
        ),
    ]
