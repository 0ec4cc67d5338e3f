"""Nobody asks faster, or sends more, than people do; and the loss of the counter turns nobody away."""

import gzip
import json
from unittest import mock

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from redis.exceptions import ConnectionError as Gone

from hanoi_psc import limits
from tests import world

pytestmark = pytest.mark.django_db
MOMENT = 1_899_999_980  # twenty seconds into a minute
LOGIN = {"login": "khong-ai", "password": "sai"}


@pytest.fixture(autouse=True)
def counted(settings, monkeypatch):
    """Two of everything from an account, four from an address, in a minute that stands still."""
    settings.RATE_FACTOR = 1
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, "2 4")
    settings.ACCOUNT_RATE_LIMITS = False
    clock = mock.Mock()
    clock.return_value.timestamp.return_value = MOMENT
    monkeypatch.setattr(limits, "now", clock)
    cache.clear()
    yield clock
    cache.clear()


def statuses(ask, times):
    return [ask().status_code for _ in range(times)]


def test_tries_at_the_door_are_counted_by_address_and_told_in_vietnamese(client):
    codes = statuses(lambda: client.post(reverse("account_login"), LOGIN), 5)
    assert codes == [200] * 4 + [429]
    page = client.post(reverse("account_login"), LOGIN)
    assert page["Retry-After"] == "40" and "Xin chờ một lát" in page.content.decode()
    other = Client(REMOTE_ADDR="203.0.113.9").post(reverse("account_login"), LOGIN)
    assert other.status_code == 200


def test_the_next_minute_begins_anew(client, counted):
    statuses(lambda: client.post(reverse("account_login"), LOGIN), 5)
    counted.return_value.timestamp.return_value = MOMENT + 40
    assert client.post(reverse("account_login"), LOGIN).status_code == 200


def test_reading_a_page_of_the_door_is_not_a_try(client):
    assert statuses(lambda: client.get(reverse("account_login")), 6) == [200] * 6


@pytest.mark.parametrize("name", ["account_signup", "account_reset_password"])
def test_every_way_to_ask_for_a_letter_or_a_code_is_counted(client, name):
    assert statuses(lambda: client.post(reverse(name), {}), 5)[-1] == 429


def test_one_account_is_counted_wherever_it_calls_from():
    user = world.person()
    for address in ("203.0.113.1", "203.0.113.2"):
        client = Client(REMOTE_ADDR=address)
        client.force_login(user)
        assert client.get("/phuong-xa/?q=ba").status_code == 200
    third = Client(REMOTE_ADDR="203.0.113.3")
    third.force_login(user)
    assert third.get("/phuong-xa/?q=ba").status_code == 429


@pytest.mark.parametrize("url", ["/tra-cuu/?ma=1.001193-260101-0001", "/thu-tuc/?q=khai", "/phuong-xa/?q=ba"])
def test_looking_things_up_is_counted(client, url):
    assert statuses(lambda: client.get(url), 5) == [200] * 4 + [429]


def test_an_answer_of_the_api_says_when_to_come_back(client):
    codes = statuses(lambda: client.get("/api/v1/lookup/KHONG-CO/"), 4)
    assert codes == [404] * 4
    answer = client.get("/api/v1/lookup/KHONG-CO/")
    assert answer.status_code == 429 and answer["Content-Type"] == "application/problem+json"
    assert answer["Retry-After"] == "40" and answer.json()["detail"].endswith("40 giây.")


@pytest.mark.parametrize("path", ["files/", "dossiers/", "procedures/1.001193/validate/"])
def test_uploads_submits_and_trials_by_the_api_are_counted_by_account(path):
    client = Client()
    client.force_login(world.person())
    codes = statuses(lambda: client.post(f"/api/v1/{path}", {}, content_type="application/json"), 3)
    assert codes[:2] != [429, 429] and codes[2] == 429


def test_exports_are_counted(client):
    client.force_login(world.staff("ADMIN"))
    assert statuses(lambda: client.get(reverse("studio:quality_csv")), 3) == [200, 200, 429]


def test_a_demo_counts_more_and_zero_counts_nothing(client, settings):
    settings.RATE_FACTOR = 2
    assert statuses(lambda: client.get("/phuong-xa/?q=ba"), 9)[-2:] == [200, 429]
    settings.RATE_FACTOR = 0
    assert client.get("/phuong-xa/?q=ba").status_code == 200


def test_with_the_counter_away_nobody_is_turned_away(client):
    with mock.patch("django.core.cache.backends.redis.RedisCacheClient.incr", side_effect=Gone):
        assert statuses(lambda: client.post(reverse("account_login"), LOGIN), 9) == [200] * 9
    from hanoi_psc.cache import breakers

    for breaker in breakers.values():
        breaker.closed_until = 0.0


@pytest.mark.parametrize(
    "one, other, same",
    [
        ("203.0.113.1", "203.0.113.2", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:203.0.113.1", "203.0.113.1", True),
        ("::ffff:203.0.113.1", "::ffff:203.0.113.2", False),
        ("", "unix:", False),
    ],
)
def test_an_address_is_one_caller_and_a_households_ipv6_addresses_are_one(rf, one, other, same):
    keys = [limits.address_key(rf.get("/", REMOTE_ADDR=address)) for address in (one, other)]
    assert (keys[0] == keys[1]) is same
    assert one not in keys[0] or not one, "the cache holds no address"


# --- how much -----------------------------------------------------------------------------------------------------
def test_too_large_a_document_is_refused_before_it_is_read(settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    client = Client()
    client.force_login(world.person())
    body = json.dumps({"answers": {"a": "x" * 2000}})
    with mock.patch("hanoi_psc.parsers.PlainJSONParser.parse", side_effect=AssertionError("read")):
        answer = client.post("/api/v1/dossiers/", body, content_type="application/json")
    assert answer.status_code == 413 and answer.json()["type"] == "urn:psc:problem:too_large"


def test_too_large_an_upload_is_refused_by_its_length(rf, settings):
    settings.FILE_MAX_BYTES = 1000
    client = Client()
    client.force_login(world.person())
    sent = {"CONTENT_LENGTH": str(50 * 2**20), "CONTENT_TYPE": "multipart/form-data; boundary=x"}
    answer = client.generic("POST", "/api/v1/files/", b"", **sent)
    assert answer.status_code == 413
    page = client.generic("POST", "/ngon-ngu/", b"", **sent)
    assert page.status_code == 413 and "Gửi quá nhiều" in page.content.decode()


def test_a_packed_body_is_never_unpacked():
    client = Client()
    client.force_login(world.person())
    bomb = gzip.compress(b"0" * 5_000_000)
    packed = {"content_type": "application/json", "headers": {"content-encoding": "gzip"}}
    answer = client.post("/api/v1/dossiers/", bomb, **packed)
    assert answer.status_code == 415 and answer.json()["type"] == "urn:psc:problem:encoded"
    assert client.post("/ngon-ngu/", bomb, **packed).status_code == 400
