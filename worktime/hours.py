"""When an office works, as a pure value: no database here. `calendars` builds these from rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import MAXYEAR, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import holidays
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
FRIDAY = 4

Interval = tuple[time, time]
Day = tuple[Interval, ...]
Week = tuple[Day, ...]

# DOMAIN §5, assumed until the Centre says otherwise; the row "default" starts as a copy of this.
STANDARD_HOURS = {str(weekday): [["08:00", "12:00"], ["13:00", "17:00"]] for weekday in range(5)}


def parse_day(value: object) -> Day:
    """`[["08:00", "12:00"], …]` as intervals, in order and apart; ValidationError otherwise."""
    try:
        day = tuple((time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in value)
    except (TypeError, ValueError):
        raise ValidationError(_("Giờ làm việc phải là các cặp giờ mở và giờ đóng dạng 08:00."), code="hours") from None
    moments = [moment for interval in day for moment in interval]
    if any(moment.tzinfo for moment in moments) or any(a >= b for a, b in pairwise(moments)):
        raise ValidationError(_("Các khoảng giờ phải theo thứ tự, không chồng nhau."), code="hours_order")
    return day


def parse_week(value: object) -> Week:
    """`{"0": […Monday…], …}` as seven days, a missing weekday being off; ValidationError when no day is worked."""
    if not isinstance(value, Mapping) or not set(value) <= set("0123456"):
        raise ValidationError(_("Các ngày trong tuần là 0 (thứ Hai) đến 6 (Chủ nhật)."), code="weekdays")
    week = tuple(parse_day(value.get(str(weekday), [])) for weekday in range(7))
    if not any(week):
        raise ValidationError(_("Lịch phải có ít nhất một ngày làm việc trong tuần."), code="no_working_day")
    return week


@lru_cache(maxsize=256)
def public_days(year: int) -> tuple[frozenset[date], frozenset[date]]:
    """Public holidays of a year, and its make-up working days off the usual week.

    A fresh object per year: the package fills its years lazily, which is not safe between threads. The years beside
    it are read too, because a swap may cross New Year.
    """
    known = holidays.VN(years=[max(year - 1, 1), year, min(year + 1, MAXYEAR)])
    return (
        frozenset(day for day in known if day.year == year),
        frozenset(day for day in known.weekend_workdays if day.year == year),
    )


@dataclass(frozen=True)
class DayException:
    """One date that differs from the week and the public holidays; `hours` None means a usual full day."""

    day: date
    is_working: bool
    hours: Day | None = None


@dataclass(frozen=True)
class Calendar:
    """The working hours of one office, for any date. Hashable, immutable, safe to share between threads.

    An admin's exception wins over everything; then a make-up working day (worked with Friday's hours, since the law
    only swaps the days and Saturday has none of its own); then a public holiday; then the week.
    """

    key: str
    week: Week
    exceptions: tuple[DayException, ...] = ()
    _exceptions: dict = field(init=False, repr=False, compare=False)
    _known: dict = field(init=False, repr=False, compare=False)
    _spans: dict = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.week) != 7 or not any(self.week):
            raise ValueError("A calendar needs seven days, at least one of them worked.")
        object.__setattr__(self, "_exceptions", {item.day: item for item in self.exceptions})
        object.__setattr__(self, "_known", {})
        object.__setattr__(self, "_spans", {})

    def intervals(self, day: date) -> Day:
        """The hours worked on that date, empty on a day off."""
        known = self._known.get(day)
        if known is None:
            known = self._known[day] = self._work_out(day)
        return known

    def spans(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        """The same hours as moments of that day, by the wall clock: what arithmetic goes through again and again."""
        known = self._spans.get(day)
        if known is None:
            known = tuple((datetime.combine(day, a), datetime.combine(day, b)) for a, b in self.intervals(day))
            self._spans[day] = known
        return known

    def is_working_day(self, day: date) -> bool:
        return bool(self.intervals(day))

    def day_end(self, day: date) -> datetime:
        """The end of work of a working day, Hanoi time. ValueError on a day off."""
        intervals = self.intervals(day)
        if not intervals:
            raise ValueError(f"{day} is a day off in calendar {self.key}.")
        return datetime.combine(day, intervals[-1][1], HANOI)

    def next_working_day(self, day: date) -> date:
        """The first working day after `day`."""
        return self.working_day_from(day + timedelta(days=1))

    def working_day_from(self, day: date) -> date:
        """`day` itself when it is worked, else the first working day after it."""
        while not self.intervals(day):
            day += timedelta(days=1)
        return day

    @property
    def full_day(self) -> Day:
        """The hours of a usual day: Friday's, or the first worked weekday's where Friday is off."""
        return self.week[FRIDAY] or next(day for day in self.week if day)

    @property
    def full_day_length(self) -> timedelta:
        return sum((_length(interval) for interval in self.full_day), timedelta())

    def _work_out(self, day: date) -> Day:
        exception = self._exceptions.get(day)
        if exception and not exception.is_working:
            return ()
        if exception:
            return exception.hours or self.week[day.weekday()] or self.full_day
        days_off, make_up_days = public_days(day.year)
        if day in make_up_days:
            return self.full_day
        return () if day in days_off else self.week[day.weekday()]


def _length(interval: Interval) -> timedelta:
    opens, closes = interval
    return datetime.combine(date.min, closes) - datetime.combine(date.min, opens)


STANDARD = Calendar(key="default", week=parse_week(STANDARD_HOURS))
