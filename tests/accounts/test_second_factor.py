"""Staff work only after a second factor: set up once, asked for at each login, its secret sealed."""

import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import decrypt
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from accounts import second_factor
from accounts.models import UsedCode
from accounts.sessions import SEEN
from branches.models import Role
from tests import world
from tests.signing_in import code_of, secret_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]
PASSWORD = "mat-khau-dung"


def log_in(client, user, **more):
    return client.post(reverse("account_login"), {"login": user.username, "password": PASSWORD} | more)


def give_code(client, user, code=None):
    return client.post(reverse("mfa_authenticate"), {"code": code or code_of(user)})


@pytest.fixture
def clerk():
    return world.clerk()


@pytest.fixture
def superuser():
    return world.person(is_superuser=True)


@pytest.mark.parametrize("who", ["clerk", "superuser"])
def test_who_has_no_factor_gets_to_the_set_up_and_nowhere_else(client, request, who):
    user = request.getfixturevalue(who)
    log_in(client, user)
    for path in (reverse("desk:queue"), "/", "/admin/", reverse("accounts:profile"), reverse("usersessions_list")):
        assert client.get(path)["Location"] == reverse("mfa_index"), path
    assert client.get(reverse("mfa_index")).status_code == 200
    api = client.get("/api/v1/queue/")
    assert (api.status_code, api.json()["type"]) == (403, "urn:psc:problem:second_factor_required")
    client.post(reverse("account_logout"))
    assert "_auth_user_id" not in client.session


def test_the_set_up_ends_at_the_recovery_codes_and_opens_the_desk(client, clerk):
    log_in(client, clerk)
    page = client.get(reverse("mfa_activate_totp"))
    secret = page.context["form"].secret
    assert "data:image/svg+xml" in page.content.decode() and "".join(page.context["secret_groups"]) == secret
    wrong = client.post(reverse("mfa_activate_totp"), {"code": "000000"})
    assert "Mã chưa đúng" in str(wrong.context["form"].errors)
    done = client.post(reverse("mfa_activate_totp"), {"code": second_factor.code_now(secret)}, follow=True)
    assert done.redirect_chain[-1][0] == reverse("mfa_view_recovery_codes")
    assert len(done.context["unused_codes"]) == 10
    assert client.get(reverse("desk:queue")).status_code == 200


def test_the_secret_lies_sealed(client, clerk):
    secret = secret_of(clerk)
    stored = Authenticator.objects.get(user=clerk).data["secret"]
    assert secret not in stored and stored.startswith("~") and decrypt(stored) == secret


def test_a_login_asks_for_the_code_and_then_leads_on(client, clerk):
    secret_of(clerk)
    asked = log_in(client, clerk, next=reverse("accounts:profile"))
    assert asked["Location"] == reverse("mfa_authenticate")
    assert client.get(reverse("desk:queue")).status_code == 302  # the password alone opens nothing
    wrong = give_code(client, clerk, "000000")
    assert wrong.status_code == 200 and "Mã chưa đúng" in str(wrong.context["form"].errors)
    assert give_code(client, clerk)["Location"] == reverse("accounts:profile")
    assert client.get(reverse("desk:queue")).status_code == 200


def test_a_code_opens_one_login_only(clerk):
    code = code_of(clerk)
    first, second = Client(), Client()
    log_in(first, clerk)
    log_in(second, clerk)
    assert give_code(first, clerk, code).status_code == 302
    assert give_code(second, clerk, code).status_code == 200


def test_the_code_before_and_after_is_good_and_an_older_one_is_not(clerk, monkeypatch):
    secret, at = secret_of(clerk), time.time()
    for seconds, good in ((-90, False), (-30, True), (0, True), (30, True), (90, False)):
        monkeypatch.setattr(time, "time", lambda s=seconds: at + s)
        code = second_factor.code_now(secret)
        monkeypatch.setattr(time, "time", lambda: at)
        assert second_factor.accepts(clerk, code, used_by="t") == good, seconds
    assert UsedCode.objects.filter(user=clerk).count() == 3


