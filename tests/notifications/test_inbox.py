import pytest
from django.urls import reverse

from notifications.models import Message
from notifications.selectors import PAGE_SIZE, unread_count
from notifications.services import Recipient
from tests.notifications.support import CONTEXT, tell

INBOX = "/thong-bao/"


@pytest.fixture
def reader(client, citizen):
    client.force_login(citizen)
    return client


def fill(citizen, count):
    for number in range(count):
        context = {**CONTEXT, "code": f"HS-{number:03}"}
        tell(to=Recipient(user_id=citizen.pk), context=context, link=f"/ho-so/{number}/")


class TestInbox:
    def test_a_visitor_is_asked_to_log_in(self, client, db):
        assert client.get(INBOX).url.startswith(reverse("account_login"))

    def test_an_empty_inbox_says_so(self, reader):
        assert "chưa có thông báo nào" in reader.get(INBOX).content.decode()

    def test_the_newest_is_first_and_unread_is_marked(self, reader, citizen):
        fill(citizen, 2)
        page = reader.get(INBOX).content.decode()
        assert page.index("HS-001") < page.index("HS-000")
        assert page.count('class="tag info"') == 2

    def test_it_shows_nobody_elses_messages_and_no_emails(self, reader, django_user_model):
        other = django_user_model.objects.create_user("other", email="other@example.org")
        tell(to=Recipient.of(other), context={**CONTEXT, "code": "HS-OTHER"})
        assert "HS-OTHER" not in reader.get(INBOX).content.decode()

    def test_pages_follow_each_other_by_key(self, reader, citizen):
        fill(citizen, PAGE_SIZE + 2)
        first = reader.get(INBOX)
        fill(citizen, 1)  # a message that arrives meanwhile moves nothing
        second = reader.get(INBOX + first.context["older"])
        assert [message.subject[-6:] for message in second.context["page"]] == ["HS-001", "HS-000"]
        assert second.context["older"] == ""

    @pytest.mark.parametrize("key", ["x", "-1", "9" * 40, "²"])
    def test_a_wrong_page_key_shows_the_first_page(self, reader, key):
        assert reader.get(INBOX, {"truoc": key}).status_code == 200

    def test_a_long_inbox_costs_no_more_queries(self, reader, citizen, django_assert_max_num_queries):
        fill(citizen, 30)
        with django_assert_max_num_queries(7):
            reader.get(INBOX)

    def test_a_body_is_escaped(self, reader, citizen):
        tell(to=Recipient(user_id=citizen.pk, name="<script>alert(1)</script>"))
        assert "<script>alert(1)" not in reader.get(INBOX).content.decode()


class TestReading:
    def test_opening_marks_as_read_and_goes_there(self, reader, citizen):
        fill(citizen, 1)
        message = Message.objects.get()
        answer = reader.post(reverse("notifications:read", args=[message.pk]), {"next": message.link})
        assert answer.url == "/ho-so/0/"
        assert unread_count(citizen) == 0

    @pytest.mark.parametrize("link", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:x"])
    def test_it_never_leads_to_another_site(self, reader, citizen, link):
        fill(citizen, 1)
        answer = reader.post(reverse("notifications:read", args=[Message.objects.get().pk]), {"next": link})
        assert answer.url == INBOX

    def test_all_are_marked_at_once(self, reader, citizen):
        fill(citizen, 3)
        assert unread_count(citizen) == 3
        assert reader.post(reverse("notifications:read_all")).url == INBOX
        assert unread_count(citizen) == 0

    def test_looking_at_an_address_changes_nothing(self, reader, citizen):
        fill(citizen, 1)
        assert reader.get(reverse("notifications:read", args=[Message.objects.get().pk])).status_code == 405
        assert unread_count(citizen) == 1
