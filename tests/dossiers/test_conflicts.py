"""Nobody acts for the office on their own dossier, their company's, or a declared relative's (issue 5 §2)."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

import worktime
from accounts.models import User
from audit.models import AuditEntry
from audit.services import Actor
from branches.models import RelativeDeclaration, Role
from dossiers.errors import Conflict, Refusal
from dossiers.models import Dossier, LateDeclaration
from dossiers.services import conflicts
from dossiers.services.assignment import reassign_absent
from dossiers.services.reception import hand_over_by_system
from dossiers.services.submission import Filing, file_dossier
from procedures.models import Procedure
from procedures.schema import example_answers
from tests import world
from tests.counting import work

pytestmark = pytest.mark.django_db
NUMBER = "001192012345"
OTHER = "001292054321"
TAX = "0100109106"


def declared(user, number=NUMBER, *, relation="sibling", starts_on=date(2025, 1, 1), **more):
    row = RelativeDeclaration(
        user=user, relation=relation, name="Trần Thị Bình", number=number, starts_on=starts_on, **more
    )
    return conflicts.declare(row, actor=Actor(user_id=user.pk, label=str(user)))


def again(user):
    """The same person in their next request."""
    return User.objects.get(pk=user.pk)


def fresh(dossier):
    return Dossier.objects.select_related("branch", "unit", "procedure", "version", "owner").get(pk=dossier.pk)


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def dossier(catalogue):
    return world.submitted("1.001193", answers={"applicant_personal_number": NUMBER})


def test_a_clerk_does_not_receive_a_declared_relatives_dossier(dossier):
    clerk = world.clerk(dossier.branch)
    assert "receive" in world.names(dossier, clerk)
    declared(clerk)
    assert "receive" not in world.names(dossier, again(clerk))
    with pytest.raises(Conflict) as refused:
        world.act(dossier, "receive", again(clerk))
    assert (refused.value.status, refused.value.code) == (403, "conflict")
    assert "người thân" in refused.value.message
    assert "receive" in world.names(dossier, world.clerk(dossier.branch))


def test_their_own_dossier_filed_at_a_counter_without_account_is_known_by_its_number(dossier):
    clerk = world.clerk(dossier.branch)
    clerk.personal_number = NUMBER
    clerk.save()
    with pytest.raises(Conflict):
        world.act(dossier, "receive", again(clerk))


def test_a_declaration_counts_on_its_days_only(dossier):
    clerk = world.clerk(dossier.branch)
    tomorrow = worktime.now().date() + timedelta(days=2)
    declared(clerk, starts_on=tomorrow)
    declared(clerk, starts_on=date(2024, 1, 1), ends_on=date(2024, 12, 31))
    assert "receive" in world.names(dossier, again(clerk))


def test_another_number_is_nobodys_business(dossier):
    clerk = world.clerk(dossier.branch)
    declared(clerk, OTHER)
    assert "receive" in world.names(dossier, again(clerk))


def test_officer_and_leader_neither_decide_nor_sign(dossier):
    world.act(dossier, "receive", world.clerk(dossier.branch))
    officer, leader = world.posted(Role.OFFICER, unit=dossier.unit), world.posted(Role.LEADER, unit=dossier.unit)
    hand_over_by_system(dossier.pk)
    forward = world.forward(fresh(dossier), officer)
    declared(leader)
    world.act(dossier, forward.name, officer, **forward.input_schema()["examples"][0])
    assert [a for a in world.names(dossier, again(leader)) if a != "note"] == []
    other = world.posted(Role.LEADER, unit=dossier.unit)
    signing = world.forward(fresh(dossier), other)
    with pytest.raises(Conflict):
        world.act(dossier, signing.name, again(leader), **signing.input_schema()["examples"][0])
    world.act(dossier, signing.name, other, **signing.input_schema()["examples"][0])
    assert fresh(dossier).decided_by == other


def test_the_api_says_403_conflict_with_a_sentence(dossier):
    clerk = world.clerk(dossier.branch)
    declared(clerk)
    answer = client_of(clerk).post(
        f"/api/v1/dossiers/{dossier.code}/actions/receive/", {}, content_type="application/json"
    )
    assert answer.status_code == 403
    assert answer.json()["type"].endswith(":conflict")
    assert "phải để người khác" in answer.json()["detail"]


def test_the_page_says_it_too(dossier):
    clerk = world.clerk(dossier.branch)
    assert (
        "phải để người khác giải quyết" not in client_of(clerk).get(f"/can-bo/ho-so/{dossier.code}/").content.decode()
    )
    declared(clerk)
    assert "phải để người khác giải quyết" in client_of(clerk).get(f"/can-bo/ho-so/{dossier.code}/").content.decode()
    answer = client_of(clerk).post(f"/can-bo/ho-so/{dossier.code}/lam/receive/")
    assert answer.status_code == 403
    assert "phải để người khác giải quyết" in answer.content.decode()


def test_an_opinion_is_not_given_either(catalogue):
    code = world.codes_of_family("consult")[0]
    dossier = world.submitted(code, answers={"applicant_personal_number": NUMBER})
    world.act(dossier, "receive", world.clerk(dossier.branch))
    officer = world.posted(Role.OFFICER, unit=dossier.unit)
    hand_over_by_system(dossier.pk)
    for _ in range(6):
        item = fresh(dossier).items.asked().filter(state="open").first()
        if item:
            break
        forward = world.forward(fresh(dossier), officer)
        world.act(dossier, forward.name, officer, **forward.input_schema()["examples"][0])
    asked = world.posted(Role.OFFICER, unit=item.unit)
    assert "finish_item" in world.names(dossier, asked)
    declared(asked)
    with pytest.raises(Conflict):
        world.act(dossier, "finish_item", again(asked), item=str(item.pk), result="Thống nhất")


# --- at the counter, and companies ---------------------------------------------------------------------------------
def file_at_counter(clerk, code="1.001193", **answers):
    of = world.spec(code)
    filing = Filing(example_answers(of) | answers, {}, branch=None, channel="counter")
    actor = Actor(user_id=clerk.pk, label=str(clerk))
    return file_dossier(spec=of, filing=filing, by=clerk, actor=actor)


def test_a_relative_is_not_served_at_ones_own_counter(dossier):
    clerk = world.clerk(dossier.branch)
    assert file_at_counter(again(clerk), applicant_personal_number=NUMBER).received_by == clerk
    declared(clerk)
    with pytest.raises(Conflict):
        file_at_counter(again(clerk), applicant_personal_number=NUMBER)


def with_tax_code():
    """A procedure that asks a tax code, and its question."""
    for code in Procedure.objects.order_by("code").values_list("code", flat=True):
        for field in world.spec(code).fields.values():
            if field.kind == "tax_code" and field.key in example_answers(world.spec(code)):
                return code, field.key
    raise AssertionError("no procedure asks a tax code")


def test_a_declared_companys_dossier_is_left_to_others(catalogue):
    code, key = with_tax_code()
    dossier = world.submitted(code, answers={key: TAX})
    clerk = world.clerk(dossier.branch)
    assert "receive" in world.names(dossier, clerk)
    declared(clerk, TAX, relation="company")
    with pytest.raises(Conflict):
        world.act(dossier, "receive", again(clerk))


# --- assignment ------------------------------------------------------------------------------------------------------
def test_assignment_never_gives_it_to_a_relative(dossier):
    world.act(dossier, "receive", world.clerk(dossier.branch))
    near = world.posted(Role.OFFICER, unit=dossier.unit)
    declared(near)
    hand_over_by_system(dossier.pk)
    assert fresh(dossier).assignee is None
    far = world.posted(Role.OFFICER, unit=dossier.unit)
    hand_over_by_system(dossier.pk)
    assert fresh(dossier).assignee == far
    leader = world.posted(Role.LEADER, unit=dossier.unit)
    assert "reassign" not in world.names(dossier, leader)
    with pytest.raises(Refusal):
        world.act(dossier, "reassign", leader, officer=near.username, reason="Cân đối")


def test_declaring_moves_what_is_already_on_the_desk(dossier):
    world.act(dossier, "receive", world.clerk(dossier.branch))
    near = world.posted(Role.OFFICER, unit=dossier.unit)
    hand_over_by_system(dossier.pk)
    assert fresh(dossier).assignee == near
    far = world.posted(Role.OFFICER, unit=dossier.unit)
    declared(near)
    assert fresh(dossier).assignee == far
    entry = AuditEntry.objects.filter(chain=dossier.chain, act="reassign").get()
    assert entry.actor_label == "Hệ thống"
    assert reassign_absent() == 0


# --- late ------------------------------------------------------------------------------------------------------------
def test_what_was_done_before_declaring_is_listed_for_the_inspector(dossier):
    clerk, other = world.clerk(dossier.branch), world.clerk(dossier.branch)
    world.act(dossier, "receive", clerk)
    untouched = world.submitted("1.001193", answers={"applicant_personal_number": OTHER})
    world.act(untouched, "receive", clerk)
    declared(other)
    assert not LateDeclaration.objects.exists()
    declared(clerk)
    late = LateDeclaration.objects.get()
    assert (late.dossier, late.act) == (dossier, "Tiếp nhận")
    inspector = world.posted(Role.INSPECTOR)
    page = client_of(inspector).get("/can-bo/thanh-tra/khai-muon/")
    assert dossier.code in page.content.decode() and str(clerk) in page.content.decode()
    assert NUMBER not in page.content.decode()
    assert client_of(clerk).get("/can-bo/thanh-tra/khai-muon/").status_code == 404


def test_an_act_before_the_relation_began_is_not_late(dossier):
    clerk = world.clerk(dossier.branch)
    with worktime.at(worktime.now() - timedelta(days=3)):
        world.act(dossier, "receive", clerk)
    declared(clerk, starts_on=(worktime.now() - timedelta(days=1)).date())
    assert not LateDeclaration.objects.exists()


# --- the page --------------------------------------------------------------------------------------------------------
FORM = {"relation": "child", "name": "Nguyễn Văn Bé", "number": OTHER, "starts_on": "2025-01-01", "ends_on": ""}


def test_declaring_listing_and_ending_on_the_page(dossier):
    clerk = world.clerk(dossier.branch)
    client = client_of(clerk)
    assert "Khai báo người thân" in client.get("/can-bo/").content.decode()
    assert client.post("/can-bo/nguoi-than/", FORM).status_code == 302
    page = client.get("/can-bo/nguoi-than/").content.decode()
    assert "Nguyễn Văn Bé" in page and "•••••••••321" in page and OTHER not in page
    row = RelativeDeclaration.objects.get()
    stranger = client_of(world.clerk(dossier.branch))
    assert stranger.post(f"/can-bo/nguoi-than/{row.pk}/ket-thuc/").status_code == 404
    assert client.post(f"/can-bo/nguoi-than/{row.pk}/ket-thuc/").status_code == 302
    row.refresh_from_db()
    assert row.ends_on is not None and RelativeDeclaration.objects.in_force().count() == 1
    assert [e.act for e in AuditEntry.objects.filter(chain=f"staff:{clerk.pk}")] == [
        "relative_declared",
        "relative_ended",
    ]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"number": "123"}, "12 chữ số"),
        ({"relation": "company", "number": "0100109107"}, "Mã số thuế chưa đúng"),
        ({"ends_on": "2024-01-01"}, "Ngày kết thúc phải sau"),
        ({"name": "  "}, "bắt buộc"),
        ({"starts_on": "mai"}, "ngày"),
    ],
)
def test_bad_input_gets_a_sentence(dossier, wrong, said):
    client = client_of(world.clerk(dossier.branch))
    answer = client.post("/can-bo/nguoi-than/", FORM | wrong)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not RelativeDeclaration.objects.exists()


def test_the_same_number_is_declared_once(dossier):
    client = client_of(world.clerk(dossier.branch))
    client.post("/can-bo/nguoi-than/", FORM)
    assert "đã khai số này" in client.post("/can-bo/nguoi-than/", FORM).content.decode()


def test_the_number_lies_hidden(dossier):
    declared(world.clerk(dossier.branch))
    with connection.cursor() as cursor:
        cursor.execute("SELECT number, name FROM branches_relativedeclaration")
        ((number, name),) = cursor.fetchall()
    assert NUMBER not in number and "Bình" not in name
    entry = AuditEntry.objects.get(act="relative_declared")
    assert NUMBER not in str((entry.before, entry.after, entry.note))


# --- what it costs ---------------------------------------------------------------------------------------------------
def test_declarations_cost_no_query_of_their_own(dossier):
    clerk = world.clerk(dossier.branch)
    client = client_of(clerk)

    def asked():
        client.get(f"/can-bo/ho-so/{dossier.code}/")
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/can-bo/ho-so/{dossier.code}/").status_code == 200
        return len(work(queries))

    before = asked()
    for n in range(5):
        declared(clerk, f"00119201230{n}")
    assert asked() == before
