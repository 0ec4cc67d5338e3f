"""Several sweeps and services at once, with real transactions on real connections."""

import threading
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import close_old_connections, connection, transaction

from worktime import clocks
from worktime.clocks import SweepResult, register, set_clock, set_clocks, subject_lock, sweep
from worktime.models import CalendarException, Clock

NOON = datetime(2025, 4, 8, 5, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def no_owners(monkeypatch):
    monkeypatch.setattr(clocks, "_owners", {})


class Worker(threading.Thread):
    """A thread with its own database connection, whose exception is raised where it is joined."""

    def __init__(self, work) -> None:
        super().__init__(daemon=True)
        self.work, self.error, self.result = work, None, None
        self.start()

    def run(self) -> None:
        try:
            self.result = self.work()
        except Exception as error:
            self.error = error
        finally:
            connection.close()

    def finish(self, seconds: float = 30):
        self.join(seconds)
        assert not self.is_alive(), "still waiting for somebody"
        if self.error:
            raise self.error
        return self.result


def make_subjects(number: int) -> list[int]:
    """Any rows serve as subjects; exceptions of the calendar, long past, are ones this room has."""
    days = (date(1901, 1, 1) + timedelta(days=n) for n in range(number))
    rows = CalendarException.objects.bulk_create(CalendarException(date=day, reason="x") for day in days)
    return [row.pk for row in rows]


def set_bells(subjects: list[int], kind: str = "bell") -> None:
    set_clocks(Clock(kind=kind, subject_type="row", subject_id=pk, next_fire_at=NOON) for pk in subjects)


def leave_effect(clock: Clock) -> None:
    """An effect that would show twice if a clock fired twice: no unique key stands in its way."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO effect (subject_id) VALUES (%s)", [clock.subject_id])


@pytest.fixture
def effects():
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE effect (subject_id bigint)")

    def counted() -> Counter:
        with connection.cursor() as cursor:
            cursor.execute("SELECT subject_id FROM effect")
            return Counter(row[0] for row in cursor.fetchall())

    yield counted
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE effect")


@pytest.mark.parametrize("in_batches", [True, False])
def test_four_sweeps_over_500_clocks_fire_each_exactly_once(effects, in_batches):
    subjects = make_subjects(500)
    set_bells(subjects)

    def batch_handler(rows):
        for clock in rows:
            leave_effect(clock)

    register("bell", leave_effect, batch_handler if in_batches else None, lock=subject_lock(CalendarException))
    workers = [Worker(lambda: sweep(at=NOON, batch_size=20)) for _ in range(4)]
    fired = [worker.finish().fired for worker in workers]
    assert sum(fired) == 500
    assert effects() == Counter(subjects)
    assert not Clock.objects.due(NOON).exists()


def test_two_sweeps_that_hold_the_same_claim_fire_once(effects):
    """A lease that ran out under a slow sweep: the row lock and the second look decide, not the lease."""
    subjects = make_subjects(50)
    set_bells(subjects)
    register("bell", leave_effect, lambda rows: [leave_effect(row) for row in rows] and None)
    claimed = clocks._claim(NOON, 50)
    start = threading.Barrier(2)

    def fire() -> int:
        result = SweepResult()
        start.wait(10)
        clocks._fire_kind(clocks._owners["bell"], claimed, NOON, result)
        return result.fired

    workers = [Worker(fire), Worker(fire)]
    assert sum(worker.finish() for worker in workers) == 50
    assert effects() == Counter(subjects)


def test_a_service_that_holds_its_subject_and_then_moves_the_clock_never_deadlocks(effects, monkeypatch):
    """The circle to fear: the service has the subject and wants the clock, the sweep the other way round."""
    monkeypatch.setattr(clocks, "LOCK_TIMEOUT", "0")  # no way out of a wait: the sweep must not wait at all
    subject, other = make_subjects(2)
    set_bells([subject, other])
    register(
        "bell",
        leave_effect,
        lambda rows: [leave_effect(row) for row in rows] and None,
        lock=subject_lock(CalendarException),
    )
    locked, swept = threading.Event(), threading.Event()

    def service() -> None:
        with transaction.atomic():
            CalendarException.objects.select_for_update().get(pk=subject)
            locked.set()
            assert swept.wait(10), "the sweep waited for the service"
            set_clock(kind="bell", subject_type="row", subject_id=subject, at=NOON.replace(hour=9))

    worker = Worker(service)
    assert locked.wait(10)
    result = sweep(at=NOON)
    swept.set()
    worker.finish()
    assert (result.fired, result.busy) == (1, 1), "only the free one fired; the other waits for the service"
    assert effects() == Counter([other])
    assert sweep(at=NOON).fired == 0, "the service moved it"
    assert sweep(at=NOON.replace(hour=9)).fired == 1


def test_services_and_sweeps_on_the_same_subjects_all_get_through(effects):
    subjects = make_subjects(20)
    for kind in ("bell", "alarm"):
        set_bells(subjects, kind)
    turns = Counter()

    def handler(clock):
        leave_effect(clock)
        other = "alarm" if clock.kind == "bell" else "bell"
        set_clock(kind=other, subject_type="row", subject_id=clock.subject_id, at=NOON.replace(hour=6))

    def service() -> None:
        for pk in subjects * 3:
            with transaction.atomic():
                CalendarException.objects.select_for_update().get(pk=pk)
                for kind in ("alarm", "bell"):
                    set_clock(kind=kind, subject_type="row", subject_id=pk, at=NOON)
            turns["service"] += 1

    def sweeps() -> SweepResult:
        total = SweepResult()
        for _ in range(15):
            result = sweep(at=NOON, batch_size=7)
            total.fired, total.failed = total.fired + result.fired, total.failed + result.failed
        return total

    for kind in ("bell", "alarm"):
        register(
            kind, handler, lambda rows: [handler(row) for row in rows] and None, lock=subject_lock(CalendarException)
        )
    workers = [Worker(service), Worker(sweeps), Worker(service), Worker(sweeps)]
    results = [worker.finish(60) for worker in workers]
    assert turns["service"] == 120
    assert sum(result.failed for result in results if result) == 0
    assert not Clock.objects.failed().exists()
    assert sum(effects().values()) == sum(result.fired for result in results if result)


def test_a_handler_that_waits_too_long_for_a_lock_is_busy_not_wrong(monkeypatch, effects):
    monkeypatch.setattr(clocks, "LOCK_TIMEOUT", "100ms")
    subject, foreign = make_subjects(2)
    set_bells([subject])
    register("bell", lambda clock: CalendarException.objects.select_for_update().get(pk=foreign) and None)
    locked, swept = threading.Event(), threading.Event()

    def service() -> None:
        with transaction.atomic():
            CalendarException.objects.select_for_update().get(pk=foreign)
            locked.set()
            swept.wait(10)

    worker = Worker(service)
    assert locked.wait(10)
    assert sweep(at=NOON).busy == 1
    swept.set()
    worker.finish()
    clock = Clock.objects.get()
    assert (clock.attempts, clock.next_fire_at) == (0, NOON)
    assert sweep(at=NOON + clocks.BUSY_WAIT).fired == 1


def test_a_clock_whose_subject_is_gone_says_so():
    register(
        "bell",
        lambda clock: CalendarException.objects.get(pk=clock.subject_id) and None,
        lock=subject_lock(CalendarException),
    )
    set_bells([404])
    assert sweep(at=NOON).failed == 1
    assert Clock.objects.get().error.startswith("DoesNotExist")


def test_a_sweep_whose_connection_dies_fires_nothing_and_the_next_one_goes_on(effects):
    subjects = make_subjects(3)
    set_bells(subjects)
    deaths = [1]

    def handler(clock):
        leave_effect(clock)
        if deaths and deaths.pop():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    def dying_sweep() -> str:
        try:
            sweep(at=NOON)
        except Exception as error:
            return type(error).__name__
        return "went on"

    register("bell", handler)
    assert Worker(dying_sweep).finish() in {"OperationalError", "InterfaceError"}
    close_old_connections()
    assert effects() == Counter()
    assert not Clock.objects.failed().exists()
    assert sweep(at=NOON + clocks.LEASE).fired == 3
    assert effects() == Counter(subjects)
