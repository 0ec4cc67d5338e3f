"""What holds for every moment, amount, calendar and pause."""

from datetime import UTC, date, datetime, time, timedelta

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from worktime.deadlines import (
    UNITS,
    add_working_time,
    count_start,
    due_at,
    merge_pauses,
    moment_at_share,
    working_days_after,
    working_days_before,
    working_time_between,
)
from worktime.hours import HANOI, STANDARD, Calendar, DayException

many = settings(deadline=None, max_examples=150)  # no time limit an example: the machine may be busy

moments = st.datetimes(datetime(2023, 1, 1), datetime(2028, 12, 31), timezones=st.sampled_from([HANOI, UTC]))
units = st.sampled_from(UNITS)
amounts = st.integers(0, 60)
spans = st.timedeltas(timedelta(), timedelta(days=6))
pauses = st.lists(st.builds(lambda begins, length: (begins, begins + length), moments, spans), max_size=4)


@st.composite
def days(draw) -> tuple:
    hours = sorted(draw(st.lists(st.integers(0, 23), min_size=2, max_size=4, unique=True)))
    times = [time(hour, draw(st.sampled_from([0, 15, 30]))) for hour in hours]
    return tuple(zip(times[::2], times[1::2], strict=False))


@st.composite
def calendars(draw) -> Calendar:
    week = tuple(draw(st.one_of(st.just(()), days())) for _ in range(7))
    week = week if any(week) else STANDARD.week
    dates = draw(st.lists(st.dates(date(2023, 1, 1), date(2028, 12, 31)), max_size=8, unique=True))
    exceptions = tuple(DayException(day, *draw(st.sampled_from([(False,), (True,)]))) for day in dates)
    return Calendar(key="drawn", week=week, exceptions=exceptions)


any_calendar = st.one_of(st.just(STANDARD), calendars())


def is_worked(moment: datetime, calendar: Calendar) -> bool:
    local = moment.astimezone(HANOI)
    return any(opens <= local.time() <= closes for opens, closes in calendar.intervals(local.date()))


@many
@given(moments, spans, any_calendar)
def test_adding_then_measuring_agrees(start, amount, calendar):
    end = add_working_time(start, amount, calendar)
    assert working_time_between(start, end, calendar) == amount
    assert is_worked(end, calendar)


@many
@given(moments, st.timedeltas(timedelta(), timedelta(days=40)), any_calendar)
def test_measuring_then_adding_never_overshoots(start, length, calendar):
    end = start + length
    reached = add_working_time(start, working_time_between(start, end, calendar), calendar)
    assert reached <= end or not working_time_between(start, reached, calendar)


@many
@given(moments, moments, moments, any_calendar)
def test_working_time_adds_up(one, two, three, calendar):
    a, b, c = sorted([one, two, three])
    whole = working_time_between(a, c, calendar)
    assert whole == working_time_between(a, b, calendar) + working_time_between(b, c, calendar)


@many
@given(moments, amounts, units, any_calendar, pauses)
def test_a_due_moment_is_never_off_work_nor_before_reception(received, amount, unit, calendar, stops):
    due = due_at(received, amount, unit, calendar, stops)
    assert is_worked(due, calendar)
    assert due.date() >= received.astimezone(HANOI).date()
    assert due.utcoffset() == timedelta(hours=7)


@many
@given(moments, spans, amounts, units, any_calendar)
def test_received_later_is_never_due_earlier(received, later, amount, unit, calendar):
    assert due_at(received, amount, unit, calendar) <= due_at(received + later, amount, unit, calendar)


@many
@given(moments, amounts, units, any_calendar, pauses)
def test_a_longer_limit_is_never_due_earlier(received, amount, unit, calendar, stops):
    assert due_at(received, amount, unit, calendar, stops) <= due_at(received, amount + 1, unit, calendar, stops)


@many
@given(moments, amounts, any_calendar)
def test_n_working_days_are_n_working_days_after_the_day_the_count_begins(received, amount, calendar):
    start = count_start(received, "WORKING_DAY", calendar)
    due = due_at(received, amount, "WORKING_DAY", calendar)
    between = (start + timedelta(days=step) for step in range(1, (due.date() - start).days + 1))
    assert sum(calendar.is_working_day(day) for day in between) == amount
    assert due == calendar.day_end(due.date())


@many
@given(moments, amounts, any_calendar)
def test_calendar_days_end_on_their_date_or_on_the_next_working_day(received, amount, calendar):
    wanted = count_start(received, "DAY", calendar) + timedelta(days=amount)
    due = due_at(received, amount, "DAY", calendar).date()
    assert due >= wanted
    gap = [wanted + timedelta(days=step) for step in range((due - wanted).days)]
    assert not any(calendar.is_working_day(day) for day in gap)


@many
@given(moments, amounts, units, any_calendar, pauses)
def test_pauses_may_come_in_any_order_and_in_pieces(received, amount, unit, calendar, stops):
    due = due_at(received, amount, unit, calendar, stops)
    assert due == due_at(received, amount, unit, calendar, [*reversed(stops), *stops])
    halves = [(a, a + (b - a) / 2) for a, b in stops] + [(a + (b - a) / 2, b) for a, b in stops]
    assert due == due_at(received, amount, unit, calendar, halves)


@many
@given(moments, amounts, st.sampled_from(["HOUR", "WORKING_DAY"]), any_calendar, pauses)
def test_pauses_move_the_due_moment_by_exactly_their_working_time(received, amount, unit, calendar, stops):
    plain = due_at(received, amount, unit, calendar)
    start = count_start(received, unit, calendar)
    since = start if unit == "HOUR" else datetime.combine(start, time(), HANOI)
    merged = merge_pauses(stops, since=since)
    paused = sum((working_time_between(a, b, calendar) for a, b in merged), timedelta())
    assert working_time_between(plain, due_at(received, amount, unit, calendar, stops), calendar) == paused


@many
@given(moments, st.timedeltas(timedelta(hours=1), timedelta(days=40)), st.integers(0, 100), any_calendar)
def test_a_share_of_the_time_is_that_share(start, length, share, calendar):
    due = add_working_time(start, length / 10, calendar)
    moment = moment_at_share(start, due, share, calendar)
    used, whole = (working_time_between(start, end, calendar) for end in (moment, due))
    assert abs(used - whole * share / 100) <= timedelta(microseconds=1)


@many
@given(moments, st.integers(1, 30), any_calendar)
def test_days_before_and_after_land_in_working_hours(moment, days, calendar):
    assume(calendar.is_working_day(moment.astimezone(HANOI).date()))
    after = working_days_after(moment, days, calendar)
    assert is_worked(after, calendar)
    assert working_days_before(after, days, calendar).date() == moment.astimezone(HANOI).date()
