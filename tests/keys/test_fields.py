"""Columns hold only what was hidden; programs see the plain value; nobody searches a hidden column by mistake."""

from datetime import date

import pytest
from django.core.exceptions import FieldError, ValidationError
from django.db import connection

from accounts.models import User
from keys.fields import HiddenDateField, HiddenJSONField, HiddenTextField
from keys.ring import CannotOpen, blind

pytestmark = pytest.mark.django_db


def raw(column: str, pk: int) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT "{column}" FROM accounts_user WHERE id = %s', [pk])
        return cursor.fetchone()[0]


@pytest.fixture
def person():
    return User.objects.create(
        username="an", phone="+84912345678", personal_number="001190012345", birth_date=date(1990, 5, 12)
    )


def test_columns_hold_no_plain_value(person):
    for column, plain in (("phone", "912345678"), ("personal_number", "001190012345"), ("birth_date", "1990")):
        assert plain not in raw(column, person.pk)
    read = User.objects.get(pk=person.pk)
    assert (read.phone, read.personal_number, read.birth_date) == ("+84912345678", "001190012345", date(1990, 5, 12))
    assert User.objects.values_list("birth_date", flat=True).get(pk=person.pk) == date(1990, 5, 12)


def test_a_person_is_found_by_the_blind_index_only(person):
    assert User.objects.get(phone_index=blind("phone", "+84912345678")) == person
    for lookup in ("phone", "phone__contains", "phone__in", "personal_number__startswith", "birth_date__gte"):
        with pytest.raises(FieldError):
            User.objects.filter(**{lookup: ["x"] if lookup.endswith("in") and "cont" not in lookup else "x"}).exists()


def test_nothing_is_still_found_as_nothing(person):
    other = User.objects.create(username="binh")
    assert list(User.objects.filter(phone="")) == [other]
    assert list(User.objects.filter(birth_date=None)) == [other]
    assert User.objects.filter(phone="", birth_date__isnull=True).get() == other


def test_saving_one_field_saves_its_index(person):
    person.phone = "+84987654321"
    person.save(update_fields=["phone"])
    assert User.objects.get(phone_index=blind("phone", "+84987654321")) == person
    assert not User.objects.filter(phone_index=blind("phone", "+84912345678")).exists()


def test_two_accounts_of_one_telephone_are_refused_by_the_database(person):
    from django.db import IntegrityError

    with pytest.raises(IntegrityError):
        User.objects.create(username="binh", phone=person.phone)


def test_a_value_moved_to_another_column_is_not_believed(person):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_user SET phone = personal_number")
    with pytest.raises(CannotOpen):
        User.objects.get(pk=person.pk)


def test_lengths_and_dates_are_checked_as_in_plain_fields(person):
    person.phone = "0" * 17
    with pytest.raises(ValidationError):
        person.full_clean()
    assert HiddenDateField().clean("1990-05-12", None) == date(1990, 5, 12)
    with pytest.raises(ValidationError):
        HiddenDateField().clean("12/13/1990x", None)


def test_forms_ask_for_them_as_for_plain_fields():
    from django import forms

    assert isinstance(HiddenTextField(max_length=5).formfield().widget, forms.TextInput)
    assert isinstance(HiddenTextField().formfield().widget, forms.Textarea)
    assert isinstance(HiddenDateField().formfield(), forms.DateField)
    assert isinstance(HiddenJSONField().formfield(), forms.JSONField)
