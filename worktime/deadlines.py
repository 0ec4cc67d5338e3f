"""Deadline arithmetic exactly as DOMAIN §5: pure functions of moments and a calendar, no database, no present.

Every moment given is aware, in any zone; every moment returned is aware in Asia/Ho_Chi_Minh. docs/time.md gives the
edge decisions and their reasons.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from fractions import Fraction

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from worktime.hours import HANOI, Calendar

HOUR, WORKING_DAY, DAY = UNITS = ("HOUR", "WORKING_DAY", "DAY")
LAST_RECEPTION = time(15, 0)  # D61 art. 18.2: received later, the count begins on the next working day
MAX_AMOUNT = 10_000
FIRST_YEAR, LAST_YEAR = 1990, 2099  # outside, Hanoi's offset or the lunar holidays are not known
MICROSECOND = timedelta(microseconds=1)
ONE_DAY = timedelta(days=1)

Pause = tuple[datetime, datetime]


class DeadlineError(ValueError):
    """A question that has no answer: an unknown unit, a naive moment, an open pause. Its text is for a person."""


def count_start(received_at: datetime, unit: str, calendar: Calendar) -> date | datetime:
    """The day the count begins, or for HOUR the very moment of reception (D61 art. 18.2)."""
    _check_unit(unit)
    received = _local(received_at)
    if unit == HOUR:
        return _aware(received)
    day = received.date()
    if calendar.is_working_day(day) and received.time() <= LAST_RECEPTION:
        return day
    return calendar.next_working_day(day)


def due_at(received_at: datetime, amount: int, unit: str, calendar: Calendar, pauses: Iterable[Pause] = ()) -> datetime:
    """The moment by which a dossier received at `received_at` must be done (D61 art. 18–19)."""
    if isinstance(amount, bool) or not isinstance(amount, int) or not 0 <= amount <= MAX_AMOUNT:
        raise DeadlineError(_("Thời hạn phải là số nguyên từ 0 đến %(max)d.") % {"max": MAX_AMOUNT})
    start = count_start(received_at, unit, calendar)
    stops = merge_pauses(pauses, since=start if unit == HOUR else datetime.combine(start, time.min, HANOI))
    if unit == DAY:
        crossed = sum((ends.date() - begins.date()).days for begins, ends in stops)
        return _known(calendar.day_end(calendar.working_day_from(start + timedelta(days=amount + crossed))))
    if unit == HOUR:
        due = add_working_time(start, timedelta(hours=amount), calendar)
    else:
        due = _known(calendar.day_end(_shift(start, amount, calendar)))
    paused = sum((working_time_between(begins, ends, calendar) for begins, ends in stops), timedelta())
    return add_working_time(due, paused, calendar) if paused else due


def merge_pauses(pauses: Iterable[Pause], *, since: datetime) -> list[Pause]:
    """Closed pauses in order, overlapping ones made one, cut at `since`: what was not yet counted cannot be paused."""
    merged: list[Pause] = []
    for begins, ends in sorted(_checked_pause(pause) for pause in pauses):
        begins = max(begins, since)
        if ends <= begins:
            continue
        if merged and begins <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], ends))
        else:
            merged.append((begins, ends))
    return merged


def working_time_between(start: datetime, end: datetime, calendar: Calendar) -> timedelta:
    """How much of the time from `start` to `end` is worked; zero when `end` is not later."""
    begins, ends = _local(start), _local(end)
    total, day, last = timedelta(), begins.date(), ends.date()
    while day <= last:
        for opens, closes in calendar.spans(day):
            if opens < ends and closes > begins:
                total += min(closes, ends) - max(opens, begins)
        day += ONE_DAY
    return total


def add_working_time(start: datetime, amount: timedelta, calendar: Calendar) -> datetime:
    """The earliest moment of working hours, closing time included, with `amount` worked between `start` and it."""
    if amount < timedelta():
        raise DeadlineError(_("Không thể cộng một khoảng thời gian âm."))
    begins, left = _local(start), amount
    day = begins.date()
    while day.year <= LAST_YEAR:
        for opens, closes in calendar.spans(day):
            opens = max(opens, begins)
            if opens > closes:
                continue
            if left <= closes - opens:
                return _aware(opens + left)
            left -= closes - opens
        day += ONE_DAY
    raise _too_far()


def moment_at_share(start: datetime, due: datetime, share: Fraction | int, calendar: Calendar) -> datetime:
    """The moment when a share of the working time from `start` to `due` is used: a Fraction, or an int percentage."""
    share = Fraction(share, 100) if isinstance(share, int) else share
    whole = working_time_between(start, due, calendar)
    return add_working_time(start, int(whole // MICROSECOND * share) * MICROSECOND, calendar)


def working_days_after(moment: datetime, days: int, calendar: Calendar) -> datetime:
    """The same time of day `days` working days later, drawn back into that day's working hours."""
    return _same_time(moment, days, calendar)


