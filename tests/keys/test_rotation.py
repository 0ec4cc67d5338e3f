"""A new key comes: everything is hidden again under it, in batches, while the portal reads and writes."""

import base64
from datetime import date

import pytest
from django.core.management import call_command
from django.db import connection

from accounts.models import User
from keys import rotation
from keys.ring import CannotOpen

pytestmark = pytest.mark.django_db
ONE, TWO = (base64.b64encode(bytes([n]) * 32).decode() for n in (1, 2))
FIELDS = ("phone", "personal_number", "birth_date", "address_line")


def versions_in_use() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT phone, personal_number, birth_date, address_line FROM accounts_user")
        return {value.partition(".")[0] for row in cursor.fetchall() for value in row if value}


@pytest.fixture
def people(settings):
    settings.FIELD_KEYS = [f"1:{ONE}"]
    made = [
        User.objects.create(
            username=f"u{n}", phone=f"+8491234{n:04d}", personal_number=f"00119{n:07d}", birth_date=date(1990, 1, 1)
        )
        for n in range(12)
    ]
    settings.FIELD_KEYS = [f"1:{ONE}", f"2:{TWO}"]
    return made


def test_everything_lies_under_the_new_key_and_reads_as_before(people, settings, capsys):
    call_command("rotate_keys", "--batch", "5")
    assert versions_in_use() == {"~2"}
    settings.FIELD_KEYS = [f"2:{TWO}"]  # the old key may be thrown away now
    for person in people:
        read = User.objects.get(pk=person.pk)
        assert (read.phone, read.birth_date) == (person.phone, person.birth_date)
    assert "accounts.user.phone: 12" in capsys.readouterr().out


def test_stopped_half_way_it_goes_on_when_run_again(people):
    steps = rotation.rotate(batch=5)
    next(steps)
    steps.close()
    assert versions_in_use() == {"~1", "~2"}
    people[0].refresh_from_db()
    assert people[0].phone == "+84912340000"
    for _done in rotation.rotate(batch=5):
        pass
    assert versions_in_use() == {"~2"}


def test_without_the_old_key_it_stops_and_changes_nothing(people, settings):
    settings.FIELD_KEYS = [f"2:{TWO}"]
    with pytest.raises(CannotOpen):
        call_command("rotate_keys")
    assert versions_in_use() == {"~1"}


def test_every_hidden_column_takes_part():
    places = {field.place for field in rotation.hidden_columns()}
    assert {
        "accounts.user.phone", "dossiers.dossier.answers", "dossiers.formeranswers.answers",
        "notifications.message.body",
    } <= places  # fmt: skip


def test_a_room_may_rotate_what_is_no_column(monkeypatch):
    left = [7, 3]
    monkeypatch.setitem(rotation.STEPS, "files", lambda limit: left.pop() if left else 0)
    assert list(rotation.rotate()) == [("files", 3), ("files", 7)]
