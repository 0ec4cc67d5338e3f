"""DOMAIN §5, promise by promise."""

from datetime import date, datetime, time, timedelta
from fractions import Fraction

import pytest

from worktime.deadlines import (
    DeadlineError,
    add_working_time,
    count_start,
    due_at,
    moment_at_share,
    remaining,
    working_days_after,
    working_days_before,
    working_time_between,
)
from worktime.hours import HANOI, STANDARD, Calendar, DayException, parse_day, parse_week


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=HANOI)


def due(received: str, amount: int, unit: str, *pauses: tuple[str, str], calendar: Calendar = STANDARD) -> str:
    moment = due_at(at(received), amount, unit, calendar, [(at(a), at(b)) for a, b in pauses])
    assert moment.tzinfo is HANOI
    return moment.isoformat(timespec="minutes")


@pytest.mark.parametrize(
    ("received", "amount", "unit", "expected"),
    [
        ("2025-04-08T10:00", 5, "WORKING_DAY", "2025-04-15T17:00+07:00"),
        ("2025-04-08T15:30", 5, "WORKING_DAY", "2025-04-16T17:00+07:00"),
        ("2025-04-25T09:00", 3, "WORKING_DAY", "2025-04-29T17:00+07:00"),
        ("2025-04-25T09:00", 5, "WORKING_DAY", "2025-05-06T17:00+07:00"),
        ("2025-04-08T11:00", 8, "HOUR", "2025-04-09T11:00+07:00"),
    ],
)
def test_the_worked_examples_of_the_domain(received, amount, unit, expected):
    assert due(received, amount, unit) == expected


def test_15h_itself_is_in_time_and_a_second_later_is_not():
    assert due("2025-04-08T15:00", 1, "WORKING_DAY") == "2025-04-09T17:00+07:00"
    assert due("2025-04-08T15:00:01", 1, "WORKING_DAY") == "2025-04-10T17:00+07:00"
    assert due("2025-04-08T15:00:00.000001", 1, "DAY") == "2025-04-10T17:00+07:00"


def test_zero_working_days_is_the_same_day():
    assert due("2025-04-08T10:00", 0, "WORKING_DAY") == "2025-04-08T17:00+07:00"
    assert due("2025-04-08T15:30", 0, "WORKING_DAY") == "2025-04-09T17:00+07:00"
    assert due("2025-04-12T09:00", 0, "WORKING_DAY") == "2025-04-14T17:00+07:00"


def test_received_on_a_day_off_counts_from_the_next_working_day():
    assert count_start(at("2025-04-12T09:00"), "WORKING_DAY", STANDARD) == date(2025, 4, 14)
    assert due("2025-04-12T09:00", 1, "WORKING_DAY") == "2025-04-15T17:00+07:00"
    assert due("2025-04-30T09:00", 1, "DAY") == "2025-05-06T17:00+07:00"


def test_calendar_days_ending_on_a_day_off_move_to_the_next_working_day():
    assert due("2025-04-08T10:00", 3, "DAY") == "2025-04-11T17:00+07:00"
    assert due("2025-04-08T10:00", 4, "DAY") == "2025-04-14T17:00+07:00"
    assert due("2025-04-10T15:30", 15, "DAY") == "2025-04-26T17:00+07:00", "the make-up Saturday is no day off"


def test_hours_count_from_the_very_moment_over_lunch_and_nights():
    assert due("2025-04-08T15:30", 1, "HOUR") == "2025-04-08T16:30+07:00"
    assert due("2025-04-08T11:30", 1, "HOUR") == "2025-04-08T13:30+07:00"
    assert due("2025-04-08T11:00", 1, "HOUR") == "2025-04-08T12:00+07:00"
    assert due("2025-04-11T16:00", 2, "HOUR") == "2025-04-14T09:00+07:00"
    assert due("2025-04-12T09:00", 8, "HOUR") == "2025-04-14T17:00+07:00"
    assert due("2025-04-08T20:00", 0, "HOUR") == "2025-04-09T08:00+07:00"


