"""Clocks: rows that say when something must happen, and the sweep that makes it happen exactly once.

A clock belongs to a subject (a dossier, a supplement request…) and everything about a subject happens under the lock of
the subject's own row. **The order of locks is: subject first, its clocks after.** A service locks its dossier and then
calls set_clock or cancel; the sweep does the same, so the two can never wait for each other in a circle:

1. *Claim*: one short transaction marks a batch of due clocks with `claimed_until` (SELECT … FOR UPDATE SKIP LOCKED) and
   commits. No lock is left; the lease only keeps other sweeps from the same work, and runs out if this one dies.
2. *Fire*: one transaction locks the subjects (SKIP LOCKED: the sweep never waits for a service), then their clocks, and
   keeps those that are **still due**; the handler runs; the clocks move on. All of it commits together or not at all.
   With the subject in hand a clock's row can be held only by a claim, which waits for nobody, so this wait is short.

Exactly once follows from step 2 alone: whoever fires holds the clock's row lock, has seen it due under that lock, and
moves it in the transaction of the handler's effects; so a second sweep, an expired lease or a repeated task finds it
not due. A service that cancelled or moved the clock between the two steps wins in the same way.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from time import monotonic

from django.db import InterfaceError, OperationalError, connection, models, transaction

from worktime import now
from worktime.models import Clock

logger = logging.getLogger(__name__)

BATCH = 500
LEASE = timedelta(seconds=30)
BUSY_WAIT = timedelta(seconds=5)
BACK_OFF = timedelta(minutes=1)
MAX_BACK_OFF = timedelta(hours=1)
LOCK_TIMEOUT = "3s"
# lock_not_available, deadlock_detected, serialization_failure: somebody else was there, nothing is wrong with the clock
CONTENTION = {"55P03", "40P01", "40001"}

Next = None | datetime | tuple[datetime, str]
Handler = Callable[[Clock], Next]
BatchHandler = Callable[[list[Clock]], Mapping[int, Next] | None]
Lock = Callable[[list[int]], set[int]]


class Busy(Exception):
    """Raised by a handler that finds what it needs in use: the clock is tried again in seconds, without an error."""


class UnknownKind(Exception):
    """A clock of a kind that no app registered, shown as that clock's error."""


@dataclass(frozen=True)
class Owner:
    handler: Handler
    batch_handler: BatchHandler | None
    lock: Lock | None


@dataclass
class SweepResult:
    fired: int = 0
    failed: int = 0
    busy: int = 0


_owners: dict[str, Owner] = {}


def register(
    kind: str, handler: Handler, batch_handler: BatchHandler | None = None, *, lock: Lock | None = None
) -> None:
    """Name who answers clocks of a kind; called in AppConfig.ready().

    `handler(clock)` runs in a transaction of its own and returns when to fire next: None (done), a datetime, or
    (datetime, stage). `batch_handler(clocks)` does many in one transaction and returns {clock.pk: the same}, a missing
    clock being done. `lock(subject_ids)` takes the subjects' row locks without waiting and returns the ids it got;
    `subject_lock(Model)` is the usual one. A kind with a lock has subjects of one type.
    """
    _owners[kind] = Owner(handler, batch_handler, lock)


def subject_lock(model: type[models.Model]) -> Lock:
    """A `lock` for subjects that are rows of `model`. A row that is gone counts as locked: its handler must say so."""

    def lock(ids: list[int]) -> set[int]:
        rows = model._base_manager.filter(pk__in=ids)
        locked = set(rows.select_for_update(skip_locked=True, of=("self",)).order_by("pk").values_list("pk", flat=True))
        missing = set(ids) - locked
        return locked if not missing else locked | missing - set(rows.values_list("pk", flat=True))

    return lock


def set_clock(
    *, kind: str, subject_type: str, subject_id: int, at: datetime, stage: str = "", payload: dict | None = None
) -> None:
    """Let that clock fire at `at`, whatever it was set to before. Call it with the subject locked, or just created."""
    clock = Clock(kind=kind, subject_type=subject_type, subject_id=subject_id, next_fire_at=at, stage=stage)
    clock.payload = payload or {}
    set_clocks([clock])


