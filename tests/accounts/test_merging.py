"""Two accounts of one person become one: nothing filed is lost, and nobody else's accounts do."""

import pytest
from django.urls import reverse

from accounts import merging
from accounts.models import ApiToken, User
from audit.models import AuditEntry
from audit.services import SYSTEM
from branches.models import Role
from dossiers.models import Dossier, StoredFile
from dossiers.services.drafts import start_draft
from notifications.models import Message
from tests import world
from worktime import now

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]


@pytest.fixture
def two():
    """The account somebody began with, and the one that VNeID made for them later."""
    older = world.person(name="An Cũ", phone="+84912345678", phone_verified=True)
    verified = world.person(name="Nguyễn Văn An", email="", personal_number="001085000001", verified_at=now())
    return older, verified


def merge(two):
    older, verified = two
    merging.merge(source=older, target=verified, actor=SYSTEM)
    older.refresh_from_db()
    verified.refresh_from_db()


def test_dossiers_drafts_files_and_messages_come_along(two):
    older, verified = two
    filed = world.submitted(owner=older)
    draft = start_draft(spec=world.spec(), by=older, owner=older)
    loose = world.upload(older)
    told = Message.objects.filter(recipient=older, channel="inbox").count()
    merge(two)
    assert set(Dossier.objects.filter(owner=verified)) == {filed, draft}
    assert not Dossier.everything.filter(owner=older).exists()
    draft.refresh_from_db()
    assert draft.created_by == verified
    assert StoredFile.objects.get(pk=loose.pk).uploaded_by == verified
    inbox = Message.objects.filter(recipient=verified, channel="inbox")
    assert told and inbox.count() == told + 1  # and that they were merged


def test_each_dossier_and_both_accounts_say_so_in_their_record(two):
    older, verified = two
    filed = world.submitted(owner=older)
    merge(two)
    entry = AuditEntry.objects.get(chain=filed.chain, act="owner_merged")
    assert (entry.before, entry.after) == ({"owner": older.pk}, {"owner": verified.pk})
    assert AuditEntry.objects.get(chain=f"user:{verified.pk}", act="account_merged").after["moved"]["dossiers"] == 1
    assert AuditEntry.objects.filter(chain=f"user:{older.pk}", act="account_merged_into").exists()


def test_the_one_that_stays_takes_the_names_it_lacks_and_the_other_opens_no_more(two, client):
    older, verified = two
    token, email = ApiToken.issue(older), older.email
    client.force_login(older)
    merge(two)
    assert (verified.phone, verified.phone_verified, verified.email) == ("+84912345678", True, email)
    assert not (older.email or older.phone or older.is_active)
    assert client.get(reverse("accounts:profile")).status_code == 302
    assert client.get("/api/v1/dossiers/", headers={"Authorization": f"Bearer {token}"}).status_code == 401


def test_what_the_one_that_stays_has_is_not_overwritten(two):
    _older, verified = two
    verified.phone, verified.email = "+84987654321", "an@example.com"
    verified.save()
    merge(two)
    assert (verified.phone, verified.email) == ("+84987654321", "an@example.com")


@pytest.mark.parametrize("which", [0, 1])
def test_staff_are_not_merged_and_nothing_moves(two, which):
    pair = list(two)
    pair[which] = world.posted(Role.CLERK, branch=world.branch_number(1))
    filed = world.submitted(owner=pair[0])
    with pytest.raises(merging.CannotMerge, match="cán bộ"):
        merge(pair)
    filed.refresh_from_db()
    assert filed.owner == pair[0] and pair[0].is_active


def test_a_mover_that_refuses_undoes_the_whole_merge(two, monkeypatch):
    def refuse(**_more):
        raise merging.CannotMerge("không")

    monkeypatch.setattr(merging, "_movers", [*merging._movers, refuse])
    older, _verified = two
    filed = world.submitted(owner=older)
    with pytest.raises(merging.CannotMerge):
        merge(two)
    filed.refresh_from_db()
    older.refresh_from_db()
    assert filed.owner == older and older.is_active and User.objects.filter(is_active=False).count() == 0
