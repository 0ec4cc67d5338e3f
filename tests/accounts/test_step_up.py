"""Signing, and giving rights, ask for the second factor again: kept forms in the browser, a code in a header by API."""

from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.test import Client
from django.urls import reverse

from accounts.models import ApiToken
from audit.models import AuditEntry
from branches.models import Posting, Role
from dossiers.acts import perform, state_of
from dossiers.errors import StepUpRequired
from dossiers.models import Dossier
from dossiers.models.dossier import Outcome
from tests import world
from tests.accounts.test_second_factor import grow_old
from tests.signing_in import code_of, secret_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]


@pytest.fixture
def leader(to_sign):
    return world.posted(Role.LEADER, unit=to_sign.unit)


@pytest.fixture
def to_sign():
    """A dossier that waits for a leader's signature."""
    dossier = world.submitted()
    world.act(dossier, "receive", world.clerk(dossier.branch))
    dossier = Dossier.objects.get(pk=dossier.pk)
    if dossier.status == "RECEIVED":
        world.act(dossier, "hand_over", world.clerk(dossier.branch))
    people = [world.posted(Role.OFFICER, unit=dossier.unit), world.clerk(dossier.branch)]
    for _ in range(10):
        dossier = Dossier.objects.get(pk=dossier.pk)
        if dossier.step == "sign":
            return dossier
        action, user = next((a, u) for u in people if (a := world.forward(dossier, u)))
        world.act(dossier, action.name, user, **action.input_schema()["examples"][0])
    raise AssertionError(f"never came to the signature: {dossier.status} {dossier.step}")


def input_of(dossier, leader, name="sign"):
    from dossiers.acts import available

    action = next(a for a in available(Dossier.objects.get(pk=dossier.pk), leader) if a.name == name)
    return action.input_schema()["examples"][0]


# --- in the browser --------------------------------------------------------------------------------------------------
def test_a_leader_confirms_and_the_act_goes_on_with_what_was_typed(client, leader, to_sign):
    secret_of(leader)
    client.force_login(leader)
    grow_old(client)
    at = reverse("desk:act", args=[to_sign.code, "send_back"])
    assert client.post(at, {"reason": "x"}).status_code == 302  # sending back signs nothing: done at once
    to_sign = Dossier.objects.get(pk=to_sign.pk)
    officer = world.posted(Role.OFFICER, unit=to_sign.unit)
    action = world.forward(to_sign, officer)
    world.act(to_sign, action.name, officer, **action.input_schema()["examples"][0])
    to_sign.refresh_from_db()

    at = reverse("desk:act", args=[to_sign.code, "reject"]) + "?hang=cho-ky"
    asked = client.post(at, {"reason": "Không đủ điều kiện theo Điều 5.", "seen": state_of(to_sign)})
    assert asked["Location"].startswith(reverse("mfa_reauthenticate"))
    assert parse_qs(urlsplit(asked["Location"]).query)["next"] == [at]
    assert "Điều 5" not in str(dict(client.session))
    to_sign.refresh_from_db()
    assert to_sign.step == "sign"
    wrong = client.post(asked["Location"], {"code": "000000", "next": at})
    assert wrong.status_code == 200
    done = client.post(asked["Location"], {"code": code_of(leader), "next": at})
    assert done.status_code == 302
    to_sign.refresh_from_db()
    assert to_sign.step != "sign" and to_sign.outcome == Outcome.REJECTED
    assert "Điều 5" in to_sign.outcome_note


def test_within_fifteen_minutes_nothing_is_asked(client, leader, to_sign):
    client.force_login(leader)
    grow_old(client, 14 * 60)
    client.post(reverse("desk:act", args=[to_sign.code, "reject"]), {"reason": "Không đủ điều kiện."})
    to_sign.refresh_from_db()
    assert to_sign.step != "sign"


def test_a_form_kept_for_one_act_is_not_sent_by_a_confirmation_for_another(client, leader, to_sign):
    secret_of(leader)
    client.force_login(leader)
    grow_old(client)
    client.post(reverse("desk:act", args=[to_sign.code, "reject"]), {"reason": "Không đủ điều kiện."})
    other = reverse("mfa_deactivate_totp")
    done = client.post(reverse("mfa_reauthenticate"), {"code": code_of(leader), "next": other})
    assert done["Location"] == other
    to_sign.refresh_from_db()
    assert to_sign.step == "sign"


def test_who_offers_no_proof_signs_nothing(leader, to_sign):
    with pytest.raises(StepUpRequired):
        perform(to_sign.pk, "sign", input_of(to_sign, leader), user=leader)
    to_sign.refresh_from_db()
    assert to_sign.step == "sign"


def test_giving_a_posting_asks_again_and_then_gives_it(client):
    admin, new = world.person(is_superuser=True, is_staff=True), world.person()
    secret_of(admin)
    client.force_login(admin)
    grow_old(client)
    at = reverse("admin:branches_posting_add")
    page = client.get(at)
    form = {k: v for k, v in page.context["adminform"].form.initial.items() if isinstance(v, (str, int))}
    form |= {"user": new.pk, "role": "MONITOR", "kind": "permanent", "starts_on": "01/01/2026", "_save": "1"}
    form |= {
        f"{inline.formset.prefix}-{name}": value
        for inline in page.context["inline_admin_formsets"]
        for name, value in (("TOTAL_FORMS", 0), ("INITIAL_FORMS", 0))
    }
    asked = client.post(at, form)
    assert asked["Location"].startswith(reverse("mfa_reauthenticate"))
    assert not Posting.objects.filter(user=new).exists()
    client.post(asked["Location"], {"code": code_of(admin), "next": at})
    assert Posting.objects.get(user=new).role == "MONITOR"


