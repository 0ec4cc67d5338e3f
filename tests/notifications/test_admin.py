import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from audit.services import entries
from notifications.models import Message
from tests.notifications.support import emails

LIST = "admin:notifications_undeliveredmessage_changelist"
PAGE = "admin:notifications_undeliveredmessage_change"


@pytest.fixture
def dead(db, knocks):
    return emails(1, status="DEAD", attempts=14, error="550 no such user")[0]


class TestUndelivered:
    def test_it_lists_the_dead_and_the_failing_with_their_error(self, admin_client, dead):
        emails(1)
        Message.objects.filter(pk=dead.pk).update(status="DEAD", next_attempt_at=None)
        failing = emails(1)[-1]
        Message.objects.filter(pk=failing.pk).update(error="451 later")
        page = admin_client.get(reverse(LIST))
        assert {message.pk for message in page.context["cl"].queryset} == {dead.pk, failing.pk}
        assert "550 no such user" in page.content.decode()

    def test_the_action_tries_the_chosen_again_and_is_recorded(self, admin_client, admin_user, dead):
        admin_client.post(reverse(LIST), {"action": "retry_selected", "_selected_action": [dead.pk]})
        dead.refresh_from_db()
        assert (dead.status, dead.attempts) == ("PENDING", 0)
        (entry,) = entries(f"message:{dead.pk}")
        assert (entry.act, entry.actor_id) == ("message_retried", admin_user.pk)

    def test_the_button_on_its_page_tries_it_again(self, admin_client, dead):
        page = reverse(PAGE, args=[dead.pk])
        assert 'name="_retry"' in admin_client.get(page).content.decode()
        answer = admin_client.post(page, {"_retry": "1"}, follow=True)
        assert answer.redirect_chain[0][0] in ("../../", reverse(LIST))
        assert answer.status_code == 200
        dead.refresh_from_db()
        assert dead.status == "PENDING"

    def test_a_sent_message_is_not_sent_again(self, admin_client, dead):
        Message.objects.update(status="SENT")
        admin_client.post(reverse(PAGE, args=[dead.pk]), {"_retry": "1"})
        dead.refresh_from_db()
        assert dead.status == "SENT"

    def test_somebody_who_may_only_look_gets_no_button(self, client, django_user_model, dead):
        viewer = django_user_model.objects.create_user("viewer", is_staff=True)
        viewer.user_permissions.add(Permission.objects.get(codename="view_undeliveredmessage"))
        client.force_login(viewer)
        page = reverse(PAGE, args=[dead.pk])
        client.post(page, {"_retry": "1"})
        dead.refresh_from_db()
        assert dead.status == "DEAD"

    def test_nothing_else_can_be_changed(self, admin_client, dead):
        for name in ("notifications_undeliveredmessage", "notifications_message"):
            assert admin_client.get(reverse(f"admin:{name}_add")).status_code == 403
            assert admin_client.post(reverse(f"admin:{name}_delete", args=[dead.pk])).status_code == 403
        assert admin_client.get(reverse("admin:notifications_message_changelist")).status_code == 200
