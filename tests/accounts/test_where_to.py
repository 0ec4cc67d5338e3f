"""Where a login leads: those with a posting in force to their desk, everybody else home."""

from datetime import date

import pytest
from django.urls import include, path, reverse

from accounts.adapter import AccountAdapter
from branches.models import Role
from hanoi_psc.urls import urlpatterns as real
from tests import world

desk = ([path("", lambda request: None, name="queue")], "desk")
urlpatterns = [path("can-bo/", include(desk)), *real]
pytestmark = [pytest.mark.usefixtures("catalogue"), pytest.mark.urls(__name__)]


def after_login(rf, user):
    request = rf.get("/")
    request.user = user
    return AccountAdapter().get_login_redirect_url(request)


def test_a_clerk_begins_at_the_desk(rf):
    assert after_login(rf, world.clerk()) == reverse("desk:queue")


def test_a_citizen_begins_at_home(rf):
    assert after_login(rf, world.person()) == reverse("home")


def test_a_posting_that_has_ended_leads_home(rf):
    user = world.clerk()
    user.postings.update(ends_on=date(2025, 2, 1))
    assert after_login(rf, user) == reverse("home")


def test_who_designs_procedures_begins_there(rf):
    assert after_login(rf, world.posted(Role.ADMIN)) == reverse("studio:home")
