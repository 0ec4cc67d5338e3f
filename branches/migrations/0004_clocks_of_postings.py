"""Postings that have an end already get the clock that later ones are given when they are saved."""

from datetime import datetime, time, timedelta

from django.db import migrations
from django.utils import timezone


def set_clocks(apps, schema_editor):
    Clock, Posting = apps.get_model("worktime", "Clock"), apps.get_model("branches", "Posting")
    zone = timezone.get_default_timezone()
    ended = Posting.objects.filter(ends_on__isnull=False).values_list("pk", "ends_on")
    clocks = [
        Clock(
            kind="posting.end",
            subject_type="posting",
            subject_id=pk,
            next_fire_at=datetime.combine(ends_on + timedelta(days=1), time(), zone),
        )
        for pk, ends_on in ended.iterator()
    ]
    Clock.objects.bulk_create(clocks, batch_size=1000, ignore_conflicts=True)


def remove_clocks(apps, schema_editor):
    apps.get_model("worktime", "Clock").objects.filter(kind="posting.end").delete()


class Migration(migrations.Migration):

    dependencies = [
        ("branches", "0003_postings_and_rules"),
        ("worktime", "0001_initial"),
    ]

    operations = [migrations.RunPython(set_clocks, remove_clocks)]
