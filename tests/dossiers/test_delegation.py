"""While a leader is away a deputy signs "KT.", from day to day, and it is shown (issue 5 §2)."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

import worktime
from accounts.models import User
from audit.models import AuditEntry
from branches.models import Delegation, Posting, Role
from dossiers import telling
from dossiers.models import Dossier
from dossiers.services.reception import hand_over_by_system
from tests import world

pytestmark = pytest.mark.django_db
KT = "KT. CHỦ TỊCH, PHÓ CHỦ TỊCH"


def today() -> date:
    return timezone.localdate(worktime.now())


def fresh(dossier):
    return Dossier.objects.select_related("branch", "unit", "procedure", "version", "owner").get(pk=dossier.pk)


def again(user):
    return User.objects.get(pk=user.pk)


def client_of(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def case(catalogue):
    """A dossier of a ward that waits for its leader's signature; its leader, a deputy, and the officer in charge."""
    dossier = world.submitted("1.001193")
    assert dossier.unit.kind == "WARD"
    world.act(dossier, "receive", world.clerk(dossier.branch))
    officer = world.posted(Role.OFFICER, unit=dossier.unit)
    hand_over_by_system(dossier.pk)
    forward = world.forward(fresh(dossier), officer)
    world.act(dossier, forward.name, officer, **forward.input_schema()["examples"][0])
    leader = world.posted(Role.LEADER, unit=dossier.unit)
    deputy = world.posted(Role.OFFICER, unit=dossier.unit)
    return dossier, leader, deputy


def form(dossier, deputy, **more):
    days = {"starts_on": today().isoformat(), "ends_on": (today() + timedelta(days=3)).isoformat()}
    return {"unit": dossier.unit_id, "deputy": deputy.pk, "document_number": "12/UQ-UBND", **days} | more


def delegated(dossier, leader, deputy, **more):
    answer = client_of(leader).post("/can-bo/uy-quyen/", form(dossier, deputy, **more))
    assert answer.status_code == 302, answer.content.decode()
    return Delegation.objects.get()


def may_sign(dossier, user) -> bool:
    forward = world.forward(fresh(dossier), again(user))
    return bool(forward and forward.act.role == Role.LEADER)


def test_the_deputy_signs_kt_and_it_stands_in_record_and_page(case):
    dossier, leader, deputy = case
    assert not may_sign(dossier, deputy)
    assert delegated(dossier, leader, deputy).capacity == KT
    signing = world.forward(fresh(dossier), again(deputy))
    world.act(dossier, signing.name, again(deputy), **signing.input_schema()["examples"][0])
    assert fresh(dossier).decided_by == deputy
    entry = AuditEntry.objects.get(chain=dossier.chain, act=signing.name)
    assert entry.posting_label == f"{KT}, {dossier.unit}"
    page = client_of(leader).get(f"/can-bo/ho-so/{dossier.code}/").content.decode()
    assert f"{KT} {deputy}" in page


def test_the_deputys_own_work_stays_their_own(case):
    dossier, leader, deputy = case
    delegated(dossier, leader, deputy)
    world.act(dossier, "note", again(deputy), text="Đã xem hồ sơ")
    assert AuditEntry.objects.get(chain=dossier.chain, act="note").posting_label == f"Chuyên viên, {dossier.unit}"


def test_the_queue_of_what_waits_for_a_signature_is_the_deputys_too(case):
    dossier, leader, deputy = case
    assert dossier.code not in client_of(deputy).get("/can-bo/?hang=cho-ky").content.decode()
    delegated(dossier, leader, deputy)
    page = client_of(deputy).get("/can-bo/?hang=cho-ky").content.decode()
    assert dossier.code in page and KT in page


def test_it_holds_on_its_days_only(case):
    dossier, leader, deputy = case
    tomorrow = today() + timedelta(days=1)
    delegated(dossier, leader, deputy, starts_on=tomorrow.isoformat(), ends_on=tomorrow.isoformat())
    for days, allowed in ((0, False), (1, True), (2, False)):
        with worktime.at(worktime.now() + timedelta(days=days)):
            assert may_sign(dossier, deputy) is allowed


def test_the_deputy_is_told_what_waits_for_a_signature(case):
    dossier, leader, deputy = case
    delegated(dossier, leader, deputy)
    assert {leader, deputy} <= set(telling.people(Role.LEADER, dossier))
    with worktime.at(worktime.now() + timedelta(days=10)):
        assert deputy not in telling.people(Role.LEADER, dossier)


