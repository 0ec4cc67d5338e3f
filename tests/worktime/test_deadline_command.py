from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from worktime import calendars
from worktime.models import CalendarException, WorkCalendar


def run(*arguments: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("deadline", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arguments", "due"),
    [
        (["2025-04-08T10:00", "5", "WORKING_DAY"], "2025-04-15T17:00:00+07:00"),
        (["2025-04-08 15:30", "5", "working_day"], "2025-04-16T17:00:00+07:00"),
        (["2025-04-25T09:00:00+07:00", "3", "WORKING_DAY"], "2025-04-29T17:00:00+07:00"),
        (["2025-04-25T02:00Z", "5", "WORKING_DAY"], "2025-05-06T17:00:00+07:00"),
        (["2025-04-08T11:00", "8", "HOUR"], "2025-04-09T11:00:00+07:00"),
        (
            [
                "2025-04-08T10:00",
                "5",
                "WORKING_DAY",
                "--pause",
                "2025-04-09T10:00",
                "2025-04-09T14:30",
                "--pause",
                "2025-04-09T04:00Z",
                "2025-04-09T05:00Z",
            ],
            "2025-04-16T11:30:00+07:00",
        ),
    ],
)
def test_it_prints_the_due_moment_and_nothing_else(arguments, due):
    assert run(*arguments) == (due + "\n", "")


@pytest.mark.django_db
def test_it_uses_the_named_calendar_with_its_exceptions():
    row = WorkCalendar.objects.create(key="lich-thu", name="x", hours={str(d): [["08:00", "11:00"]] for d in range(6)})
    CalendarException.objects.create(calendar=row, date="2025-04-10", is_working=False, reason="Bão")
    assert run("2025-04-08T10:00", "2", "WORKING_DAY", "--calendar", "lich-thu")[0] == "2025-04-11T11:00:00+07:00\n"


def test_it_works_while_the_database_is_away(monkeypatch):
    def away(key):
        raise OperationalError("away")

    monkeypatch.setattr("worktime.management.commands.deadline.get_calendar", away)
    out, err = run("2025-04-08T10:00", "5", "WORKING_DAY")
    assert out == "2025-04-15T17:00:00+07:00\n"
    assert "lịch làm việc chuẩn" in err
    with pytest.raises(CommandError):
        run("2025-04-08T10:00", "5", "WORKING_DAY", "--calendar", "lich-thu")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "arguments",
    [
        ["hôm qua", "5", "DAY"],
        ["2025-04-08", "5", "DAY"],
        ["2025-02-30T10:00", "5", "DAY"],
        ["2025-04-08T10:00", "năm", "DAY"],
        ["2025-04-08T10:00", "1.5", "DAY"],
        ["2025-04-08T10:00", "-1", "DAY"],
        ["2025-04-08T10:00", "999999999", "DAY"],
        ["2025-04-08T10:00", "5", "WEEK"],
        ["9999-12-31T23:00", "5", "DAY"],
        ["2025-04-08T10:00", "5", "DAY", "--calendar", "no-such-key"],
        ["2025-04-08T10:00", "5", "DAY", "--pause", "2025-04-10T10:00", "2025-04-09T10:00"],
        ["2025-04-08T10:00", "5", "DAY", "--pause", "2025-04-10T10:00", "mai"],
        ["2025-04-08T10:00", "5"],
    ],
)
def test_bad_input_is_a_sentence(arguments):
    with pytest.raises(CommandError) as refused:
        run(*arguments)
    assert str(refused.value)


def test_the_shared_copy_is_not_left_behind_by_the_command():
    calendars.invalidate()
    assert calendars._shared is None
