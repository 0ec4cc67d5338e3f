"""Whoever guesses passwords or codes waits longer and longer; whoever owns the account is never locked out for ever."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import waits
from accounts.models import Attempt, User
from accounts.tasks import forget_attempts
from tests import world
from worktime import now

pytestmark = pytest.mark.django_db
PASSWORD = "mat-khau-dung"


@pytest.fixture
def person():
    return world.person(email="anh@example.com", phone="+84912345678", phone_verified=True)


@pytest.fixture
def clock(monkeypatch):
    """Return `pass_(timedelta)`, which moves the clock of the waits on."""
    passed = [timedelta(0)]
    monkeypatch.setattr(waits, "now", lambda: now() + passed[0])

    def pass_(more):
        passed[0] += more

    return pass_


def try_(client, login, password="sai", **headers):
    client.cookies.clear()
    return client.post(reverse("account_login"), {"login": login, "password": password}, **headers)


def is_told_to_wait(response):
    return response.status_code == 200 and "Thử quá nhiều lần. Xin chờ" in response.content.decode()


def test_five_wrong_passwords_are_free_and_the_sixth_waits(client, person):
    for _try in range(5):
        assert not is_told_to_wait(try_(client, person.username))
    assert is_told_to_wait(try_(client, person.username))


def test_while_waiting_even_the_right_password_waits_and_afterwards_it_opens(client, person, clock):
    for _try in range(5):
        try_(client, person.username)
    assert is_told_to_wait(try_(client, person.username, PASSWORD))
    clock(timedelta(seconds=31))
    assert try_(client, person.username, PASSWORD).status_code == 302


def test_waits_double_up_to_a_ceiling_and_tries_made_meanwhile_lengthen_nothing(client, person, clock):
    waited = []
    for _round in range(12):
        try_(client, person.username)
        row = Attempt.objects.order_by("-next_at").first()
        waited.append((row.next_at - row.tried_at).total_seconds())
        try_(client, person.username)
        clock(timedelta(seconds=max(waited[-1], 0) + 1))
    grown = [seconds for seconds in waited if seconds > 0]
    assert grown[:4] == [30, 60, 120, 240] and max(grown) == 900


@pytest.mark.parametrize("names", [["anh@example.com", "0912345678", "+84 912 345 678", "ANH@EXAMPLE.COM"]])
def test_all_names_of_an_account_share_one_count(client, person, names):
    for name in [*names, person.username]:
        assert not is_told_to_wait(try_(client, name))
    assert all(is_told_to_wait(try_(client, name)) for name in names)


def test_a_device_that_was_in_before_is_not_kept_out_by_strangers(client, person):
    client.post(reverse("account_login"), {"login": person.username, "password": PASSWORD})
    client.get("/")
    client.post(reverse("account_logout"))
    stranger = type(client)(REMOTE_ADDR="203.0.113.9")
    for _try in range(7):
        last = try_(stranger, person.username)
    assert is_told_to_wait(last)
    again = client.post(reverse("account_login"), {"login": person.username, "password": PASSWORD})
    assert again.status_code == 302


def test_a_forged_device_cookie_is_a_stranger(client, person):
    for number in range(6):
        client.cookies["thiet-bi"] = f"bia-{number}"
        last = client.post(reverse("account_login"), {"login": person.username, "password": "sai"})
    assert is_told_to_wait(last)


def test_an_owners_success_frees_no_guesses(client, person):
    for _try in range(4):
        try_(client, person.username)
    assert try_(client, person.username, PASSWORD).status_code == 302
    try_(client, person.username)
    assert is_told_to_wait(try_(client, person.username))


def test_an_address_that_tries_many_names_waits_too(client, monkeypatch):
    few = waits.Rule(3, timedelta(seconds=15), timedelta(minutes=5), timedelta(hours=1))
    monkeypatch.setitem(waits.RULES["password"], "address", few)
    answers = [try_(client, f"nguoi-{number}", REMOTE_ADDR="203.0.113.7") for number in range(4)]
    assert [is_told_to_wait(answer) for answer in answers] == [False, False, False, True]
    assert not is_told_to_wait(try_(client, "nguoi-9", REMOTE_ADDR="203.0.113.8"))


def test_codes_are_counted_beyond_the_session_that_asked_for_them(client, person, texts):
    """allauth gives three tries a session, which many requests at once read before any writes."""
    answers = []
    for tries in (2, 2, 2):
        browser = type(client)()
        browser.post(reverse("account_request_login_code"), {"login": "0912345678"})
        for _try in range(tries):
            code = {"code": "khong-phai-ma", "action": "verify"}
            answers.append(browser.post(reverse("account_confirm_login_code"), code))
    assert [is_told_to_wait(answer) for answer in answers] == [False] * 5 + [True]


def test_messages_to_one_number_are_sent_ever_more_seldom(client, person, texts, clock):
    def ask():
        return type(client)().post(reverse("account_request_login_code"), {"login": "0912345678"})

    assert [ask().status_code for _time in range(4)] == [302, 302, 302, 200]
    assert len(texts()) == 3
    clock(timedelta(seconds=61))
    assert ask().status_code == 302


def test_names_and_addresses_are_kept_as_keyed_hashes(client, person):
    try_(client, "anh@example.com", REMOTE_ADDR="203.0.113.7")
    kept = str(list(Attempt.objects.values()))
    assert Attempt.objects.count() == 2 and "anh" not in kept and "203.0.113" not in kept


def test_old_counts_are_forgotten_and_deleted(client, person, clock):
    for _try in range(6):
        try_(client, person.username)
    clock(timedelta(hours=25))
    assert not is_told_to_wait(try_(client, person.username))
    clock(timedelta(hours=25))
    assert forget_attempts() == 2 and not Attempt.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_fifty_tries_at_once_five_pass(person, monkeypatch):
    at = now()
    monkeypatch.setattr(waits, "now", lambda: at)  # however long a busy machine takes for them

    def one(_number):
        try:
            return is_told_to_wait(try_(Client(), person.username))
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        told = list(pool.map(one, range(50)))
    assert told.count(False) == 5


# --- The same work for a name that is known and one that is not -------------------------------------------------------
class Counting(PBKDF2PasswordHasher):
    """Quick, and counts how often it was asked."""

    iterations = 1
    asked = 0

    def encode(self, *args, **kwargs):
        type(self).asked += 1
        return super().encode(*args, **kwargs)


@pytest.mark.parametrize(
    ("known", "unknown"),
    [("anh@example.com", "ai@example.com"), ("0912345678", "0987654321"), ("ten-biet", "ten-khong-biet")],
)
def test_a_try_costs_as_many_hashes_whether_the_name_is_known(client, settings, known, unknown):
    settings.PASSWORD_HASHERS = ["tests.accounts.test_waits.Counting"]
    world.person(username="ten-biet", email="anh@example.com", phone="+84912345678")
    costs, asked = [], []
    for name in (known, unknown):
        Counting.asked = 0
        with CaptureQueriesContext(connection) as queries:
            answer = try_(client, name)
        costs.append((Counting.asked, str(answer.context["form"].errors)))
        asked.append(len(queries))
    assert costs[0] == costs[1]
    assert abs(asked[0] - asked[1]) <= 2  # a millisecond beside the hash of a password


def test_an_account_that_opens_by_codes_alone_costs_the_same(client, settings):
    settings.PASSWORD_HASHERS = ["tests.accounts.test_waits.Counting"]
    user = User(username="chi-ma", email="ma@example.com")
    user.set_unusable_password()
    user.save()
    costs = []
    for name in ("ma@example.com", "ai@example.com"):
        Counting.asked = 0
        try_(client, name)
        costs.append(Counting.asked)
    assert costs[0] == costs[1]