def test_a_pause_moves_the_due_moment_by_its_working_time():
    pause = ("2025-04-09T10:00", "2025-04-09T14:30")
    assert due("2025-04-08T10:00", 5, "WORKING_DAY", pause) == "2025-04-16T11:30+07:00"
    assert due("2025-04-08T11:00", 8, "HOUR", ("2025-04-08T16:00", "2025-04-09T09:00")) == "2025-04-09T14:00+07:00"
    night = ("2025-04-09T17:00", "2025-04-10T08:00")
    assert due("2025-04-08T10:00", 5, "WORKING_DAY", night) == "2025-04-15T17:00+07:00"


def test_a_whole_days_pause_moves_the_due_moment_to_the_same_hour_of_the_next_day():
    pause = ("2025-04-09T00:00", "2025-04-10T00:00")
    assert due("2025-04-08T10:00", 5, "WORKING_DAY", pause) == "2025-04-16T17:00+07:00"


def test_overlapping_pauses_merge():
    pauses = [("2025-04-09T10:00", "2025-04-09T14:00"), ("2025-04-09T11:00", "2025-04-09T14:30")]
    inside = ("2025-04-09T13:00", "2025-04-09T13:10")
    assert due("2025-04-08T10:00", 5, "WORKING_DAY", *pauses, inside) == "2025-04-16T11:30+07:00"


def test_calendar_days_are_paused_by_the_local_dates_crossed_and_rolled_forward_last():
    assert due("2025-04-08T10:00", 3, "DAY", ("2025-04-09T23:59", "2025-04-10T00:01")) == "2025-04-14T17:00+07:00"
    assert due("2025-04-08T10:00", 3, "DAY", ("2025-04-09T08:00", "2025-04-09T17:00")) == "2025-04-11T17:00+07:00"
    assert due("2025-04-08T10:00", 4, "DAY", ("2025-04-09T08:00", "2025-04-11T08:00")) == "2025-04-14T17:00+07:00"
    late_in_utc = datetime.fromisoformat("2025-04-09T18:00+00:00"), datetime.fromisoformat("2025-04-10T01:00+00:00")
    assert due_at(at("2025-04-08T10:00"), 3, "DAY", STANDARD, [late_in_utc]) == at("2025-04-11T17:00")


def test_what_was_not_yet_counted_cannot_be_paused():
    before = ("2025-04-08T15:40", "2025-04-09T09:00")
    assert due("2025-04-08T15:30", 1, "WORKING_DAY", before) == "2025-04-11T09:00+07:00"
    assert due("2025-04-12T09:00", 1, "DAY", ("2025-04-12T10:00", "2025-04-14T07:00")) == "2025-04-15T17:00+07:00"


def test_moments_in_any_zone_mean_the_same():
    utc = datetime.fromisoformat("2025-04-08T08:00:01+00:00")
    assert due_at(utc, 1, "WORKING_DAY", STANDARD).isoformat() == "2025-04-10T17:00:00+07:00"


@pytest.mark.parametrize(
    ("received", "amount", "unit", "pauses"),
    [
        (datetime(2025, 4, 8, 10), 1, "DAY", []),
        (at("2025-04-08T10:00"), -1, "DAY", []),
        (at("2025-04-08T10:00"), 1.5, "DAY", []),
        (at("2025-04-08T10:00"), True, "DAY", []),
        (at("2025-04-08T10:00"), 10**9, "DAY", []),
        (at("2025-04-08T10:00"), 1, "WEEK", []),
        (at("2025-04-08T10:00"), 1, "DAY", [(at("2025-04-08T11:00"), None)]),
        (at("2025-04-08T10:00"), 1, "DAY", [(at("2025-04-08T11:00"), at("2025-04-08T10:00"))]),
        (at("0001-01-01T00:00"), 1, "DAY", []),
        (at("9999-12-31T23:59"), 1, "HOUR", []),
        (at("2099-12-31T10:00"), 9, "HOUR", []),
        (at("2099-12-30T10:00"), 9, "WORKING_DAY", []),
        (at("2099-12-30T10:00"), 9, "DAY", []),
    ],
)
def test_a_question_without_an_answer_is_refused(received, amount, unit, pauses):
    with pytest.raises(DeadlineError):
        due_at(received, amount, unit, STANDARD, pauses)


