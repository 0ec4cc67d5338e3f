"""Every line knows its request, tasks too; no line knows a person."""

import json
import logging
import sys

import pytest
from celery import shared_task
from django.conf import settings
from django.core.cache import cache
from django.test import RequestFactory

from hanoi_psc import logs
from hanoi_psc.cache import TolerantRedisCache
from hanoi_psc.celery import app
from hanoi_psc.logs import PortalFormatter, RequestIdFilter, request_id, scrub
from hanoi_psc.middleware import RequestIdMiddleware

DEAD = "redis://127.0.0.1:1/0"


@shared_task
def what_is_the_request_id():
    return request_id.get()


def line(message, *, exc_info=None, **extra):
    """Return the parsed JSON line that our logging writes for a record."""
    record = logging.LogRecord("test", logging.INFO, __file__, 1, message, (), exc_info)
    vars(record).update(extra)
    RequestIdFilter().filter(record)
    options = settings.LOGGING["formatters"]["json"]
    return json.loads(PortalFormatter(options["format"], style=options["style"]).format(record))


def answer(request, response=None):
    from django.http import HttpResponse

    return RequestIdMiddleware(lambda given: response or HttpResponse(request_id.get()))(request)


def test_a_sane_name_from_the_proxy_is_kept_and_returned():
    response = answer(RequestFactory().get("/", headers={"X-Request-ID": "proxy-0001.a_b"}))
    assert response["X-Request-ID"] == "proxy-0001.a_b"
    assert response.content == b"proxy-0001.a_b"


@pytest.mark.parametrize(
    "given", ["", "short", "a" * 65, "evil\nline-of-log", "<script>alert(1)</script>", "tên-tiếng-việt"]
)
def test_any_other_name_is_replaced(given):
    response = answer(RequestFactory().get("/", HTTP_X_REQUEST_ID=given))
    assert response["X-Request-ID"] != given
    assert len(response["X-Request-ID"]) == 32


def test_the_name_does_not_stay_for_the_next_request():
    answer(RequestFactory().get("/"))
    assert request_id.get() == logs.NO_REQUEST


def test_the_id_follows_into_a_task():
    headers = {}
    token = request_id.set("request-12345")
    logs.send_request_id(headers=headers)
    request_id.reset(token)
    assert headers == {"request_id": "request-12345"}
    assert what_is_the_request_id.apply(headers=headers).get() == "request-12345"
    assert request_id.get() == logs.NO_REQUEST


def test_a_task_of_no_request_goes_by_its_own_id():
    result = what_is_the_request_id.apply()
    assert result.get() == result.id


def test_the_id_travels_through_the_real_broker(settings):
    token = request_id.set("request-67890")
    try:
        with app.connection_for_write(settings.REDIS_URL) as connection:
            queue = connection.SimpleQueue("test-of-headers")
            queue.clear()
            what_is_the_request_id.apply_async(queue="test-of-headers", connection=connection)
            message = queue.get(timeout=5)
            message.ack()
            queue.close()
    finally:
        request_id.reset(token)
    assert message.headers["request_id"] == "request-67890"


def test_a_line_is_json_with_the_id_and_vietnamese_letters():
    token = request_id.set("request-12345")
    try:
        written = line("hồ sơ đã tiếp nhận", status=200)
    finally:
        request_id.reset(token)
    assert written["message"] == "hồ sơ đã tiếp nhận"
    assert written["request_id"] == "request-12345"
    assert written["status"] == 200


@pytest.mark.parametrize("personal", ["0912345678", "+84912345678", "001099012345", "nguyen.van.a@example.vn"])
def test_numbers_and_addresses_of_persons_are_removed(personal):
    assert personal not in line(f"could not write to {personal}, trying again")["message"]


def test_a_dossier_code_stays_readable():
    assert "H26.99-261124-0001" in scrub("sent H26.99-261124-0001")


def test_the_row_that_postgresql_quotes_is_removed_from_a_traceback():
    said = "duplicate key\nDETAIL:  Key (full_name)=(Nguyễn Văn A) already exists."
    try:
        raise ValueError(said)
    except ValueError:
        written = line("failed", exc_info=sys.exc_info())
    assert "duplicate key" in written["exc_info"]
    assert "Nguyễn" not in written["exc_info"]


def test_what_libraries_attach_is_left_out():
    written = line("task failed", data={"args": "Nguyễn Văn A"}, request=RequestFactory().get("/?ten=Nguyen"))
    assert set(written) == {"asctime", "levelname", "name", "message", "request_id"}


def test_a_cache_that_is_away_answers_like_an_empty_one():
    away = TolerantRedisCache(DEAD, {})
    assert away.get("a", "default") == "default"
    assert away.set("a", 1) is None
    assert away.get_many(["a"]) == {}
    assert away.add("a", 1) is False
    assert away.delete("a") is False
    assert away.get_or_set("a", lambda: 7) == 7
    assert away.clear() is False
    with pytest.raises(ValueError, match="not found"):
        away.incr("a")


def test_clearing_the_cache_leaves_the_queues(settings):
    client = cache._cache.get_client(None, write=True)
    client.lpush("some-queue", "a message")
    cache.set("a", 1)
    cache.clear()
    assert cache.get("a") is None
    assert client.llen("some-queue") == 1
    client.delete("some-queue")


def test_sending_a_task_while_the_broker_is_away_is_no_failure(monkeypatch):
    from kombu.exceptions import OperationalError

    def refuse(*args, **kwargs):
        raise OperationalError("connection refused")

    monkeypatch.setattr("celery.Celery.send_task", refuse)
    monkeypatch.setattr(app, "away_until", 0.0)
    assert what_is_the_request_id.delay() is None
    assert what_is_the_request_id.delay() is None  # the second does not even try
