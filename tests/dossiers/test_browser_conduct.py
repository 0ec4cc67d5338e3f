"""The pages of declarations, delegations and emergencies in a real browser: by axe, on a phone and on a desk."""

import pytest
from axe_core_python.sync_playwright import Axe

from branches.models import Role
from dossiers.services import emergency
from tests import world
from tests.dossiers.test_conflicts import declared

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WIDTHS = ({"width": 1366, "height": 768}, {"width": 390, "height": 844})


@pytest.mark.parametrize("viewport", WIDTHS, ids=["desk", "phone"])
def test_the_pages_of_conduct_are_accessible_and_fit_their_screen(catalogue, signed_in, viewport):
    dossier = world.submitted("1.001193")
    clerk = world.clerk(world.branch_number(1 if dossier.branch.number != 1 else 2))
    world.posted(Role.BRANCH_HEAD, branch=dossier.branch)
    declared(clerk, "001292054321")
    emergency.open_dossier(code=dossier.code, reason="Người dân cấp cứu, cần báo cho người thân", by=clerk)
    leader = world.posted(Role.LEADER, unit=dossier.unit)
    world.posted(Role.OFFICER, unit=dossier.unit)
    inspector = world.posted(Role.INSPECTOR)
    visits = {
        clerk: ["/can-bo/nguoi-than/", "/can-bo/khan-cap/"],
        leader: ["/can-bo/uy-quyen/"],
        inspector: ["/can-bo/thanh-tra/khan-cap/", "/can-bo/thanh-tra/khai-muon/"],
    }
    for user, addresses in visits.items():
        page = signed_in(user, viewport)
        for address in addresses:
            page.goto(address)
            found = Axe().run(page)
            assert [violation["id"] for violation in found["violations"]] == [], address
            assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], address
