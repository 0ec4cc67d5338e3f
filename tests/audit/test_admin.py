import pytest
from django.urls import reverse

from tests.audit.support import write

LIST = "admin:audit_auditentry_changelist"


@pytest.mark.django_db
class TestAuditAdmin:
    def test_the_record_is_searched_by_chain_and_by_number(self, admin_client):
        write(subject_type="dossier", subject_id=41), write(chain="paper:5", act="sign", subject_id=5)
        assert admin_client.get(reverse(LIST), {"q": "paper:"}).context["cl"].result_count == 1
        assert admin_client.get(reverse(LIST), {"q": "41"}).context["cl"].result_count == 1
        assert admin_client.get(reverse(LIST), {"q": "7"}).context["cl"].result_count == 2

    def test_an_entry_is_read_and_nothing_can_be_changed(self, admin_client):
        entry = write(after={"status": "RECEIVED"})
        page = admin_client.get(reverse("admin:audit_auditentry_change", args=[entry.pk]))
        assert page.status_code == 200
        assert b'name="_save"' not in page.content
        assert admin_client.get(reverse("admin:audit_auditentry_add")).status_code == 403
        assert admin_client.post(reverse("admin:audit_auditentry_delete", args=[entry.pk])).status_code == 403

    def test_the_list_costs_few_queries(self, admin_client, django_assert_max_num_queries):
        for _ in range(20):
            write()
        with django_assert_max_num_queries(8):
            admin_client.get(reverse(LIST))
