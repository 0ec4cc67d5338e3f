"""GET /healthz says which part is not well, and never hangs."""

import time
from datetime import timedelta

import pytest
from django.core.cache import cache

from hanoi_psc import health
from hanoi_psc.tasks import mark_seen
from notifications.models import Message
from worktime import now
from worktime.models import Clock

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def alive():
    cache.clear()
    mark_seen("worker")
    mark_seen("beat")


def test_all_is_well(client):
    response = client.get("/healthz")
    assert response.status_code == 200, response.content
    body = response.json()
    assert body["status"] == "ok"
    assert body["failed"] == []
    assert set(body["checks"]) == {
        "database",
        "broker",
        "worker",
        "beat",
        "oldest_due_clock",
        "oldest_unsent_message",
    }


def test_a_worker_that_was_never_seen_is_named(client):
    cache.delete("seen:worker")
    response = client.get("/healthz")
    assert response.status_code == 503
    assert response.json()["failed"] == ["worker"]


def test_a_beat_not_seen_for_two_minutes_is_named(client):
    cache.set("seen:beat", int(time.time()) - 120)
    body = client.get("/healthz").json()
    assert body["failed"] == ["beat"]
    assert "not seen for 12" in body["checks"]["beat"]["error"]


def test_a_clock_that_nobody_fires_is_seen(client):
    moment = now() - timedelta(seconds=health.CLOCK_LIMIT + 30)
    Clock.objects.create(kind="test", subject_type="test", subject_id=1, next_fire_at=moment)
    assert client.get("/healthz").json()["failed"] == ["oldest_due_clock"]


def test_a_message_that_waits_for_its_retry_is_not_late(client):
    make_message(next_attempt_at=now() + timedelta(hours=1), created_at=now() - timedelta(hours=2))
    assert client.get("/healthz").status_code == 200


def test_a_message_that_nobody_sends_is_seen(client):
    make_message(next_attempt_at=now() - timedelta(seconds=health.MESSAGE_LIMIT + 30), created_at=now())
    assert client.get("/healthz").json()["failed"] == ["oldest_unsent_message"]


def make_message(**fields):
    given = {"channel": "email", "address": "a@example.vn", "template": "test", "language": "vi", "subject": "a"}
    Message.objects.create(**given, body="b", **fields)


def test_a_broker_that_is_away_is_named_at_once(client, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    started = time.monotonic()
    body = client.get("/healthz").json()
    assert body["failed"] == ["broker"]
    assert time.monotonic() - started < health.LIMIT_SECONDS


def test_a_part_that_hangs_is_reported_and_not_asked_twice(client, monkeypatch):
    asked = []

    def hang():
        asked.append(1)
        time.sleep(1.5)

    monkeypatch.setattr(health, "LIMIT_SECONDS", 0.3)
    monkeypatch.setitem(health.CHECKS, "broker", hang)
    for _ in range(2):
        body = client.get("/healthz").json()
        assert body["checks"]["broker"]["error"] == "no answer within 0.3 s"
    assert asked == [1]
    health.at_work["broker"].join()


def test_only_reading_is_allowed(client):
    assert client.post("/healthz").status_code == 405
