from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_second_factor")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="verified_at",
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="xác minh danh tính lúc"),
        ),
        migrations.AddField(
            model_name="user",
            name="identity_level",
            field=models.PositiveSmallIntegerField(default=0, editable=False, verbose_name="mức định danh"),
        ),
        migrations.CreateModel(
            name="Attempt",
            fields=[
                ("key", models.CharField(max_length=43, primary_key=True, serialize=False)),
                ("count", models.PositiveIntegerField()),
                ("tried_at", models.DateTimeField(db_index=True)),
                ("next_at", models.DateTimeField()),
            ],
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.UniqueConstraint(
                condition=models.Q(("verified_at__isnull", False), models.Q(("number_index", ""), _negated=True)),
                fields=("number_index",),
                name="one_account_per_verified_number",
            ),
        ),
    ]