def working_days_before(moment: datetime, days: int, calendar: Calendar) -> datetime:
    """The same time of day `days` working days earlier, drawn back into that day's working hours."""
    return _same_time(moment, -days, calendar)


@dataclass(frozen=True)
class Remaining:
    """Working time left, or late: whole working days of the calendar's usual length, then hours and minutes."""

    late: bool
    days: int
    hours: int
    minutes: int

    def __str__(self) -> str:
        """In words, the largest unit only: "còn 2 giờ", "quá hạn 1 ngày". A day is a working day."""
        template = _("quá hạn %(amount)s") if self.late else _("còn %(amount)s")
        amounts = (
            (self.days, ngettext("%(n)d ngày", "%(n)d ngày", self.days)),
            (self.hours, ngettext("%(n)d giờ", "%(n)d giờ", self.hours)),
            (self.minutes, ngettext("%(n)d phút", "%(n)d phút", self.minutes)),
        )
        for number, words in amounts:
            if number:
                return template % {"amount": words % {"n": number}}
        return _("quá hạn") if self.late else _("đến hạn")


def remaining(now: datetime, due: datetime, calendar: Calendar) -> Remaining:
    """What is left at `now` of the time until `due`, or by how much it is late, in working time."""
    late = now > due
    first, last = (due, now) if late else (now, due)
    days, rest = divmod(working_time_between(first, last, calendar), calendar.full_day_length)
    hours, rest = divmod(rest, timedelta(hours=1))
    return Remaining(late=late, days=days, hours=hours, minutes=rest // timedelta(minutes=1))


def _check_unit(unit: str) -> None:
    if unit not in UNITS:
        raise DeadlineError(_("Đơn vị thời hạn phải là một trong: %(units)s.") % {"units": ", ".join(UNITS)})


def _checked_pause(pause: Pause) -> Pause:
    begins, ends = pause
    if begins is None or ends is None:
        raise DeadlineError(_("Khoảng tạm dừng chưa kết thúc thì chưa tính được thời hạn."))
    begins, ends = _aware(_local(begins)), _aware(_local(ends))
    if ends < begins:
        raise DeadlineError(_("Khoảng tạm dừng kết thúc trước khi bắt đầu."))
    return begins, ends


def _local(moment: datetime) -> datetime:
    """Wall-clock time in Hanoi without its zone: the city has one offset, so plain arithmetic is exact and fast."""
    if moment.tzinfo is None:
        raise DeadlineError(_("Thời điểm phải có múi giờ."))
    try:
        local = moment.astimezone(HANOI).replace(tzinfo=None, fold=0)
    except OverflowError:
        local = moment.replace(tzinfo=None)
    if not FIRST_YEAR <= local.year <= LAST_YEAR:
        years = {"first": FIRST_YEAR, "last": LAST_YEAR}
        raise DeadlineError(_("Chỉ tính được thời hạn từ năm %(first)d đến năm %(last)d.") % years)
    return local


def _known(due: datetime) -> datetime:
    if due.year > LAST_YEAR:
        raise _too_far()
    return due


def _too_far() -> DeadlineError:
    return DeadlineError(_("Thời hạn vượt quá năm %(year)d.") % {"year": LAST_YEAR})


def _aware(local: datetime) -> datetime:
    return local.replace(tzinfo=HANOI)


def _shift(day: date, days: int, calendar: Calendar) -> date:
    """The working day `days` working days after (or before) `day`; `day` itself for 0."""
    step = timedelta(days=1 if days > 0 else -1)
    left = abs(days)
    while left:
        day += step
        left -= calendar.is_working_day(day)
    return day


def _same_time(moment: datetime, days: int, calendar: Calendar) -> datetime:
    local = _local(moment)
    if not days:
        return _aware(local)
    day = _shift(local.date(), days, calendar)
    spans = calendar.spans(day)
    wanted = datetime.combine(day, local.time())
    reached = [min(wanted, closes) for opens, closes in spans if opens <= wanted]
    return _aware(reached[-1] if reached else spans[0][0])