def test_an_exception_wins_over_holiday_and_week():
    calendar = Calendar(
        key="x",
        week=STANDARD.week,
        exceptions=(
            DayException(date(2026, 1, 2), False),
            DayException(date(2026, 1, 10), True),
            DayException(date(2026, 1, 9), True, parse_day([["08:00", "11:00"]])),
        ),
    )
    assert due("2025-12-31T10:00", 1, "WORKING_DAY", calendar=calendar) == "2026-01-05T17:00+07:00"
    assert due("2026-01-08T10:00", 1, "WORKING_DAY", calendar=calendar) == "2026-01-09T11:00+07:00"
    assert due("2026-01-08T10:00", 2, "WORKING_DAY", calendar=calendar) == "2026-01-10T17:00+07:00"


def test_make_up_saturdays_have_fridays_hours():
    short_friday = parse_week({"0": [["08:00", "17:00"]], "4": [["08:00", "16:30"]]})
    calendar = Calendar(key="x", week=short_friday)
    assert calendar.day_end(date(2025, 4, 26)).time() == time(16, 30)
    assert not calendar.is_working_day(date(2025, 4, 19))
    assert calendar.is_working_day(date(2026, 8, 22)) is True
    assert not STANDARD.is_working_day(date(2026, 11, 24)), "the Cultural Day, from 2026"


def test_a_calendar_that_works_on_saturdays_is_off_on_holidays_only():
    week = {str(day): [["08:00", "12:00"]] for day in range(6)}
    calendar = Calendar(key="x", week=parse_week(week))
    assert calendar.next_working_day(date(2025, 4, 11)) == date(2025, 4, 12)
    assert calendar.next_working_day(date(2025, 4, 29)) == date(2025, 5, 3)


def test_equal_calendars_are_equal_and_hash_alike():
    twin = Calendar(key="default", week=STANDARD.week)
    twin.is_working_day(date(2025, 4, 8))
    assert twin == STANDARD
    assert len({twin, STANDARD}) == 1


def test_remaining_speaks_in_working_time():
    due_moment = at("2025-04-15T17:00")
    assert str(remaining(at("2025-04-14T17:00"), due_moment, STANDARD)) == "còn 1 ngày"
    assert str(remaining(at("2025-04-11T18:00"), due_moment, STANDARD)) == "còn 2 ngày"
    assert str(remaining(at("2025-04-15T15:00"), due_moment, STANDARD)) == "còn 2 giờ"
    assert str(remaining(at("2025-04-15T16:15"), due_moment, STANDARD)) == "còn 45 phút"
    assert str(remaining(due_moment, due_moment, STANDARD)) == "đến hạn"
    assert str(remaining(at("2025-04-15T20:00"), due_moment, STANDARD)) == "quá hạn"
    assert str(remaining(at("2025-04-16T17:00"), due_moment, STANDARD)) == "quá hạn 1 ngày"
    assert remaining(at("2025-04-17T09:30"), due_moment, STANDARD).late


def test_thresholds_of_a_deadline():
    start, end = at("2025-04-08T10:00"), at("2025-04-15T17:00")
    assert moment_at_share(start, end, 0, STANDARD) == start
    assert moment_at_share(start, end, 100, STANDARD) == end
    assert moment_at_share(start, end, 50, STANDARD) == at("2025-04-11T09:00")
    assert moment_at_share(start, end, Fraction(1, 2), STANDARD) == at("2025-04-11T09:00")
    assert working_days_before(end, 1, STANDARD) == at("2025-04-14T17:00")
    assert working_days_before(end, 2, STANDARD) == at("2025-04-11T17:00")
    assert working_days_after(end, 1, STANDARD) == at("2025-04-16T17:00")
    assert working_days_after(at("2025-04-11T12:30"), 1, STANDARD) == at("2025-04-14T12:00")
    assert working_days_after(at("2025-04-11T06:00"), 1, STANDARD) == at("2025-04-14T08:00")


def test_measuring_and_adding_at_the_edges_of_the_day():
    assert working_time_between(at("2025-04-11T12:00"), at("2025-04-11T13:00"), STANDARD) == timedelta()
    assert working_time_between(at("2025-04-11T16:00"), at("2025-04-14T09:00"), STANDARD) == timedelta(hours=2)
    assert working_time_between(at("2025-04-14T09:00"), at("2025-04-11T16:00"), STANDARD) == timedelta()
    assert add_working_time(at("2025-04-12T09:00"), timedelta(), STANDARD) == at("2025-04-14T08:00")
    with pytest.raises(DeadlineError):
        add_working_time(at("2025-04-12T09:00"), timedelta(seconds=-1), STANDARD)
