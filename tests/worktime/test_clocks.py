"""A clock fires once, at its time, whatever goes wrong beside it."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction

from worktime import clocks
from worktime.clocks import BACK_OFF, BUSY_WAIT, LEASE, Busy, cancel, register, set_clock, set_clocks, sweep
from worktime.models import Clock

NOON = datetime(2025, 4, 8, 5, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_owners(monkeypatch):
    monkeypatch.setattr(clocks, "_owners", {})


@pytest.fixture
def rung():
    """Subject ids of the clocks of kind "bell" that fired, in order."""
    seen: list[int] = []
    register("bell", lambda clock: seen.append(clock.subject_id))
    return seen


def bell(subject_id: int = 1, at: datetime = NOON, **values) -> Clock:
    set_clock(kind="bell", subject_type="dossier", subject_id=subject_id, at=at, **values)
    return Clock.objects.get(kind="bell", subject_id=subject_id)


def test_a_clock_fires_at_its_time_and_not_before(rung):
    clock = bell()
    assert sweep(at=NOON - MINUTE).fired == 0
    assert sweep(at=NOON).fired == 1
    assert sweep(at=NOON + MINUTE).fired == 0
    clock.refresh_from_db()
    assert (rung, clock.next_fire_at, clock.fired_at) == ([1], None, NOON)


def test_clocks_fire_in_the_order_of_their_moments(rung):
    for subject_id, minutes in [(1, 5), (2, 1), (3, 3)]:
        bell(subject_id, NOON + minutes * MINUTE)
    assert sweep(at=NOON + 9 * MINUTE, batch_size=1).fired == 3
    assert rung == [2, 3, 1]


def test_setting_again_moves_the_clock_and_forgets_its_errors(rung):
    clock = bell(stage="first", payload={"a": 1})
    Clock.objects.update(attempts=3, error="x", claimed_until=NOON)
    bell(at=NOON + MINUTE, stage="second")
    assert sweep(at=NOON).fired == 0
    clock.refresh_from_db()
    assert (clock.stage, clock.payload, clock.attempts, clock.error) == ("second", {}, 0, "")
    assert Clock.objects.count() == 1


def test_many_clocks_are_set_in_one_statement(django_assert_num_queries):
    rows = [Clock(kind="bell", subject_type="dossier", subject_id=n, next_fire_at=NOON) for n in range(50)]
    with django_assert_num_queries(1):
        set_clocks(rows)
    assert Clock.objects.due(NOON).count() == 50


def test_a_cancelled_clock_does_not_fire(rung):
    bell(1)
    bell(2)
    set_clock(kind="other", subject_type="dossier", subject_id=2, at=NOON + MINUTE)
    assert cancel(subject_type="dossier", subject_id=1) == 1
    assert cancel(subject_type="dossier", subject_id=2, kinds=["other"]) == 1
    assert sweep(at=NOON + MINUTE).fired == 1
    assert rung == [2]


def test_a_handler_names_the_next_moment_and_stage():
    stages = []

    def handler(clock):
        stages.append(clock.stage)
        return (clock.next_fire_at + MINUTE, "80") if clock.stage == "50" else None

    register("bell", handler)
    clock = bell(stage="50")
    sweep(at=NOON)
    clock.refresh_from_db()
    assert (clock.next_fire_at, clock.stage) == (NOON + MINUTE, "80")
    sweep(at=NOON + MINUTE)
    clock.refresh_from_db()
    assert (stages, clock.next_fire_at) == (["50", "80"], None)


def test_a_handler_that_sets_its_own_clock_has_the_last_word():
    register("bell", lambda clock: bell(clock.subject_id, NOON + 7 * MINUTE, stage="again") and None)
    clock = bell()
    assert sweep(at=NOON).fired == 1
    clock.refresh_from_db()
    assert (clock.next_fire_at, clock.stage, clock.fired_at) == (NOON + 7 * MINUTE, "again", NOON)


def test_a_clock_cancelled_by_an_earlier_one_of_the_same_sweep_does_not_fire(rung):
    register(
        "alarm", lambda clock: cancel(subject_type="dossier", subject_id=clock.subject_id, kinds=["bell"]) and None
    )
    bell()
    set_clock(kind="alarm", subject_type="dossier", subject_id=1, at=NOON)
    assert sweep(at=NOON).fired == 1
    assert rung == []


def test_a_failing_clock_moves_ahead_with_its_error_and_its_effects_undone(rung):
    def handler(clock):
        Clock.objects.create(kind="effect", subject_type="x", subject_id=clock.subject_id)
        raise ValueError("thiếu đơn vị")

    register("broken", handler)
    set_clock(kind="broken", subject_type="dossier", subject_id=9, at=NOON - MINUTE)
    bell()
    result = sweep(at=NOON)
    assert (result.fired, result.failed) == (1, 1)
    clock = Clock.objects.get(kind="broken")
    assert (clock.next_fire_at, clock.attempts, clock.error) == (NOON + BACK_OFF, 1, "ValueError: thiếu đơn vị")
    assert not Clock.objects.filter(kind="effect").exists()
    assert list(Clock.objects.failed()) == [clock]
    sweep(at=NOON + BACK_OFF)
    clock.refresh_from_db()
    assert (clock.next_fire_at, clock.attempts) == (NOON + 3 * BACK_OFF, 2)


def test_a_clock_that_works_again_has_no_error(rung):
    clock = bell()
    Clock.objects.update(attempts=12, error="x")
    sweep(at=NOON)
    clock.refresh_from_db()
    assert (clock.attempts, clock.error) == (0, "")


def test_the_back_off_has_an_end():
    register("bell", lambda clock: 1 / 0)
    clock = bell()
    Clock.objects.update(attempts=500)
    sweep(at=NOON)
    clock.refresh_from_db()
    assert clock.next_fire_at == NOON + clocks.MAX_BACK_OFF


def test_an_unknown_kind_is_an_error_on_its_clock(rung):
    set_clock(kind="nobody", subject_type="dossier", subject_id=1, at=NOON)
    bell()
    assert sweep(at=NOON).failed == 1
    assert rung == [1]
    assert Clock.objects.get(kind="nobody").error == "UnknownKind: nobody"


def test_a_next_moment_that_is_not_later_is_an_error():
    register("bell", lambda clock: clock.next_fire_at)
    bell()
    assert sweep(at=NOON).failed == 1


def test_a_kind_with_a_batch_handler_is_handled_at_once():
    batches = []

    def batch_handler(rows):
        batches.append(sorted(clock.subject_id for clock in rows))
        return {clock.pk: (NOON + MINUTE, "later") for clock in rows if clock.subject_id == 2}

    register("bell", lambda clock: 1 / 0, batch_handler)
    for subject_id in range(5):
        bell(subject_id)
    assert sweep(at=NOON).fired == 5
    assert batches == [[0, 1, 2, 3, 4]]
    assert Clock.objects.get(stage="later").subject_id == 2
    assert Clock.objects.filter(next_fire_at=None).count() == 4


def test_a_failing_batch_falls_back_to_one_by_one_and_only_the_bad_one_fails():
    rung = []

    def handler(clock):
        if clock.subject_id == 3:
            raise ValueError("bad")
        rung.append(clock.subject_id)

    def batch_handler(rows):
        Clock.objects.create(kind="effect", subject_type="x", subject_id=1)
        for clock in rows:
            handler(clock)

    register("bell", handler, batch_handler)
    for subject_id in range(5):
        bell(subject_id)
    result = sweep(at=NOON)
    assert (result.fired, result.failed) == (4, 1)
    assert sorted(rung[-4:]) == [0, 1, 2, 4]
    assert not Clock.objects.filter(kind="effect").exists(), "what the failed batch did is undone"
    assert Clock.objects.get(error__gt="").subject_id == 3


def test_a_busy_clock_waits_some_seconds_without_an_error():
    answers = [Busy(), None]

    def handler(clock):
        answer = answers.pop(0)
        if answer:
            raise answer

    register("bell", handler)
    clock = bell()
    assert sweep(at=NOON).busy == 1
    assert sweep(at=NOON + BUSY_WAIT / 2).fired == 0
    clock.refresh_from_db()
    assert (clock.next_fire_at, clock.attempts) == (NOON, 0)
    assert sweep(at=NOON + BUSY_WAIT).fired == 1


def test_a_clock_claimed_by_a_sweep_that_died_fires_when_its_lease_is_over(rung):
    bell()
    assert clocks._claim(NOON, 10)
    assert sweep(at=NOON).fired == 0
    assert sweep(at=NOON + LEASE).fired == 1
    assert rung == [1]


def test_a_clock_moved_after_the_claim_does_not_fire(rung):
    bell()
    claimed = clocks._claim(NOON, 10)
    bell(at=NOON + MINUTE)
    result = clocks.SweepResult()
    clocks._fire_kind(clocks._owners["bell"], claimed, NOON, result)
    assert (result.fired, rung) == (0, [])


def test_a_sweep_stops_at_its_limit_and_at_its_time(rung):
    for subject_id in range(7):
        bell(subject_id)
    assert sweep(at=NOON, limit=3, batch_size=2).fired == 3
    assert sweep(at=NOON, max_seconds=0).fired == 0
    assert sweep(at=NOON, batch_size=2).fired == 4
    assert len(rung) == 7


def test_a_sweep_costs_by_batches_not_by_clocks(django_assert_max_num_queries):
    register("bell", lambda clock: None, lambda rows: None)
    set_clocks(Clock(kind="bell", subject_type="dossier", subject_id=n, next_fire_at=NOON) for n in range(300))
    with django_assert_max_num_queries(14):  # claim, fire and look again, with their savepoints
        assert sweep(at=NOON).fired == 300


def test_a_sweep_reads_the_index_of_what_is_set_to_fire():
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO worktime_clock (kind, subject_type, subject_id, next_fire_at, stage, payload, attempts, error,"
            " created_at) SELECT 'bell', 'dossier', n, CASE WHEN n %% 1000 = 0 THEN %s ELSE %s END, '', '{}', 0, '',"
            " now() FROM generate_series(1, 20000) n",
            [NOON, NOON + timedelta(days=30)],
        )
        cursor.execute("ANALYZE worktime_clock")
    claim = Clock.objects.claimable(NOON).order_by("next_fire_at")[:500]
    plan = claim.explain(analyze=True, buffers=True)
    assert "clock_due" in plan
    assert "Seq Scan" not in plan
    assert re.search(r"actual .*rows=20(\.00)? ", plan.splitlines()[0]), plan


def test_the_oldest_due_clock_is_known_for_the_health_page():
    assert clocks.oldest_due(NOON) is None
    bell(1, NOON + MINUTE)
    bell(2, NOON - MINUTE)
    assert clocks.oldest_due(NOON) == NOON - MINUTE
    cancel(subject_type="dossier", subject_id=2)
    assert clocks.oldest_due(NOON) is None


def test_firing_now_makes_a_waiting_clock_due(rung):
    clock = bell(at=NOON + timedelta(days=36500))
    clocks.fire_now(clock.pk)
    assert sweep().fired == 1
    assert rung == [1]


def test_a_clock_set_in_a_transaction_that_fails_was_never_set(rung):
    with pytest.raises(RuntimeError), transaction.atomic():
        bell()
        raise RuntimeError
    assert sweep(at=NOON).fired == 0


def test_the_task_sweeps(rung, monkeypatch):
    from worktime.tasks import sweep_clocks

    bell()
    sweep_clocks()
    assert rung == [1]
