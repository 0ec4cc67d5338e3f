"""The promises of a dossier as moments: when it must be answered, supplemented, paid, decided (DOMAIN §5)."""

from datetime import datetime, timedelta

from django.utils import timezone

from dossiers.models import Dossier
from procedures.spec import Spec
from worktime.calendars import Calendar, get_calendar
from worktime.deadlines import (
    add_working_time,
    due_at,
    moment_at_share,
    working_days_before,
    working_time_between,
)

ANSWER_WITHIN = timedelta(hours=8)  # working hours; D45: an online dossier is answered within 8 of them


def branch_calendar(branch) -> Calendar:
    return get_calendar(branch.calendar_key)


def unit_calendar(unit) -> Calendar:
    return get_calendar(unit.calendar_key)


def answer_by(branch, at: datetime) -> datetime:
    """Until when the branch must receive, refuse or ask (D45), on the branch's calendar."""
    return add_working_time(at, ANSWER_WITHIN, branch_calendar(branch))


def estimate(spec: Spec, unit, at: datetime) -> datetime:
    """The due moment if the dossier were received at `at`. A promise is made only by reception."""
    return due_at(at, spec.time_amount, spec.time_unit, unit_calendar(unit))


def promise(dossier: Dossier, spec: Spec, *, pauses=()) -> datetime:
    """The due moment of a count that began at `count_from`, moved by the closed pauses since then."""
    since = [(p.started_at, p.ended_at) for p in pauses if p.ended_at and p.ended_at > dossier.count_from]
    return due_at(dossier.count_from, spec.time_amount, spec.time_unit, unit_calendar(dossier.unit), pauses=since)


def counted_from(dossier: Dossier, spec: Spec) -> datetime:
    """Where shares of the time are measured from: the count's start, later by what its pauses took."""
    calendar = unit_calendar(dossier.unit)
    unpaused = due_at(dossier.count_from, spec.time_amount, spec.time_unit, calendar)
    if dossier.first_due_at is None or dossier.first_due_at <= unpaused:
        return dossier.count_from
    paused = working_time_between(unpaused, dossier.first_due_at, calendar)
    return add_working_time(dossier.count_from, paused, calendar)


def supplement_due(spec: Spec, dossier: Dossier, at: datetime) -> datetime:
    return due_at(at, spec.supplement_days, "WORKING_DAY", branch_calendar(dossier.branch))


def payment_due(spec: Spec, dossier: Dossier, at: datetime) -> datetime:
    return due_at(at, spec.payment_days, "WORKING_DAY", branch_calendar(dossier.branch))


def step_due(dossier: Dossier, spec: Spec, step_key: str, at: datetime) -> datetime | None:
    """When the step should be done: its share and those before it, of the time from the count's start."""
    if not dossier.due_at or spec.steps_by_key[step_key].end:
        return dossier.due_at
    share = 0
    for step in spec.steps:
        share += step.share
        if step.key == step_key:
            break
    due = moment_at_share(counted_from(dossier, spec), dossier.due_at, share, unit_calendar(dossier.unit))
    return max(due, at)


def item_due(item, unit, at: datetime, whole: datetime | None) -> datetime:
    """An opinion or a linked result has its own deadline, inside the whole where possible (D61 art. 19.5)."""
    due = due_at(at, item.amount, item.unit, unit_calendar(unit))
    return min(due, whole) if whole and whole > at else due


def reminder_before(due: datetime, calendar: Calendar, at: datetime) -> datetime:
    """Two working days before `due`; at once when that has passed."""
    return max(working_days_before(due, 2, calendar), at)


def next_start(calendar: Calendar, at: datetime) -> datetime:
    """The first working minute after the (Hanoi) day of `at`."""
    tomorrow = (timezone.localtime(at) + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return add_working_time(tomorrow, timedelta(minutes=1), calendar)


def after_pause(dossier: Dossier, spec: Spec, started_at: datetime, ended_at: datetime) -> datetime:
    """The promise in force, later by one pause: working time, or for DAY the local dates that it crossed."""
    calendar = unit_calendar(dossier.unit)
    if spec.time_unit != "DAY":
        return add_working_time(dossier.due_at, working_time_between(started_at, ended_at, calendar), calendar)
    crossed = (timezone.localdate(ended_at) - timezone.localdate(started_at)).days
    day = calendar.working_day_from(timezone.localdate(dossier.due_at) + timedelta(days=crossed))
    return calendar.day_end(day)