# --- by API ----------------------------------------------------------------------------------------------------------
class Program:
    def __init__(self, user, **options):
        self.token = ApiToken.issue(user, **options)

    def sign(self, dossier, data, code=None, name="sign"):
        headers = {"Authorization": f"Bearer {self.token}"} | ({"X-Step-Up": code} if code else {})
        at = f"/api/v1/dossiers/{dossier.code}/actions/{name}/"
        return Client().post(at, data, content_type="application/json", headers=headers)


def refused(answer) -> str:
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:psc:problem:step_up_required")
    return answer.json()["detail"]


def test_a_program_signs_with_a_fresh_code_and_not_without(leader, to_sign):
    program, data = Program(leader), input_of(to_sign, leader)
    shown = Client().get(f"/api/v1/dossiers/{to_sign.code}/", headers={"Authorization": f"Bearer {program.token}"})
    assert {a["name"]: a["step_up"] for a in shown.json()["actions"]}["sign"] is True
    assert "X-Step-Up" in refused(program.sign(to_sign, data))
    assert "chưa đúng" in refused(program.sign(to_sign, data, "000000"))
    assert "chưa đúng" in refused(program.sign(to_sign, data, code_of(world.posted(Role.LEADER, unit=to_sign.unit))))
    assert program.sign(to_sign, data, code_of(leader)).status_code == 200


def test_a_code_belongs_to_the_first_token_that_used_it(leader, to_sign):
    first, second = Program(leader), Program(leader)
    code = code_of(leader)
    assert first.sign(to_sign, {}, code, name="send_back").status_code == 422  # used, though nothing was done
    assert "ở nơi khác" in refused(second.sign(to_sign, input_of(to_sign, leader), code))
    assert first.sign(to_sign, input_of(to_sign, leader), code).status_code == 200


def test_a_code_of_a_login_signs_nothing_more(client, leader, to_sign):
    code = code_of(leader)
    client.post(reverse("account_login"), {"login": leader.username, "password": "mat-khau-dung"})
    assert client.post(reverse("mfa_authenticate"), {"code": code}).status_code == 302
    assert "ở nơi khác" in refused(Program(leader).sign(to_sign, input_of(to_sign, leader), code))


def test_a_token_without_the_scope_signs_nothing_with_any_code(leader, to_sign):
    program = Program(leader, scopes="read act")
    assert "sign" in refused(program.sign(to_sign, input_of(to_sign, leader), code_of(leader)))
    assert program.sign(to_sign, {"reason": "Cần xem lại."}, name="send_back").status_code == 200


def test_guessing_has_to_wait_and_does_not_keep_the_owner_out(client, leader, to_sign, settings):
    settings.LOGIN_WAITS = True
    program, data = Program(leader), input_of(to_sign, leader)
    said = [refused(program.sign(to_sign, data, f"{n:06}")) for n in range(8)]
    assert "Xin chờ" in said[-1]
    client.post(reverse("account_login"), {"login": leader.username, "password": "mat-khau-dung"})
    assert client.post(reverse("mfa_authenticate"), {"code": code_of(leader)}).status_code == 302


def test_the_header_stands_in_the_document(client):
    schema = client.get("/api/schema/", headers={"Accept": "application/vnd.oai.openapi+json"}).json()
    post = schema["paths"]["/api/v1/dossiers/{code}/actions/{name}/"]["post"]
    assert "X-Step-Up" in [p["name"] for p in post["parameters"]]


# --- factors and sessions in Django admin ----------------------------------------------------------------------------
def delete(client, model, pk):
    return client.post(reverse(f"admin:{model}_delete", args=[pk]), {"post": "yes"})


def test_an_admin_sees_no_secret_and_takes_a_lost_factor_back_after_a_step_up(client, leader):
    admin = world.person(is_superuser=True, is_staff=True)
    secret_of(admin), secret_of(leader)
    factor = Authenticator.objects.get(user=leader)
    client.force_login(admin)
    page = client.get(reverse("admin:mfa_authenticator_change", args=[factor.pk])).content.decode()
    assert factor.data["secret"] not in page and 'name="data"' not in page
    grow_old(client)
    assert delete(client, "mfa_authenticator", factor.pk)["Location"].startswith(reverse("mfa_reauthenticate"))
    assert Authenticator.objects.filter(pk=factor.pk).exists()
    client.force_login(admin)
    delete(client, "mfa_authenticator", factor.pk)
    assert not Authenticator.objects.filter(pk=factor.pk).exists()
    assert AuditEntry.objects.filter(chain=f"mfa.authenticator:{factor.pk}", act="admin_delete").exists()


def test_an_admin_ends_a_session_by_deleting_it(client):
    user, admin = world.person(), world.person(is_superuser=True, is_staff=True)
    theirs = Client()
    theirs.post(reverse("account_login"), {"login": user.username, "password": "mat-khau-dung"})
    assert theirs.get(reverse("usersessions_list")).status_code == 200
    client.force_login(admin)
    delete(client, "usersessions_usersession", UserSession.objects.get(user=user).pk)
    assert theirs.get(reverse("usersessions_list")).status_code == 302


@pytest.mark.parametrize(
    "name", ["auth_user_password_change", "accounts_user_changelist", "accounts_apitoken_changelist"]
)
def test_no_other_page_of_people_and_tokens_is_sent_without_it(client, name):
    admin = world.person(is_superuser=True, is_staff=True)
    secret_of(admin)
    client.force_login(admin)
    grow_old(client)
    at = reverse(f"admin:{name}", args=[admin.pk] if "password" in name else [])
    form = {"action": "delete_selected", "_selected_action": admin.pk, "password1": "sen-hong-ho-tay-9"}
    assert client.get(at).status_code == 200
    assert client.post(at, form)["Location"].startswith(reverse("mfa_reauthenticate"))
