"""Tokens get scopes and an end; used one-time codes and known devices get their tables."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import accounts.models
import worktime


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_hidden_fields")]

    operations = [
        # Tokens made without an end work for as long from now on as a new one.
        migrations.AlterField(
            "apitoken",
            "expires_at",
            models.DateTimeField(default=accounts.models.in_token_days, verbose_name="hết hạn lúc"),
        ),
        migrations.AddField(
            "apitoken",
            "scopes",
            models.CharField(
                default="read file act sign design",
                max_length=60,
                validators=[accounts.models.check_scopes],
                verbose_name="phạm vi",
            ),
        ),
        migrations.CreateModel(
            name="UsedCode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("counter", models.BigIntegerField()),
                ("used_by", models.CharField(max_length=40)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={"constraints": [models.UniqueConstraint(fields=["user", "counter"], name="one_use_of_a_code")]},
        ),
        migrations.CreateModel(
            name="KnownDevice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(max_length=64)),
                ("first_seen_at", models.DateTimeField(default=worktime.now)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="devices", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={"constraints": [models.UniqueConstraint(fields=["user", "digest"], name="one_row_a_device")]},
        ),
    ]
