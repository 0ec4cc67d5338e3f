"""Daily roots go outside by the outbox."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core import mail

import outgoing
from audit.sealing import seal_finished_days
from audit.signing import is_signed
from notifications.models import Message
from notifications.services import send_due
from tests.audit.support import write_on

MONDAY = datetime(2026, 3, 2, 3, tzinfo=UTC)


@pytest.fixture
def sealed(db, settings):
    settings.AUDIT_ROOT_EMAILS = ["luu-tru@example.com", "thanh-tra@example.com"]
    settings.AUDIT_ROOT_WEBHOOK = "https://roots.example.org/psc"
    write_on(MONDAY, "dossier:1", 1)
    (root,) = seal_finished_days(at=MONDAY + timedelta(days=2))
    return root


def test_a_sealed_day_leaves_by_mail_and_webhook(sealed, monkeypatch):
    posted = []

    def fetch(url, *, method, body, headers):
        posted.append((url, json.loads(body), headers))
        return outgoing.Answer(204, {}, b"")

    monkeypatch.setattr(outgoing, "fetch", fetch)
    assert send_due()["sent"] == 3
    assert sorted(letter.to[0] for letter in mail.outbox) == ["luu-tru@example.com", "thanh-tra@example.com"]
    assert f"2026-03-02 {sealed.root}" in mail.outbox[0].body
    ((url, said, headers),) = posted
    assert url == "https://roots.example.org/psc" and headers["Idempotency-Key"].startswith("message-")
    day, root = date.fromisoformat(said["day"]), said["root"]
    assert root == sealed.root and is_signed(day=day, root=root, key=said["key"], signature=said["signature"])


def test_a_webhook_that_is_refused_is_given_up_and_one_that_fails_is_tried_again(sealed, monkeypatch):
    monkeypatch.setattr(outgoing, "fetch", lambda *_args, **_more: outgoing.Answer(302, {"location": "/"}, b""))
    assert send_due()["retried"] == 1
    row = Message.objects.get(channel="webhook")
    assert (row.status, row.error) == (Message.PENDING, "HTTP 302")
    monkeypatch.undo()
    row.next_attempt_at = row.created_at
    row.address = "https://127.0.0.1/roots"  # the real guard: never called
    row.save()
    assert send_due()["dead"] == 1
