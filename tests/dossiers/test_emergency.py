"""Break-glass: a reason, a second person told at once, an hour, to be read only, and a report (issue 5 §2)."""

from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.test import Client

import worktime
from audit.models import AuditEntry
from audit.services import readable
from branches.models import Role
from dossiers.models import Dossier, EmergencyAccess
from notifications.models import Message
from tests import world
from tests.dossiers.test_conflicts import declared

pytestmark = pytest.mark.django_db
REASON = "Người dân cấp cứu, cần số điện thoại người thân"


@pytest.fixture
def dossier(catalogue):
    return world.submitted("1.001193")


@pytest.fixture
def head(dossier):
    return world.posted(Role.BRANCH_HEAD, branch=dossier.branch)


@pytest.fixture
def stranger(dossier):
    """A clerk of another branch, who has no right to the dossier."""
    return world.clerk(world.branch_number(1 if dossier.branch.number != 1 else 2))


def client_of(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def opened(client, dossier, reason=REASON):
    return client.post("/can-bo/khan-cap/", {"code": dossier.code.lower(), "reason": reason})


def test_it_opens_for_an_hour_and_closes_by_itself(dossier, head, stranger):
    client, page = client_of(stranger), f"/can-bo/ho-so/{dossier.code}/"
    assert client.get(page).status_code == 404
    assert "Mở hồ sơ khẩn cấp" in client.get("/can-bo/").content.decode()
    answer = opened(client, dossier)
    assert (answer.status_code, answer.url) == (302, page)
    access = EmergencyAccess.objects.get()
    assert access.ends_at - access.starts_at == timedelta(minutes=60)
    assert client.get(page).status_code == 200
    with worktime.at(access.ends_at - timedelta(seconds=1)):
        assert client.get(page).status_code == 200
    with worktime.at(access.ends_at):
        assert client.get(page).status_code == 404
        assert client.get(f"/api/v1/dossiers/{dossier.code}/").status_code == 404


def test_it_opens_one_dossier_for_one_person(dossier, head, stranger):
    other, colleague = world.submitted("1.001193"), world.clerk(stranger.postings.get().branch)
    opened(client_of(stranger), dossier)
    assert client_of(stranger).get(f"/can-bo/ho-so/{other.code}/").status_code == 404
    assert client_of(colleague).get(f"/can-bo/ho-so/{dossier.code}/").status_code == 404


def test_it_can_only_be_read(dossier, head, stranger):
    client = client_of(stranger)
    opened(client, dossier)
    assert world.names(dossier, stranger) == []
    for act in ("receive", "refuse", "note", "ask_supplement"):
        path = f"/api/v1/dossiers/{dossier.code}/actions/{act}/"
        assert client.post(path, {}, content_type="application/json").status_code == 403
    assert Dossier.objects.get(pk=dossier.pk).status == "REGISTERED"


def test_the_branch_head_is_told_at_once_and_it_stands_in_the_record(dossier, head, stranger):
    opened(client_of(stranger), dossier)
    message = Message.objects.get(recipient=head, channel="inbox", template="emergency_opened")
    assert REASON in message.body and str(stranger) in message.body and dossier.code in message.body
    entry = readable(dossier.chain)[-1]
    assert (entry.act, entry.actor_id, entry.note) == ("emergency_access", stranger.pk, REASON)
    assert EmergencyAccess.objects.get().told == head


def test_a_look_by_this_door_says_so(dossier, head, stranger):
    client = client_of(stranger)
    opened(client, dossier)
    client.get(f"/can-bo/ho-so/{dossier.code}/")
    look = AuditEntry.objects.get(chain=f"looks:{dossier.pk}", actor_id=stranger.pk)
    assert look.after["ground"] == "emergency"


def test_without_a_head_the_monitors_are_told(dossier, stranger):
    monitor = world.posted(Role.MONITOR)
    assert opened(client_of(stranger), dossier).status_code == 302
    assert Message.objects.filter(recipient=monitor, template="emergency_opened").exists()


def test_with_nobody_to_tell_it_stays_shut(dossier, stranger):
    answer = opened(client_of(stranger), dossier)
    assert answer.status_code == 409
    assert "chưa mở được" in answer.content.decode()
    assert not EmergencyAccess.objects.exists()


@pytest.mark.parametrize("reason", ["", "gấp", " " * 30, "x" * 19, "gấp" + " " * 40])
def test_a_reason_says_something(dossier, head, stranger, reason):
    answer = opened(client_of(stranger), dossier, reason)
    assert answer.status_code == 422
    assert not EmergencyAccess.objects.exists()


def test_an_unknown_code_is_said_beside_its_field(dossier, head, stranger):
    answer = client_of(stranger).post("/can-bo/khan-cap/", {"code": "000.00.00.H26-1", "reason": REASON})
    assert "Không có hồ sơ mang mã này" in answer.content.decode()


def test_a_draft_is_never_opened(dossier, head, stranger):
    from dossiers.services.drafts import start_draft

    draft = start_draft(spec=world.spec("1.001193"), by=world.person(), owner=world.person())
    EmergencyAccess.objects.create(
        dossier=draft, user=stranger, told=head, reason=REASON, ends_at=worktime.now() + timedelta(minutes=5)
    )
    assert not Dossier.objects.visible_to(stranger).filter(pk=draft.pk).exists()


def test_whoever_has_a_right_needs_no_emergency(dossier, head):
    clerk = world.clerk(dossier.branch)
    assert "không cần mở khẩn cấp" in opened(client_of(clerk), dossier).content.decode()


def test_no_relatives_dossier_by_this_door(dossier, head, stranger):
    declared(stranger, dossier.answers["applicant_personal_number"])
    answer = opened(client_of(stranger), dossier)
    assert answer.status_code == 403
    assert not EmergencyAccess.objects.exists()


def test_a_citizen_finds_no_such_page(dossier, head):
    assert opened(client_of(world.person()), dossier).status_code == 404


def test_the_posting_over_the_hour_is_over_too(dossier, head, stranger):
    client = client_of(stranger)
    opened(client, dossier)
    stranger.postings.update(ends_on=worktime.now().date() - timedelta(days=2))
    assert client.get(f"/can-bo/ho-so/{dossier.code}/").status_code == 404


def test_the_inspector_reads_the_report(dossier, head, stranger):
    opened(client_of(stranger), dossier)
    inspector = client_of(world.posted(Role.INSPECTOR))
    page = inspector.get("/can-bo/thanh-tra/khan-cap/").content.decode()
    assert dossier.code in page and REASON in page and str(stranger) in page and str(head) in page
    assert "Báo cáo mở khẩn cấp" in page
    assert client_of(head).get("/can-bo/thanh-tra/khan-cap/").status_code == 404


def test_the_database_knows_the_hour_and_the_second_person(dossier, head, stranger):
    at = worktime.now()
    more = {"dossier": dossier, "user": stranger, "reason": REASON, "starts_at": at}
    from django.db import transaction

    with pytest.raises(IntegrityError), transaction.atomic():
        EmergencyAccess.objects.create(**more, told=head, ends_at=at + timedelta(minutes=61))
    with pytest.raises(IntegrityError), transaction.atomic():
        EmergencyAccess.objects.create(**more, told=stranger, ends_at=at + timedelta(minutes=5))
