"""The clocks a dossier sets on itself. Handlers are in dossiers.firing; here is only what is set and stopped when."""

from collections.abc import Iterable
from datetime import datetime

from dossiers import timing
from dossiers.models import Dossier, Threshold, WorkItem
from procedures.versions import read
from worktime import clocks
from worktime.calendars import Calendar
from worktime.deadlines import moment_at_share, working_days_after, working_days_before

SUBJECT = "dossier"
ANSWER, HANDOVER, DUE, SUPPLEMENT, PAYMENT = (
    "dossier.answer", "dossier.handover", "dossier.due", "dossier.supplement", "dossier.payment",
)  # fmt: skip
ITEM = "item.due"


def set_for(dossier: Dossier, kind: str, at: datetime, stage: str = "") -> None:
    if not dossier.is_scratch:  # nothing is promised to anybody
        clocks.set_clock(kind=kind, subject_type=SUBJECT, subject_id=dossier.pk, at=at, stage=stage)


def stop(dossier: Dossier, *kinds: str) -> None:
    """Stop these clocks of the dossier, or all of them and those of its items."""
    clocks.cancel(subject_type=SUBJECT, subject_id=dossier.pk, kinds=kinds or None)
    if not kinds:
        for item_id in dossier.items.asked().values_list("pk", flat=True):
            clocks.cancel(subject_type="item", subject_id=item_id)


def start_answering(dossier: Dossier, at: datetime) -> None:
    """Warn the clerks when three quarters of the time to answer are gone, then the branch's head at its end."""
    calendar = timing.branch_calendar(dossier.branch)
    set_for(dossier, ANSWER, moment_at_share(at, dossier.answer_by, 75, calendar), "warn")


def start_counting(dossier: Dossier, after: datetime) -> None:
    """Set the clock of the promise to its next threshold after `after`."""
    due = next_threshold(dossier, after)
    if due is None:
        stop(dossier, DUE)
    else:
        moment, threshold = due
        set_for(dossier, DUE, moment, str(threshold.pk))


def next_threshold(dossier: Dossier, after: datetime) -> tuple[datetime, Threshold] | None:
    """The next moment at which somebody must be reminded of the promise, and of which row."""
    return first_after(moments_of(dossier, active()), after)


def active() -> list[Threshold]:
    return list(Threshold.objects.filter(is_active=True))


def moments_of(dossier: Dossier, thresholds: Iterable[Threshold]) -> list[tuple[datetime, Threshold]]:
    """Each of these reminders of the promise with its moment; two may share one."""
    calendar = timing.unit_calendar(dossier.unit)
    start = timing.counted_from(dossier, read(dossier.version_id))
    return [(_moment(t, start, dossier.due_at, calendar), t) for t in thresholds]


def first_after(moments: Iterable[tuple[datetime, Threshold]], after: datetime) -> tuple[datetime, Threshold] | None:
    later = [(moment, t) for moment, t in moments if moment > after]
    return min(later, key=lambda pair: (pair[0], pair[1].pk), default=None)


def _moment(threshold: Threshold, start: datetime, due: datetime, calendar: Calendar) -> datetime:
    if threshold.kind == Threshold.Kind.SHARE:
        return moment_at_share(start, due, threshold.value, calendar)
    if threshold.kind == Threshold.Kind.BEFORE:
        return working_days_before(due, threshold.value, calendar)
    return working_days_after(due, threshold.value, calendar)


def start_item(item: WorkItem) -> None:
    if not item.dossier.is_scratch:
        clocks.set_clock(kind=ITEM, subject_type="item", subject_id=item.pk, at=item.due_at)


def stop_item(item: WorkItem) -> None:
    clocks.cancel(subject_type="item", subject_id=item.pk)
