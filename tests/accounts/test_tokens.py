"""Bearer tokens of the API."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.test import APIRequestFactory

from accounts.models import ApiToken, User
from accounts.tokens import TokenAuthentication
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
