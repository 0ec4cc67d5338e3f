from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from worktime import calendars
from worktime.calendars import STANDARD, ensure_default_calendar, get_calendar, invalidate
from worktime.hours import parse_day, parse_week
from worktime.models import CalendarException, WorkCalendar

TUESDAY = date(2025, 4, 8)
SATURDAY = date(2025, 4, 12)


@pytest.fixture(autouse=True)
def forget_calendars():
    calendars._forget()
    yield
    calendars._forget()


@pytest.fixture
def no_rows(db):
    """Calendars of a catalogue that another test loaded are away for this test; by SQL, which leaves no mark."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM worktime_calendarexception; DELETE FROM worktime_workcalendar")


def make_calendar(key: str, **hours) -> WorkCalendar:
    return WorkCalendar.objects.create(key=key, name=key, hours=hours or {"1": [["09:00", "11:00"]]})


def day_off(day: date, calendar: WorkCalendar | None = None) -> CalendarException:
    return CalendarException.objects.create(calendar=calendar, date=day, is_working=False, reason="Bão")


@pytest.mark.usefixtures("no_rows")
def test_without_rows_every_key_has_the_standard_hours():
    assert get_calendar("default") == STANDARD
    assert get_calendar("no-such-branch") == STANDARD


@pytest.mark.usefixtures("no_rows")
def test_the_default_row_is_made_once_and_never_overwritten():
    row = ensure_default_calendar()
    assert get_calendar() == STANDARD
    row.hours = {"0": [["07:30", "11:30"]]}
    row.save()
    ensure_default_calendar()
    assert get_calendar().intervals(date(2025, 4, 14)) == parse_day([["07:30", "11:30"]])
    assert get_calendar("no-such-branch").key == "default"
    assert WorkCalendar.objects.count() == 1


@pytest.mark.usefixtures("no_rows")
def test_a_branch_has_its_own_hours_and_its_own_days_off():
    branch = make_calendar("branch-1")
    assert get_calendar("branch-1").day_end(TUESDAY).hour == 11
    day_off(TUESDAY, branch)
    assert not get_calendar("branch-1").is_working_day(TUESDAY)
    assert get_calendar("default").is_working_day(TUESDAY)


@pytest.mark.usefixtures("no_rows")
def test_a_day_off_for_all_is_a_day_off_everywhere_unless_the_calendar_says_otherwise():
    branch = make_calendar("branch-1")
    day_off(TUESDAY)
    assert not get_calendar("default").is_working_day(TUESDAY)
    CalendarException.objects.create(calendar=branch, date=TUESDAY, is_working=True, reason="Trực")
    assert get_calendar("branch-1").is_working_day(TUESDAY)


@pytest.mark.usefixtures("no_rows")
def test_every_way_of_writing_is_seen_at_once():
    get_calendar()
    exception = day_off(TUESDAY)
    assert not get_calendar().is_working_day(TUESDAY)
    CalendarException.objects.filter(pk=exception.pk).update(date=TUESDAY + timedelta(days=1))
    assert get_calendar().is_working_day(TUESDAY)
    exception.refresh_from_db()
    exception.delete()
    assert get_calendar().is_working_day(TUESDAY + timedelta(days=1))
    CalendarException.objects.bulk_create([CalendarException(date=SATURDAY, is_working=True, reason="Làm bù")])
    assert get_calendar().is_working_day(SATURDAY)
    CalendarException.objects.all().delete()
    assert not get_calendar().is_working_day(SATURDAY)


@pytest.mark.usefixtures("no_rows")
def test_a_rolled_back_change_is_forgotten():
    day_off(SATURDAY + timedelta(days=2))
    with pytest.raises(RuntimeError), transaction.atomic():
        day_off(TUESDAY)
        assert not get_calendar().is_working_day(TUESDAY)
        raise RuntimeError
    assert get_calendar().is_working_day(TUESDAY)
    assert not get_calendar().is_working_day(SATURDAY + timedelta(days=2))


@pytest.mark.django_db(transaction=True)
def test_uncommitted_changes_stay_out_of_the_shared_copy():
    with pytest.raises(RuntimeError), transaction.atomic():
        day_off(TUESDAY)
        assert not get_calendar().is_working_day(TUESDAY)
        assert calendars._shared is None
        raise RuntimeError
    assert get_calendar().is_working_day(TUESDAY)
    with transaction.atomic():
        day_off(TUESDAY)
    assert not get_calendar().is_working_day(TUESDAY)


@pytest.mark.usefixtures("no_rows")
def test_asking_again_costs_nothing_and_checking_costs_one_query(django_assert_num_queries, monkeypatch):
    with django_assert_num_queries(3):
        get_calendar("default")
    with django_assert_num_queries(0):
        get_calendar("default")
        get_calendar("other")
    monkeypatch.setattr(calendars._shared, "checked_at", calendars._shared.checked_at - calendars.CHECK_EVERY - 1)
    with django_assert_num_queries(1):
        get_calendar("default")


@pytest.mark.usefixtures("no_rows")
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE worktime_calendarexception SET is_working = TRUE",
        "DELETE FROM worktime_calendarexception",
        'UPDATE worktime_workcalendar SET hours = \'{"5": [["08:00", "09:00"]]}\'',
    ],
)
def test_another_process_sees_a_change_at_its_next_check(sql, monkeypatch):
    ensure_default_calendar()
    day_off(TUESDAY)
    connection.run_on_commit.clear()  # as if that had been committed before this process looked
    before = get_calendar()
    with connection.cursor() as cursor:
        cursor.execute("SAVEPOINT another_writer")  # a subtransaction has an xmin of its own, as another process has
        cursor.execute(sql)
    assert get_calendar() == before
    monkeypatch.setattr(calendars._shared, "checked_at", calendars._shared.checked_at - calendars.CHECK_EVERY - 1)
    assert get_calendar() != before


@pytest.mark.usefixtures("no_rows")
def test_one_exception_a_date_for_each_calendar_and_one_for_all():
    branch = make_calendar("branch-1")
    day_off(TUESDAY)
    day_off(TUESDAY, branch)
    with pytest.raises(IntegrityError), transaction.atomic():
        day_off(TUESDAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        CalendarException.objects.create(date=SATURDAY, is_working=False, hours=[["08:00", "09:00"]], reason="x")


@pytest.mark.parametrize(
    "hours",
    [
        None,
        [],
        {},
        {"7": [["08:00", "12:00"]]},
        {"0": []},
        {"0": [["08:00"]]},
        {"0": [["8 giờ", "12:00"]]},
        {"0": [["12:00", "08:00"]]},
        {"0": [["08:00", "12:00"], ["11:00", "17:00"]]},
        {"0": [["08:00+07:00", "12:00"]]},
        {"0": 5},
    ],
)
def test_wrong_hours_are_refused_before_they_are_stored(hours):
    with pytest.raises(ValidationError):
        parse_week(hours)
    with pytest.raises(ValidationError):
        WorkCalendar(key="x", name="x", hours=hours).full_clean(validate_unique=False)


def test_invalidate_outside_a_transaction_touches_no_database():
    invalidate()
    assert calendars._shared is None
