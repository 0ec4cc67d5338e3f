"""Bearer tokens of the API."""

import re
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from drf_spectacular.views import SpectacularAPIView
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from accounts.models import SCOPES, ApiToken, User
from accounts.tokens import TokenAuthentication, check_scope, scope_of
from hanoi_psc import api
from worktime import now

pytestmark = pytest.mark.django_db


@pytest.fixture
def person():
    return User.objects.create(username="anh")


def authenticate(header):
    return TokenAuthentication().authenticate(APIRequestFactory().get("/", HTTP_AUTHORIZATION=header))


def test_a_token_is_its_user_in_one_query(person, django_assert_num_queries):
    token = ApiToken.issue(person)
    with django_assert_num_queries(1):
        user, auth = authenticate(f"Bearer {token}")
        assert (user.username, auth.user_id) == ("anh", person.pk)


def test_the_token_itself_is_not_stored(person):
    token = ApiToken.issue(person)
    assert token not in str(ApiToken.objects.values().get())


@pytest.mark.parametrize("header", ["Bearer nothing", "Bearer ", "bearer \xff", "Bearer a b"])
def test_an_unknown_token_is_refused(header):
    with pytest.raises(AuthenticationFailed):
        authenticate(header)


@pytest.mark.parametrize("header", ["", "Basic YTpi", "Token abc"])
def test_another_way_of_logging_in_is_left_to_others(header):
    assert authenticate(header) is None


def test_an_expired_token_and_a_locked_account_are_refused(person):
    expired = ApiToken.issue(person, expires_at=now() - timedelta(seconds=1))
    alive = ApiToken.issue(person)
    with pytest.raises(AuthenticationFailed):
        authenticate(f"Bearer {expired}")
    User.objects.update(is_active=False)
    with pytest.raises(AuthenticationFailed):
        authenticate(f"Bearer {alive}")


def test_the_command_prints_a_token_that_works(person, capsys):
    call_command("token", "anh", label="kiểm thử", days=1)
    user, auth = authenticate(f"Bearer {capsys.readouterr().out.strip()}")
    assert user == person and auth.expires_at > now()


def test_the_command_refuses_whom_it_does_not_know(db):
    with pytest.raises(CommandError):
        call_command("token", "ai-do")


def test_a_token_always_ends(person, capsys):
    for token in (ApiToken.issue(person), _printed(capsys, "anh")):
        _user, auth = authenticate(f"Bearer {token}")
        assert timedelta(days=89) < auth.expires_at - now() <= timedelta(days=90)


def _printed(capsys, *args, **options) -> str:
    call_command("token", *args, **options)
    return capsys.readouterr().out.strip()


def test_the_command_narrows_a_token(person, capsys):
    _user, auth = authenticate(f"Bearer {_printed(capsys, 'anh', scopes='read, file')}")
    assert [auth.may(scope) for scope in SCOPES] == [True, True, False, False, False]


@pytest.mark.parametrize("wrong", [{"days": 0}, {"days": 367}, {"scopes": "read everything"}, {"scopes": " "}])
def test_the_command_refuses_an_endless_or_unknown_right(person, wrong):
    with pytest.raises(CommandError):
        call_command("token", "anh", **wrong)
    assert not ApiToken.objects.exists()


# --- every route -----------------------------------------------------------------------------------------------------
def routes():
    """(address, method, view class) of every route of the API."""
    for pattern in api.urlpatterns:
        view = getattr(pattern.callback, "view_class", None) or pattern.callback.cls
        address = "/api/" + re.sub(r"<int:\w+>", "1", re.sub(r"<str:\w+>", "x", str(pattern.pattern)))
        if view in (SpectacularAPIView, api.NothingHere):
            continue  # neither knows who asks
        for method in ("get", "post", "put", "patch", "delete"):
            if hasattr(view, method):
                yield pytest.param(address, method, view, id=f"{method} {address}")


@pytest.mark.parametrize(("address", "method", "view"), routes())
def test_every_route_asks_for_its_scope_and_for_no_other(client, person, address, method, view):
    needed = scope_of(view, method.upper())
    assert needed is not None, "no token could use this route: name its scope in token_scopes"
    assert needed or view.permission_classes == [AllowAny]
    for scope in SCOPES:
        headers = {"Authorization": f"Bearer {ApiToken.issue(person, scopes=scope)}"}
        answer = getattr(client, method)(address, headers=headers)
        refused = answer.status_code == 403 and answer.json()["type"].endswith("scope_missing")
        assert refused == (bool(needed) and scope != needed), scope


def test_a_view_that_names_no_scope_is_closed_to_tokens():
    class Forgotten(APIView):
        permission_classes = [IsAuthenticated]

    assert scope_of(Forgotten, "GET") is None
    with pytest.raises(PermissionDenied):
        check_scope(ApiToken(scopes="read"), None)