def set_clocks(clocks: Iterable[Clock]) -> None:
    """set_clock for many unsaved Clock objects (kind, subject_type, subject_id, next_fire_at…), in one statement."""
    Clock.objects.bulk_create(
        sorted(clocks, key=lambda clock: (clock.subject_type, clock.subject_id, clock.kind)),
        update_conflicts=True,
        unique_fields=["subject_type", "subject_id", "kind"],
        update_fields=["next_fire_at", "stage", "payload", "claimed_until", "attempts", "error"],
    )


def cancel(*, subject_type: str, subject_id: int, kinds: Iterable[str] | None = None) -> int:
    """Stop a subject's clocks, all or those kinds; the rows stay. Call it with the subject locked."""
    clocks = Clock.objects.filter(subject_type=subject_type, subject_id=subject_id, next_fire_at__isnull=False)
    if kinds is not None:
        clocks = clocks.filter(kind__in=list(kinds))
    return clocks.update(next_fire_at=None, claimed_until=None, attempts=0, error="")


def fire_now(clock_id: int) -> None:
    """Make one clock due, for an admin; the next sweep fires it. One row a statement, so it never holds two locks."""
    Clock.objects.filter(pk=clock_id).update(next_fire_at=now(), claimed_until=None)


def oldest_due(at: datetime | None = None) -> datetime | None:
    """Since when the longest-waiting due clock has been due; None when nothing waits (for /healthz)."""
    return Clock.objects.due(at or now()).order_by("next_fire_at").values_list("next_fire_at", flat=True).first()


def sweep(
    *,
    at: datetime | None = None,
    limit: int | None = None,
    max_seconds: float | None = None,
    batch_size: int = BATCH,
) -> SweepResult:
    """Fire what is due, batch after batch, until nothing is, `limit` clocks were taken or the time is over."""
    result, taken, started = SweepResult(), 0, monotonic()
    while max_seconds is None or monotonic() - started < max_seconds:
        moment = at or now()
        size = batch_size if limit is None else min(batch_size, limit - taken)
        claimed = _claim(moment, size) if size > 0 else []
        if not claimed:
            break
        taken += len(claimed)
        for kind, clocks in groupby(sorted(claimed, key=lambda clock: clock.kind), key=lambda clock: clock.kind):
            _fire_kind(_owners.get(kind), list(clocks), moment, result)
    return result


def _claim(at: datetime, size: int) -> list[Clock]:
    with transaction.atomic(durable=True):
        due = Clock.objects.claimable(at).select_for_update(skip_locked=True).order_by("next_fire_at")
        claimed = list(due[:size])
        Clock.objects.filter(pk__in=[clock.pk for clock in claimed]).update(claimed_until=at + LEASE)
    return claimed


def _fire_kind(owner: Owner | None, claimed: list[Clock], at: datetime, result: SweepResult) -> None:
    if owner is None:
        for clock in claimed:
            _record_failure(clock, UnknownKind(clock.kind), at)
        result.failed += len(claimed)
        return
    if owner.batch_handler and len(claimed) > 1:
        try:
            _fire(owner, owner.batch_handler, claimed, at, result)
            return
        except Exception as error:
            _reraise_if_disconnected(error)
            logger.warning("clock batch %s failed with %s, now one by one", claimed[0].kind, type(error).__name__)
    for clock in claimed:
        _fire_alone(owner, clock, at, result)


def _fire_alone(owner: Owner, clock: Clock, at: datetime, result: SweepResult) -> None:
    try:
        _fire(owner, lambda clocks: {one.pk: owner.handler(one) for one in clocks}, [clock], at, result)
    except Exception as error:
        _reraise_if_disconnected(error)
        if isinstance(error, Busy) or _sqlstate(error) in CONTENTION:
            _postpone([clock], at)
            result.busy += 1
        else:
            _record_failure(clock, error, at)
            result.failed += 1