def test_giving_the_right_to_sign_asks_for_the_second_factor_again(case, settings):
    dossier, leader, deputy = case
    client = client_of(leader)
    settings.STEP_UP_SECONDS = -1
    answer = client.post("/can-bo/uy-quyen/", form(dossier, deputy))
    assert answer.status_code == 302 and answer.url != "/can-bo/uy-quyen/"
    assert not Delegation.objects.exists()


def test_it_ends_at_once_when_the_leader_ends_it(case):
    dossier, leader, deputy = case
    row = delegated(dossier, leader, deputy)
    assert client_of(deputy).post(f"/can-bo/uy-quyen/{row.pk}/thoi/").status_code == 404
    assert may_sign(dossier, deputy)
    assert client_of(leader).post(f"/can-bo/uy-quyen/{row.pk}/thoi/").status_code == 302
    assert not may_sign(dossier, deputy)
    acts = [e.act for e in AuditEntry.objects.filter(chain=f"unit:{dossier.unit_id}").order_by("seq")]
    assert acts == ["delegated", "delegation_ended"]


def test_it_ends_with_the_leaders_own_posting(case):
    dossier, leader, deputy = case
    delegated(dossier, leader, deputy)
    Posting.objects.filter(user=leader).update(ends_on=today() - timedelta(days=1))
    assert not may_sign(dossier, deputy)


def test_it_ends_with_the_deputys_posting_there(case):
    dossier, leader, deputy = case
    delegated(dossier, leader, deputy)
    Posting.objects.filter(user=deputy).update(ends_on=today() - timedelta(days=1))
    assert not may_sign(dossier, deputy)
    assert client_of(deputy).get("/can-bo/").status_code == 404


def test_a_deputy_does_not_delegate_further(case):
    dossier, leader, deputy = case
    delegated(dossier, leader, deputy)
    assert client_of(deputy).get("/can-bo/uy-quyen/").status_code == 404


def test_a_deputy_who_is_the_applicant_does_not_sign(case):
    dossier, leader, deputy = case
    delegated(dossier, leader, deputy)
    deputy.personal_number = dossier.answers["applicant_personal_number"]
    deputy.save()
    assert not may_sign(dossier, deputy)


def test_another_unit_is_not_the_leaders_to_delegate(case):
    dossier, leader, deputy = case
    elsewhere = type(dossier.unit).objects.filter(kind="WARD").exclude(pk=dossier.unit_id).first()
    stranger = world.posted(Role.OFFICER, unit=elsewhere)
    client = client_of(leader)
    assert client.post("/can-bo/uy-quyen/", form(dossier, deputy, unit=elsewhere.pk)).status_code == 422
    assert client.post("/can-bo/uy-quyen/", form(dossier, stranger)).status_code == 422
    assert client.post("/can-bo/uy-quyen/", form(dossier, leader)).status_code == 422
    assert not Delegation.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [({"document_number": ""}, "bắt buộc"), ({"ends_on": "2020-01-01"}, "Ngày kết thúc phải sau")],
)
def test_bad_input_gets_a_sentence(case, wrong, said):
    dossier, leader, deputy = case
    answer = client_of(leader).post("/can-bo/uy-quyen/", form(dossier, deputy, **wrong))
    assert answer.status_code == 422 and said in answer.content.decode()


def test_the_same_days_are_delegated_once(case):
    dossier, leader, deputy = case
    delegated(dossier, leader, deputy)
    answer = client_of(leader).post("/can-bo/uy-quyen/", form(dossier, deputy))
    assert answer.status_code == 422 and "Đã có ủy quyền" in answer.content.decode()


def test_only_leaders_find_the_page(case):
    _dossier, leader, deputy = case
    assert "Ủy quyền ký thay" in client_of(leader).get("/can-bo/").content.decode()
    assert "Ủy quyền ký thay" not in client_of(deputy).get("/can-bo/").content.decode()
    assert client_of(deputy).get("/can-bo/uy-quyen/").status_code == 404


def test_own_titles_are_kept(case):
    dossier, leader, deputy = case
    row = delegated(dossier, leader, deputy, leader_title="Trưởng phòng", deputy_title="Phó trưởng phòng")
    assert row.capacity == "KT. TRƯỞNG PHÒNG, PHÓ TRƯỞNG PHÒNG"
