"""The e-mail channel against a mail server on a real socket."""

from collections import Counter
from datetime import timedelta
from email import message_from_bytes, policy

import pytest

from notifications.channels import message_id
from notifications.sending import send_due
from tests.notifications.smtp import MailServer
from tests.notifications.support import NOW, emails


@pytest.fixture
def server(settings):
    server = MailServer()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    yield server
    server.stop()


@pytest.mark.django_db
class TestSmtp:
    def test_letters_arrive_in_vietnamese_over_one_connection(self, server):
        first, *_rest = emails(3)
        assert send_due(at=NOW) == Counter(sent=3)
        assert server.connections == 1
        letter = message_from_bytes(server.letters[0], policy=policy.default)
        assert letter["Message-ID"] == message_id(first)
        assert letter["Subject"].strip() == first.subject
        assert "Hồ sơ “Chứng thực bản sao”" in letter.get_content()

    def test_an_address_that_does_not_exist_is_dead_and_the_others_arrive(self, server):
        emails(3)
        server.refusals = {"nguoi1@": "550 no such user"}
        assert send_due(at=NOW) == Counter(sent=2, dead=1)
        assert len(server.letters) == 2

    def test_a_full_mailbox_is_tried_again(self, server):
        (message,) = emails()
        server.refusals = {"nguoi0@": "452 mailbox full"}
        assert send_due(at=NOW) == Counter(retried=1)
        message.refresh_from_db()
        assert "mailbox full" in message.error

    def test_a_message_that_makes_the_server_hang_up_holds_the_others_for_a_moment_only(self, server):
        emails(3)
        server.refusals = {"nguoi0@": "hang up"}
        first = send_due(at=NOW)
        later = send_due(at=NOW + timedelta(seconds=20))
        assert (first["sent"] + later["sent"], first["retried"]) == (2, 1)

    def test_a_server_that_is_down_keeps_every_message(self, server):
        emails(3)
        server.stop()
        assert send_due(at=NOW) == Counter(retried=1, released=2)
        assert server.letters == []
