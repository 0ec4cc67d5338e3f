from datetime import timedelta

import pytest
from django.core import mail
from django.db import transaction

from notifications.models import Message
from notifications.services import Letter, Recipient, mark_read, send_due, send_many
from tests.notifications.support import CITIZEN, CONTEXT, NOW, tell


@pytest.mark.django_db
class TestSend:
    def test_a_person_with_an_account_and_a_mailbox_gets_one_of_each(self, citizen):
        tell(to=Recipient.of(citizen), link="/ho-so/1/", subject_type="dossier", subject_id=1)
        inbox, email = Message.objects.order_by("channel").reverse()
        assert (inbox.channel, inbox.status, inbox.recipient, inbox.read_at) == ("inbox", "SENT", citizen, None)
        assert (email.channel, email.status, email.address) == ("email", "PENDING", "duc@example.org")
        assert inbox.subject == email.subject == "Đã nhận hồ sơ nộp trực tuyến 000.00.12.H26-261124-0001"
        assert "Kính gửi Trần Văn Đức" in email.body
        assert (email.link, email.subject_type, email.subject_id) == ("/ho-so/1/", "dossier", 1)

    def test_it_takes_one_statement(self, citizen, django_assert_num_queries):
        to = Recipient.of(citizen)
        with transaction.atomic(), django_assert_num_queries(1):
            tell(to=to, dedupe_key="a")

    def test_without_a_mailbox_there_is_no_email(self, citizen):
        tell(to=Recipient(user_id=citizen.pk))
        assert [message.channel for message in Message.objects.all()] == ["inbox"]

    def test_somebody_who_cannot_be_reached_costs_nothing(self, django_assert_num_queries):
        with django_assert_num_queries(0):
            tell(to=Recipient(name="Không có địa chỉ"))

    def test_many_people_are_told_in_one_statement(self, django_assert_num_queries):
        letters = [
            Letter("dossier_overdue", Recipient(email=f"{n}@a.vn"), {**CONTEXT, "due": "hôm qua"}) for n in range(9)
        ]
        with transaction.atomic(), django_assert_num_queries(1):
            send_many(letters)
        assert Message.objects.count() == 9

    def test_an_unknown_language_is_told_in_vietnamese(self):
        tell(to=Recipient(email="a@b.vn", language="fr"))
        assert Message.objects.get().language == "vi"

    def test_nothing_is_stored_when_the_act_fails(self):
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            tell()
            raise ZeroDivisionError
        assert not Message.objects.exists()

    def test_an_account_that_is_deleted_leaves_the_message(self, citizen):
        tell(to=Recipient.of(citizen))
        citizen.delete()
        assert Message.objects.filter(recipient=None).count() == 2

    def test_an_email_wakes_the_sender_after_the_commit(self, knocks, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            tell()
            assert not knocks
        assert knocks

    def test_an_inbox_message_wakes_nobody(self, citizen, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks() as callbacks:
            tell(to=Recipient(user_id=citizen.pk))
        assert callbacks == []


@pytest.mark.django_db
class TestDedupe:
    def test_the_second_of_the_same_key_is_ignored(self, citizen):
        for _ in range(2):
            tell(to=Recipient.of(citizen), dedupe_key="dossier:1:due")
        assert Message.objects.count() == 2

    def test_the_same_key_reaches_another_person(self):
        tell(dedupe_key="x")
        tell(to=Recipient(email="other@example.org"), dedupe_key="x")
        assert Message.objects.count() == 2

    def test_without_a_key_everything_is_told(self):
        tell(), tell()
        assert Message.objects.count() == 2


@pytest.mark.django_db
class TestEmail:
    def test_the_mail_says_what_where_and_who(self, settings):
        settings.SITE_URL = "https://portal.example"
        tell(link="/ho-so/1/")
        assert send_due()["sent"] == 1
        sent = mail.outbox[0]
        assert (sent.to, sent.from_email) == (["duc@example.org"], settings.DEFAULT_FROM_EMAIL)
        assert "https://portal.example/ho-so/1/" in sent.body
        assert "Trung tâm Phục vụ hành chính công" in sent.body
        message = Message.objects.get()
        assert (message.status, message.attempts, message.next_attempt_at) == ("SENT", 1, None)

    def test_a_value_cannot_become_a_header(self):
        tell(context={**CONTEXT, "code": "1\r\nBcc: thief@example.org"})
        send_due()
        assert mail.outbox[0].recipients() == ["duc@example.org"]
        assert "\n" not in mail.outbox[0].subject

    def test_text_is_not_escaped_as_html(self):
        tell(to=Recipient(email="a@b.vn", name="O'Brien & Con"))
        assert "O'Brien & Con" in Message.objects.get().body


@pytest.mark.django_db
class TestMarkRead:
    def test_only_the_owner_reads(self, citizen, django_user_model):
        other = django_user_model.objects.create_user("other")
        tell(to=Recipient(user_id=citizen.pk))
        message = Message.objects.get()
        assert mark_read(user=other, message_id=message.pk) == 0
        assert mark_read(user=citizen, message_id=message.pk) == 1
        assert mark_read(user=citizen, message_id=message.pk) == 0

    def test_all_at_once(self, citizen):
        for _ in range(3):
            tell(to=Recipient(user_id=citizen.pk))
        assert mark_read(user=citizen) == 3


def test_now_is_a_parameter_of_the_sender(db):
    tell()
    Message.objects.update(next_attempt_at=NOW)
    assert send_due(at=NOW - timedelta(seconds=1))["sent"] == 0
    assert send_due(at=NOW)["sent"] == 1
    assert Message.objects.get().sent_at == NOW
    assert CITIZEN.email == mail.outbox[0].to[0]
