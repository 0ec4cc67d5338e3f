import queue
import socket
import time

import pytest
from celery import current_app

from notifications import waking


@pytest.fixture(autouse=True)
def rested(monkeypatch):
    monkeypatch.setattr(waking, "_last", -1000.0)


@pytest.fixture
def silent_broker():
    """A broker that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def seconds(work):
    started = time.monotonic()
    work()
    return time.monotonic() - started


def use_broker(monkeypatch, port):
    from notifications.tasks import send_due

    real = send_due.apply_async

    def apply_async(**options):
        with current_app.connection_for_write(f"redis://127.0.0.1:{port}/0") as broker:
            return real(connection=broker, **options)

    monkeypatch.setattr(send_due, "apply_async", apply_async)


def test_a_broker_that_is_away_neither_raises_nor_blocks(monkeypatch):
    use_broker(monkeypatch, 1)
    assert seconds(waking.wake) < 0.2


def test_a_broker_that_never_answers_does_not_block(monkeypatch, silent_broker):
    use_broker(monkeypatch, silent_broker)
    assert seconds(waking.wake) < 0.2


def test_many_wakings_knock_once(monkeypatch):
    knocks = []
    monkeypatch.setattr(waking, "knock", knocks.append)
    for _ in range(100):
        waking.wake()
    assert len(knocks) == 1


def test_the_knock_reaches_the_broker(monkeypatch):
    sent = queue.Queue()
    monkeypatch.setattr("notifications.tasks.send_due.apply_async", lambda **options: sent.put(options))
    waking.wake()
    assert sent.get(timeout=5)["retry"] is False
