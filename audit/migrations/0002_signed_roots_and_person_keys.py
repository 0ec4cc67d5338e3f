from django.db import migrations, models

from audit.signing import sign


def sign_roots(apps, editor):
    """Roots made before there were signatures get theirs once, past the trigger that keeps them as they are."""
    roots = apps.get_model("audit", "DailyRoot").objects
    editor.execute("ALTER TABLE audit_dailyroot DISABLE TRIGGER USER")
    for root in roots.filter(signature=""):
        key, signature = sign(day=root.day, root=root.root)
        roots.filter(pk=root.pk).update(key=key, signature=signature)
    editor.execute("ALTER TABLE audit_dailyroot ENABLE TRIGGER USER")


class Migration(migrations.Migration):

    dependencies = [("audit", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="PersonKey",
            fields=[
                ("person", models.CharField(max_length=60, primary_key=True, serialize=False)),
                ("version", models.PositiveSmallIntegerField()),
                ("sealed", models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name="Verification",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("asked_at", models.DateTimeField(verbose_name="yêu cầu lúc")),
                ("asked_by", models.CharField(max_length=200, verbose_name="ai yêu cầu")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="xong lúc")),
                ("entries", models.BigIntegerField(default=0, verbose_name="số dòng")),
                ("chains", models.BigIntegerField(default=0, verbose_name="số chuỗi")),
                ("days", models.BigIntegerField(default=0, verbose_name="số ngày đã niêm phong")),
                ("seconds", models.FloatField(default=0, verbose_name="mất (giây)")),
                ("problem", models.TextField(blank=True, verbose_name="chỗ sai đầu tiên")),
            ],
            options={"verbose_name": "lần kiểm tra nhật ký", "verbose_name_plural": "các lần kiểm tra nhật ký"},
        ),
        migrations.AddIndex("auditentry", models.Index(fields=["act", "at", "id"], name="audit_by_act")),
        migrations.AddIndex("auditentry", models.Index(fields=["at", "id"], name="audit_by_time")),
        migrations.AddField(
            "dailyroot", "key", models.CharField(default="", max_length=16, verbose_name="khóa ký"),
            preserve_default=False,
        ),
        migrations.AddField(
            "dailyroot", "signature", models.CharField(default="", max_length=88, verbose_name="chữ ký"),
            preserve_default=False,
        ),
        migrations.RunPython(sign_roots, migrations.RunPython.noop),
    ]