def _fire(owner: Owner, handle: BatchHandler, claimed: list[Clock], at: datetime, result: SweepResult) -> None:
    """Step 2 above: subjects, clocks, handler, next moments, in one transaction."""
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")  # a handler that waits is busy, not stuck
        subjects = sorted({clock.subject_id for clock in claimed})
        locked = owner.lock(subjects) if owner.lock else set(subjects)
        ids = [clock.pk for clock in claimed if clock.subject_id in locked]
        clocks = list(Clock.objects.due(at).filter(pk__in=ids).select_for_update().order_by("subject_id", "pk"))
        if clocks:
            _move_on(clocks, handle(clocks) or {}, at)
    busy = [clock for clock in claimed if clock.subject_id not in locked]
    _postpone(busy, at)
    result.fired += len(clocks)
    result.busy += len(busy)


def _move_on(clocks: list[Clock], results: Mapping[int, Next], at: datetime) -> None:
    """Write all next moments in one statement. A handler that set or cancelled its own clock has the last word."""
    nexts = [_next(clock, results.get(clock.pk)) for clock in clocks]
    columns = [
        [clock.pk for clock in clocks],
        [clock.next_fire_at for clock in clocks],
        [moment for moment, _ in nexts],
        [stage for _, stage in nexts],
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE worktime_clock AS clock
               SET next_fire_at = CASE WHEN clock.next_fire_at = v.was THEN v.next ELSE clock.next_fire_at END,
                   stage = CASE WHEN clock.next_fire_at = v.was THEN v.stage ELSE clock.stage END,
                   fired_at = %s, claimed_until = NULL, attempts = 0, error = ''
              FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::text[]) AS v (id, was, next, stage)
             WHERE clock.id = v.id
            """,
            [at, *columns],
        )


def _next(clock: Clock, result: Next) -> tuple[datetime | None, str]:
    moment, stage = result if isinstance(result, tuple) else (result, clock.stage)
    if moment is not None and moment <= clock.next_fire_at:
        raise ValueError(f"The next moment of a {clock.kind} clock must be later than the one that fired.")
    return moment, stage


def _postpone(clocks: list[Clock], at: datetime) -> None:
    """Leave them due, but out of every sweep's hands for some seconds; those that a service holds keep their lease."""
    if not clocks:
        return
    with transaction.atomic(durable=True):
        rows = Clock.objects.filter(pk__in=[clock.pk for clock in clocks]).select_for_update(skip_locked=True)
        ids = list(rows.values_list("pk", flat=True))
        Clock.objects.filter(pk__in=ids).update(claimed_until=at + BUSY_WAIT)


def _record_failure(clock: Clock, error: Exception, at: datetime) -> None:
    """Move it ahead, longer each time, so that it stands in nobody's way; its error stays on the row to be seen.

    Not if a service has moved it meanwhile. The update may wait, since nothing is locked here.
    """
    wait = min(BACK_OFF * 2 ** min(clock.attempts, 10), MAX_BACK_OFF)
    logger.error("clock %s (%s) failed with %s", clock.pk, clock.kind, type(error).__name__)
    Clock.objects.filter(pk=clock.pk, next_fire_at=clock.next_fire_at).update(
        next_fire_at=at + wait,
        claimed_until=None,
        attempts=clock.attempts + 1,
        error=f"{type(error).__name__}: {error}".replace("\x00", "")[:2000],
    )


def _sqlstate(error: Exception) -> str | None:
    """PostgreSQL's code of a database error, as either generation of its driver names it."""
    return getattr(error.__cause__, "sqlstate", None) or getattr(error.__cause__, "pgcode", None)


def _reraise_if_disconnected(error: Exception) -> None:
    """No database, no sweep: let the task fail; the leases run out and the next sweep goes on."""
    if isinstance(error, InterfaceError | OperationalError):
        state = _sqlstate(error)
        if state is None or state.startswith(("08", "57P")):  # connection_exception, server shutting down
            raise error
