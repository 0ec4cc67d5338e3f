"""The promises of a dossier as moments: when it must be answered, supplemented, paid, decided (DOMAIN §5)."""

from datetime import datetime, timedelta

from django.utils import timezone

from branches.models import Role
from branches.selectors import unit_for
from dossiers.models import Dossier
from procedures.spec import Item, Spec, Step
from worktime.calendars import Calendar, get_calendar
from worktime.deadlines import (
    add_working_time,
    due_at,
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


def step_unit(dossier: Dossier, step: Step):
    """Who does the step: the dossier's unit, or the one of the kind it names; None where there is no such unit."""
    if not step.unit_kind or step.role == Role.CLERK or step.unit_kind == dossier.unit.kind:
        return dossier.unit
    return unit_for(step.unit_kind, dossier.ward_id)


def step_due(dossier: Dossier, spec: Spec, step_key: str, at: datetime) -> datetime | None:
    """When a step entered at `at` should be done: its fixed time from then, on the calendar of who does it; else the
    moment that it and the steps before it may take of the whole (docs/time.md)."""
    step = spec.steps_by_key[step_key]
    if not dossier.due_at or step.end:
        return dossier.due_at
    if step.amount is not None:
        return item_due(step, step_unit(dossier, step) or dossier.unit, at, dossier.due_at)
    return max(step_expected(dossier, spec, step_key), at)


def step_expected(dossier: Dossier, spec: Spec, step_key: str) -> datetime:
    """When the step is over if all goes by plan: the fixed times so far, and the shares so far of what those leave."""
    calendar, start = unit_calendar(dossier.unit), counted_from(dossier, spec)
    whole = working_time_between(start, dossier.due_at, calendar)
    fixed = sum((_fixed_time(s, calendar) for s in spec.steps), timedelta())
    used, share = timedelta(), 0
    for step in spec.steps:
        used, share = used + _fixed_time(step, calendar), share + step.share * (step.amount is None)
        if step.key == step_key:
            break
    rest = max(whole - fixed, timedelta())
    return add_working_time(start, min(used + rest * share // 100, whole), calendar)


def _fixed_time(step: Step, calendar: Calendar) -> timedelta:
    """The fixed time of a step as working time of the dossier's unit; a day is a usual working day."""
    if step.amount is None:
        return timedelta()
    return timedelta(hours=step.amount) if step.unit == "HOUR" else step.amount * calendar.full_day_length


def item_due(item: Item | Step, unit, at: datetime, whole: datetime | None) -> datetime:
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
