"""Everybody knows the demo password, so outside demo mode no door opens to a demo account."""

import pytest

from accounts.models import ApiToken
from tests import world

pytestmark = pytest.mark.django_db


def log_in(client, user):
    client.post("/tai-khoan/dang-nhap/", {"login": user.username, "password": "mat-khau-dung"})
    return "_auth_user_id" in client.session


@pytest.mark.parametrize(("demo", "opens"), [(True, True), (False, False)])
def test_a_demo_account_gets_in_only_in_demo_mode(client, settings, demo, opens):
    user = world.person(is_demo=True)
    token = ApiToken.issue(user)
    settings.DEMO = demo
    assert log_in(client, user) == opens
    answer = client.get("/api/v1/dossiers/", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == (200 if opens else 401)


def test_a_session_of_a_demo_account_ends_with_demo_mode(client, settings):
    settings.DEMO = True
    assert log_in(client, world.person(is_demo=True))
    settings.DEMO = False
    assert client.get("/ho-so/").status_code == 302


def test_any_other_account_gets_in_either_way(client, settings):
    settings.DEMO = False
    assert log_in(client, world.person())
