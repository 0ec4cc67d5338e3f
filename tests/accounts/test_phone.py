import pytest
from django.core.exceptions import ValidationError

from accounts.phone import normalise_phone, show_phone


@pytest.mark.parametrize("text", ["0912345678", "0912 345 678", "84912345678", "+84-912-345-678", "(+84) 912.345.678"])
def test_however_it_is_typed_it_is_one_number(text):
    assert normalise_phone(text) == "+84912345678"


def test_a_number_abroad_keeps_its_country():
    assert normalise_phone("+81 3-6215-1111") == "+81362151111"


@pytest.mark.parametrize("text", ["", "abc", "0912", "+84 1", "9" * 300, "\x00"])
def test_what_cannot_be_a_number_is_refused(text):
    with pytest.raises(ValidationError):
        normalise_phone(text)


def test_numbers_are_shown_as_people_say_them():
    assert show_phone("+84912345678") == "0912 345 678"
    assert show_phone("+81362151111").startswith("+81 3")
    assert show_phone("") == ""
