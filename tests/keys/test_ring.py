"""Values are hidden under versioned keys, open only where they belong, and are found by what does not reveal them."""

import base64

import pytest
from django.core.exceptions import ImproperlyConfigured

from keys.ring import CannotOpen, blind, hide, ring, show, version_of

ONE, TWO = (base64.b64encode(bytes([n]) * 32).decode() for n in (1, 2))


def test_a_value_comes_back_and_does_not_show():
    hidden = hide("0912 345 678", place="t.phone")
    assert "0912" not in hidden
    assert show(hidden, place="t.phone") == "0912 345 678"


def test_the_same_value_is_hidden_differently_each_time():
    assert hide("x", place="t.a") != hide("x", place="t.a")


def test_nothing_stays_nothing():
    assert hide("", place="t.a") == show("", place="t.a") == blind("a", "") == ""


def test_a_value_copied_to_another_column_does_not_open():
    with pytest.raises(CannotOpen):
        show(hide("x", place="t.a"), place="t.b")


def test_a_changed_value_does_not_open():
    hidden = hide("x" * 40, place="t.a")
    other = hidden[:20] + ("A" if hidden[20] != "A" else "B") + hidden[21:]
    with pytest.raises(CannotOpen):
        show(other, place="t.a")


@pytest.mark.parametrize("text", ["plain", "~1.", "~1.%%%", "~9.AAAA", "~x.AAAA", "~1.AAAA"])
def test_what_was_never_hidden_does_not_open(text):
    with pytest.raises(CannotOpen):
        show(text, place="t.a")


def test_a_new_key_hides_and_the_old_one_still_opens(settings):
    settings.FIELD_KEYS = [f"1:{ONE}"]
    old = hide("x", place="t.a")
    settings.FIELD_KEYS = [f"1:{ONE}", f"2:{TWO}"]
    assert version_of(hide("x", place="t.a")) == 2
    assert show(old, place="t.a") == "x"
    settings.FIELD_KEYS = [f"2:{TWO}"]
    with pytest.raises(CannotOpen):
        show(old, place="t.a")


@pytest.mark.parametrize("keys", [["1:abc"], [ONE], [f"0:{ONE}"], [f"1:{ONE}", f"1:{TWO}"], [f"x:{ONE}"]])
def test_bad_keys_stop_the_start(settings, keys):
    settings.FIELD_KEYS = keys
    with pytest.raises(ImproperlyConfigured):
        ring()


def test_an_index_is_the_same_for_a_value_and_other_for_another_purpose():
    assert blind("phone", "0912") == blind("phone", "0912") != blind("number", "0912")
    assert len(blind("phone", "0912")) == 43


class Vault:
    """As a key management service's class would be."""

    def encryption_keys(self):
        return {7: b"k" * 32}

    def blind_key(self):
        return b"b" * 32


def test_keys_may_come_from_elsewhere(settings):
    settings.KEY_PROVIDER = "tests.keys.test_ring.Vault"
    assert version_of(hide("x", place="t.a")) == 7
