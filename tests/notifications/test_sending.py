"""The sender when things go wrong: refused addresses, a mail server that is away, senders that die."""

import smtplib
import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection, transaction

from notifications.channels import EmailChannel, message_id
from notifications.models import Message
from notifications.sending import LEASE, LONGEST_WAIT, MAX_ATTEMPTS, back_off, send_due
from notifications.tasks import send_due as task
from tests.notifications.support import NOW, emails


class Killed(BaseException):
    """The process dies: nothing after it runs."""


@pytest.fixture
def failing(monkeypatch):
    """Make the mail server answer with an error for chosen addresses: failing["a@b"] = error."""
    errors, real = {}, EmailChannel._connect

    class Server:
        def __init__(self, inner):
            self.inner = inner

        def send_messages(self, messages):
            if error := errors.get(messages[0].to[0], errors.get("*")):
                raise error
            return self.inner.send_messages(messages)

    monkeypatch.setattr(EmailChannel, "_connect", lambda self: Server(real(self)))
    return errors


def state(message):
    message.refresh_from_db()
    return message.status, message.attempts


@pytest.mark.django_db
class TestFailures:
    def test_one_bad_message_does_not_block_the_others(self, failing):
        bad, *good = emails(4)
        failing[bad.address] = smtplib.SMTPDataError(451, b"later")
        assert send_due(at=NOW) == Counter(sent=3, retried=1)
        assert state(bad) == ("PENDING", 1)
        assert "451" in bad.error
        assert bad.next_attempt_at > NOW
        assert all(state(message) == ("SENT", 1) for message in good)

    def test_what_nobody_foresaw_is_kept_as_an_error_too(self, failing):
        (message,) = emails()
        failing["*"] = RuntimeError("hỏng\0 rồi")
        assert send_due(at=NOW) == Counter(retried=1)
        assert state(message) == ("PENDING", 1) and message.error == "hỏng rồi"

    def test_a_channel_that_no_longer_exists_is_an_error_of_its_message(self):
        (message,) = emails(channel="pigeon")
        assert send_due(at=NOW) == Counter(retried=1)
        assert state(message) == ("PENDING", 1)

    def test_it_is_sent_when_the_server_is_well_again(self, failing):
        (message,) = emails()
        failing["*"] = smtplib.SMTPDataError(451, b"later")
        send_due(at=NOW)
        failing.clear()
        assert send_due(at=NOW + timedelta(minutes=2))["sent"] == 1
        assert (*state(message), message.error) == ("SENT", 2, "")

    def test_an_address_refused_for_good_is_dead_at_once(self, failing):
        (message,) = emails()
        failing["*"] = smtplib.SMTPRecipientsRefused({"x": (550, b"no such user")})
        assert send_due(at=NOW) == Counter(dead=1)
        assert (*state(message), message.next_attempt_at) == ("DEAD", 1, None)

    def test_an_address_refused_for_now_is_tried_again(self, failing):
        emails()
        failing["*"] = smtplib.SMTPRecipientsRefused({"x": (450, b"mailbox busy")})
        assert send_due(at=NOW) == Counter(retried=1)

    def test_it_is_given_up_after_the_last_attempt(self, failing):
        (message,) = emails()
        failing["*"] = smtplib.SMTPDataError(451, b"later")
        at = NOW
        for _ in range(MAX_ATTEMPTS):
            send_due(at=at)
            at += 2 * LONGEST_WAIT
        assert state(message) == ("DEAD", MAX_ATTEMPTS)
        assert send_due(at=at) == Counter()

    @pytest.mark.parametrize("error", [ConnectionRefusedError(), smtplib.SMTPServerDisconnected("gone")])
    def test_a_server_that_is_away_costs_one_attempt_of_one_message(self, failing, error):
        messages = emails(25)
        failing["*"] = error
        assert send_due(at=NOW) == Counter(retried=1, released=9)
        assert sorted(state(message)[1] for message in messages) == [0] * 24 + [1]
        failing.clear()
        assert send_due(at=NOW + timedelta(minutes=2))["sent"] == 25


@pytest.mark.django_db
class TestSendersThatDie:
    def test_a_sender_that_dies_after_sending_repeats_one_mail_with_the_same_id(self, monkeypatch):
        first, _second = emails(2)
        monkeypatch.setattr("notifications.sending._mark", lambda *args, **kwargs: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            send_due(at=NOW)
        monkeypatch.undo()
        assert send_due(at=NOW + LEASE / 2) == Counter()
        assert send_due(at=NOW + LEASE) == Counter(sent=2)
        ids = [sent.extra_headers["Message-ID"] for sent in mail.outbox]
        assert len(ids) == 3
        assert ids.count(message_id(first)) == 2

    def test_a_message_that_kills_every_sender_is_given_up(self, monkeypatch):
        (message,) = emails()
        monkeypatch.setattr(EmailChannel, "send", lambda *args: (_ for _ in ()).throw(Killed))
        at = NOW
        for _ in range(MAX_ATTEMPTS):
            with pytest.raises(Killed):
                send_due(at=at)
            at += LEASE
        assert send_due(at=at) == Counter(dead=1)
        assert state(message)[0] == "DEAD" and message.error


@pytest.mark.django_db(transaction=True)
class TestManySenders:
    def test_each_message_is_sent_by_one_of_them(self):
        emails(40)
        start = threading.Barrier(4)

        def sender():
            start.wait(10)
            send_due(at=NOW)
            connection.close()

        threads = [threading.Thread(target=sender) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert sorted(sent.to[0] for sent in mail.outbox) == sorted(f"nguoi{n}@example.org" for n in range(40))

    def test_no_transaction_is_open_while_a_mail_is_sent(self, monkeypatch):
        emails()
        seen = []
        monkeypatch.setattr(EmailChannel, "send", lambda *args: seen.append(connection.in_atomic_block))
        send_due(at=NOW)
        assert seen == [False]

    def test_a_row_that_somebody_holds_is_passed_over(self):
        held, _free = emails(2)
        ready, done = threading.Event(), threading.Event()

        def hold():
            with transaction.atomic():
                Message.objects.select_for_update().get(pk=held.pk)
                ready.set()
                done.wait(10)
            connection.close()

        thread = threading.Thread(target=hold)
        thread.start()
        assert ready.wait(10)
        assert send_due(at=NOW) == Counter(sent=1)
        done.set()
        thread.join(10)


@pytest.mark.django_db
class TestPace:
    def test_a_run_stops_at_its_limit(self):
        emails(15)
        assert send_due(at=NOW, limit=12) == Counter(sent=12)

    def test_one_connection_serves_the_run(self, monkeypatch):
        opened = []
        monkeypatch.setattr(mail.backends.locmem.EmailBackend, "open", lambda self: opened.append(self))
        emails(12)
        assert send_due(at=NOW) == Counter(sent=12)
        assert len(opened) == 1

    def test_the_task_sends(self):
        emails()
        Message.objects.update(next_attempt_at=NOW - timedelta(days=400))
        task()
        assert len(mail.outbox) == 1

    def test_what_is_due_is_found_by_the_index_of_pending(self):
        emails(3)
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
        assert "message_pending" in Message.objects.due(NOW).order_by("next_attempt_at")[:10].explain()


def test_waits_double_and_stay_below_the_longest():
    waits = [back_off(attempt) for attempt in range(1, 30)]
    assert timedelta(seconds=48) <= waits[0] <= timedelta(seconds=72)
    assert timedelta(seconds=6 * 60) <= waits[3] <= timedelta(seconds=10 * 60)
    assert max(waits) <= LONGEST_WAIT * 1.2
