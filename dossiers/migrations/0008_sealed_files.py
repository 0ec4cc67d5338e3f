"""Stored files are sealed and known by a keyed hash of their content; names lie encrypted; scans have a verdict.

Files from before stay readable where they are (`key_version` 0) until `sweep_files` or `rotate_keys` has sealed them,
in batches, while the portal runs: a large storage does not hold up an upgrade. Undone, this migration writes every
sealed file in the clear again, under its SHA-256.
"""

import hashlib

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import migrations, models

import keys.fields
from keys.migrating import hide_columns


def unseal(apps, editor):
    from dossiers import sealed

    rows = apps.get_model("dossiers", "StoredFile").objects
    done = list(rows.filter(key_version__gt=0).values_list("content_key", "key_version").distinct())
    for key, version in done:
        content = sealed.read(key, version)
        digest = hashlib.sha256(content).hexdigest()
        if not default_storage.exists(sealed.path_of(digest, 0)):
            default_storage.save(sealed.path_of(digest, 0), ContentFile(content))
        rows.filter(content_key=key, key_version=version).update(content_key=digest, key_version=0)


def settled():
    """What rows changed by this migration must be checked for is checked now: PostgreSQL alters no table before."""
    return migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", "SET CONSTRAINTS ALL IMMEDIATE")


class Migration(migrations.Migration):
    dependencies = [("dossiers", "0007_emergencies")]

    operations = [
        migrations.RenameField("storedfile", "sha256", "content_key"),
        migrations.AddField(
            "storedfile", "key_version", models.PositiveSmallIntegerField(db_index=True, default=0, editable=False)
        ),
        settled(),  # undone in the order from below: unseal, settle, drop the columns
        migrations.RunPython(migrations.RunPython.noop, unseal),
        migrations.AddField(
            "storedfile",
            "pages",
            models.PositiveSmallIntegerField(default=0, editable=False, verbose_name="số trang"),
        ),
        migrations.AddField(
            "storedfile",
            "scan",
            models.CharField(
                choices=[
                    ("unscanned", "Chưa quét mã độc"),
                    ("clean", "Đã quét, không thấy mã độc"),
                    ("infected", "Có mã độc, đã chặn"),
                ],
                default="unscanned",
                max_length=10,
                verbose_name="quét mã độc",
            ),
        ),
        migrations.AddField(
            "storedfile",
            "scanned_at",
            models.DateTimeField(blank=True, editable=False, null=True, verbose_name="quét lúc"),
        ),
        migrations.AlterField(
            "storedfile",
            "name",
            keys.fields.HiddenTextField(editable=False, max_length=150, verbose_name="tên tệp"),
        ),
        settled(),
        hide_columns("dossiers.StoredFile", "name"),
        settled(),
        migrations.AddIndex(
            "storedfile",
            models.Index(fields=["content_key"], name="file_unscanned", condition=models.Q(scan="unscanned")),
        ),
        migrations.CreateModel(
            "SpentLink",
            [
                ("nonce", models.CharField(max_length=22, primary_key=True, serialize=False)),
                ("expires_at", models.DateTimeField()),
            ],
            options={"verbose_name": "liên kết đã dùng", "verbose_name_plural": "liên kết đã dùng"},
        ),
    ]
