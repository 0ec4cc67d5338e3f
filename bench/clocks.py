"""Clocks fired a second: 100,000 due among 1,000,000 that are set, by one sweeping process."""

from datetime import datetime, timedelta
from time import perf_counter, process_time

from django.db import connection, transaction

from bench.databases import LARGE, using
from bench.fill import without_indexes
from bench.table import Row
from dossiers import timers
from dossiers.models import Dossier
from notifications.models import Message
from worktime import clocks, now
from worktime.models import Clock

TARGET = 2000
TRIVIAL = "bench.trivial"


def measure(due: int, rows: int) -> list[Row]:
    """The promise's own handler first (it tells people), then one that only answers."""
    clocks.register(TRIVIAL, lambda clock: None, lambda found: {})
    with using(LARGE):
        at = now()
        set_promises(due, at)
        set_others(rows - due, at)
        before = Message.objects.count()
        real, real_cpu = sweep(at)
        told = Message.objects.count() - before
        Clock.objects.filter(pk__in=Clock.objects.filter(kind=TRIVIAL).values("pk")[:due]).update(next_fire_at=at)
        trivial, trivial_cpu = sweep(at)
    among = f"{due:,} due among {rows:,}, one process, {{:.2f}} ms of its CPU each"
    return [
        Row(
            "clocks fired, of promises",
            f"{among.format(real_cpu)}; {told:,} messages stored",
            real,
            TARGET,
            at_least=True,
            unit="/s",
        ),
        Row("clocks fired, nothing to do", among.format(trivial_cpu), trivial, TARGET, at_least=True, unit="/s"),
    ]


def sweep(at: datetime) -> tuple[float, float]:
    """Fire what is due. Return how many a second, and how many milliseconds of this process's CPU each took."""
    started, cpu = perf_counter(), process_time()
    result = clocks.sweep(at=at)
    if result.failed or result.busy or not result.fired:
        raise RuntimeError(f"the sweep went wrong: {result}")
    return result.fired / (perf_counter() - started), (process_time() - cpu) * 1000 / result.fired


def set_promises(count: int, at: datetime) -> None:
    """Running dossiers counted since about eight days and due in four: their first reminder is due, the next not."""
    ids = list(
        Dossier.objects.filter(status__in=["RECEIVED", "IN_PROCESS"]).order_by("pk").values_list("pk", flat=True)
    )
    due_at = (at + timedelta(days=4)).replace(hour=10, minute=0, second=0, microsecond=0)
    with connection.cursor() as cursor:  # every count began at a moment of its own, as people come to the counter
        cursor.execute(
            "UPDATE dossiers_dossier SET due_at = %s, count_from = %s - interval '8 days' - id * interval '83 ms'"
            " WHERE id = ANY (%s)",
            [due_at, at, ids[:count]],
        )
    found = Dossier.objects.filter(pk__in=ids[:count]).select_related("unit").only("count_from", "due_at", "unit")
    thresholds, set_later = timers.active(), []
    for dossier in found.order_by("pk"):
        moment, threshold = timers.first_after(timers.moments_of(dossier, thresholds), dossier.count_from)
        set_later.append(Clock(kind=timers.DUE, subject_type=timers.SUBJECT, subject_id=dossier.pk,
                               next_fire_at=moment, stage=str(threshold.pk)))  # fmt: skip
    for start in range(0, len(set_later), 5000):
        clocks.set_clocks(set_later[start : start + 5000])


def set_others(count: int, at: datetime) -> None:
    """Clocks that are open and not due, spread over the months to come."""
    with transaction.atomic(), connection.cursor() as cursor, without_indexes(cursor, Clock):
        cursor.execute(
            """
            INSERT INTO worktime_clock
                   (kind, subject_type, subject_id, next_fire_at, stage, payload, attempts, error, created_at)
            SELECT %s, 'bench', i, %s::timestamptz + interval '1 day' + i * interval '10 s', '', '{}', 0, '', %s
              FROM generate_series(1, %s) AS i
            """,
            [TRIVIAL, at, at, count],
        )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE) worktime_clock")
