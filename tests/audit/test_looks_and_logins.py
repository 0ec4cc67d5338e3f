"""Looks of staff, logins and admin's changes stand in the record, and no entry carries a personal value in clear."""

import json

import pytest
from django.db import connection
from django.urls import reverse

from audit.models import AuditEntry
from audit.people import forget, opened, sealed_for
from audit.services import PERSON, readable
from audit.verification import verify
from dossiers.models import Attachment, Dossier
from tests.audit.support import write
from tests.world import act, clerk, person, posted, submitted

pytestmark = pytest.mark.django_db


def looks(dossier):
    return list(AuditEntry.objects.filter(chain=f"looks:{dossier.pk}").order_by("seq"))


@pytest.mark.usefixtures("catalogue")
class TestLooks:
    def test_every_way_of_staff_to_a_dossier_is_an_entry(self, client):
        dossier = submitted()
        officer = clerk(dossier.branch)
        client.force_login(officer)
        paper = Attachment.objects.filter(dossier=dossier).first()
        ways = {
            "pane": reverse("desk:preview", args=[dossier.code]),
            "page": reverse("desk:dossier", args=[dossier.code]),
            "api": f"/api/v1/dossiers/{dossier.code}/",
            "print": reverse("desk:counter_done", args=[dossier.code]),
            "file": reverse("dossiers:file", args=[paper.pk]),
        }
        for number, (at, url) in enumerate(ways.items(), 1):
            response = client.get(url, follow=True)
            assert response.status_code == 200, url
            b"".join(response)
            found = looks(dossier)
            assert len(found) == number, at
            assert (found[-1].after["at"], found[-1].after["ground"]) == (at, "branch")
        assert found[-1].act == "look_file" and found[-1].after["attachment"] == paper.pk
        assert {(e.actor_label, e.posting_label != "", e.subject_id) for e in found} == {
            (officer.full_name, True, dossier.pk)
        }

    def test_ones_own_dossier_is_nobodys_look_and_a_stranger_leaves_none(self, client):
        dossier = submitted(owner=person())
        client.force_login(dossier.owner)
        assert client.get(reverse("dossiers:detail", args=[dossier.code])).status_code == 200
        client.force_login(posted("CLERK", branch=type(dossier.branch).objects.exclude(pk=dossier.branch_id).first()))
        assert client.get(reverse("desk:dossier", args=[dossier.code])).status_code == 404
        assert looks(dossier) == []

    def test_an_overseer_looks_by_oversight(self, client):
        dossier = submitted()
        client.force_login(posted("INSPECTOR"))
        assert client.get(reverse("desk:dossier", args=[dossier.code])).status_code == 200
        assert [e.after["ground"] for e in looks(dossier)] == ["oversight"]


class TestLogins:
    def entries(self):
        return list(AuditEntry.objects.order_by("pk").values_list("chain", "act", "after"))

    def test_in_and_out_and_a_wrong_password(self, client):
        user = person()
        url = reverse("account_login")
        client.post(url, {"login": user.email, "password": "sai-mat-khau"})
        client.post(url, {"login": "khong-co@example.com", "password": "sai-mat-khau"})
        client.post(url, {"login": user.email, "password": "mat-khau-dung"})
        client.post(reverse("account_logout"))
        mine = f"user:{user.pk}"
        assert self.entries() == [
            (mine, "login_failed", {"door": "email", "known": True}),
            ("address:127.0.0.1", "login_failed", {"door": "email", "known": False}),
            (mine, "login", {"how": ["password"]}),
            (mine, "logout", None),
        ]
        assert AuditEntry.objects.get(act="login").actor_label == PERSON


class TestPersonalValues:
    def test_a_sealed_value_is_read_until_its_key_is_destroyed_and_the_chain_still_verifies(self):
        entry = write(note=sealed_for("user:7", "số 001099000123"), after={"old": [sealed_for("user:8", "An")]})
        stored = AuditEntry.objects.get(pk=entry.pk)
        assert "001099000123" not in stored.note and "An" not in json.dumps(stored.after).split(".")
        (read,) = opened([stored])
        assert (read.note, read.after) == ("số 001099000123", {"old": ["An"]})
        assert forget("user:7") == 1
        (read,) = opened([AuditEntry.objects.get(pk=entry.pk)])
        assert "đã xóa" in read.note and read.after == {"old": ["An"]}
        assert verify().entries == 1
        assert sealed_for("user:7", "mới") and "đã xóa" in opened([AuditEntry.objects.get(pk=entry.pk)])[0].note

    def test_the_key_itself_lies_sealed_and_moves_to_a_new_key_of_the_ring(self, settings):
        import base64

        from audit.people import reseal

        one, two = (base64.b64encode(bytes([n]) * 32).decode() for n in (1, 2))
        settings.FIELD_KEYS, settings.BLIND_KEY = [f"1:{one}"], one
        entry = write(note=sealed_for("user:7", "kín"))
        settings.FIELD_KEYS = [f"1:{one}", f"2:{two}"]
        assert (reseal(10), reseal(10)) == (1, 0)
        settings.FIELD_KEYS = [f"2:{two}"]
        assert opened([AuditEntry.objects.get(pk=entry.pk)])[0].note == "kín"

    def test_what_is_written_for_one_person_does_not_open_as_anothers(self):
        sealed_for("user:8", "x")
        moved = sealed_for("user:7", "kín").replace("~user:7.", "~user:8.")
        assert "đã xóa" in opened([write(note=moved)])[0].note

    def test_the_reason_of_an_act_and_the_name_of_an_applicant_are_not_there_in_clear(self, catalogue):
        owner = person("Phạm Thị Tuyệt Mật")
        dossier = submitted(owner=owner)
        officer = clerk(dossier.branch)
        act(dossier, "ask_supplement", officer, reason="Thiếu giấy của bà Phạm Thị Tuyệt Mật")
        assert readable(dossier.chain)[-1].note == "Thiếu giấy của bà Phạm Thị Tuyệt Mật"
        with connection.cursor() as cursor:
            cursor.execute("SELECT string_agg(t::text, ' ') FROM audit_auditentry t")
            assert "Tuyệt Mật" not in cursor.fetchone()[0]
        assert Dossier.objects.get(pk=dossier.pk).supplements.get().reason.startswith("Thiếu giấy")

    def test_admin_changes_name_fields_and_seal_the_name_of_the_person(self, admin_client):
        user = person("Phạm Thị Tuyệt Mật")
        url = reverse("admin:accounts_user_change", args=[user.pk])
        form = admin_client.get(url).context["adminform"].form
        data = {k: v for k, v in form.initial.items() if isinstance(v, str | int) and v is not False and v is not None}
        answer = admin_client.post(url, data | {"full_name": "Phạm Thị Mới"})
        assert answer.status_code == 302, answer.context["errors"]
        entry = AuditEntry.objects.get(act="admin_change")
        assert len(entry.after["fields"]) == 1 and "Phạm" not in json.dumps(entry.after, ensure_ascii=False)
        assert opened([entry])[0].after["is"] == "Phạm Thị Mới"