def test_a_recovery_code_opens_once(client, clerk):
    secret_of(clerk)
    client.force_login(clerk)
    client.post(reverse("mfa_generate_recovery_codes"))
    codes = client.get(reverse("mfa_view_recovery_codes")).context["unused_codes"]
    for expected in (302, 200):
        other = Client()
        log_in(other, clerk)
        assert give_code(other, clerk, codes[0]).status_code == expected


def test_a_citizen_needs_none_and_may_have_one(client):
    citizen = world.person()
    log_in(client, citizen)
    assert client.get(reverse("accounts:profile")).status_code == 200
    secret = client.get(reverse("mfa_activate_totp")).context["form"].secret
    client.post(reverse("mfa_activate_totp"), {"code": second_factor.code_now(secret)})
    client.post(reverse("account_logout"))
    assert log_in(client, citizen)["Location"] == reverse("mfa_authenticate")


def test_staff_keep_their_last_factor_and_citizens_may_drop_it(client, clerk):
    for user, left in ((clerk, 1), (world.person(), 0)):
        secret_of(user)
        client.force_login(user)
        client.post(reverse("mfa_deactivate_totp"))
        assert Authenticator.objects.filter(user=user).count() == left


def test_changing_a_factor_asks_for_it_when_it_was_shown_long_ago(client, clerk):
    secret_of(clerk)
    client.force_login(clerk)
    grow_old(client)
    for name in ("mfa_deactivate_totp", "mfa_generate_recovery_codes", "mfa_add_webauthn"):
        assert client.get(reverse(name))["Location"].startswith(reverse("mfa_reauthenticate")), name


def grow_old(client, seconds=1000):
    session = client.session
    session["account_authentication_methods"] = [
        record | {"at": record["at"] - seconds} for record in session["account_authentication_methods"]
    ]
    session.save()


def test_who_becomes_staff_is_asked_within_a_minute(client):
    user = world.person()
    log_in(client, user)
    assert client.get("/").status_code == 200
    user.postings.create(role=Role.MONITOR, starts_on="2025-01-01")
    session = client.session
    session[SEEN] = session[SEEN] | {"at": session[SEEN]["at"] - 61}
    session.save()
    assert client.get("/")["Location"] == reverse("mfa_index")


def test_once_passed_it_costs_no_query(client, clerk, django_assert_num_queries):
    client.force_login(clerk)
    with django_assert_num_queries(3):  # the session, the user and the branches counted, as without the rule
        client.get("/api/v1/branches/?page=999")


# --- the demo --------------------------------------------------------------------------------------------------------
@pytest.fixture
def demo_clerk(settings):
    settings.DEMO = True
    user = world.clerk()
    user.is_demo = True
    user.save()
    second_factor.give_demo_factors([user])
    return user


def test_a_demo_account_is_told_its_code_where_it_is_asked(client, demo_clerk):
    log_in(client, demo_clerk)
    code = client.get(reverse("mfa_authenticate")).context["demo_code"]
    assert code == second_factor.code_now(second_factor.demo_secret(demo_clerk.username))
    assert f'mã hiện nay là <b class="code">{code}</b>' in client.get(reverse("mfa_authenticate")).content.decode()
    assert give_code(client, demo_clerk, code).status_code == 302


def test_the_code_of_any_other_account_is_never_shown(client, clerk, settings):
    settings.DEMO = True
    secret_of(clerk)
    log_in(client, clerk)
    assert client.get(reverse("mfa_authenticate")).context["demo_code"] == ""
    with pytest.raises(CommandError):
        call_command("code", clerk.username)


def test_the_factors_of_the_demo_are_made_once_and_the_command_prints_the_code(demo_clerk, capsys):
    assert second_factor.give_demo_factors([demo_clerk, world.clerk()]) == 0
    call_command("code", demo_clerk.username)
    assert second_factor.accepts(demo_clerk, capsys.readouterr().out.strip(), used_by="t")


def test_outside_demo_mode_the_command_prints_nothing(demo_clerk, settings):
    settings.DEMO = False
    with pytest.raises(CommandError):
        call_command("code", demo_clerk.username)
