"""A form of every kind of question in a real browser, on a phone and on a wide screen."""

import pytest

from dossiers.models import Dossier
from dossiers.services import drafts
from procedures import versions
from procedures.models import Procedure
from procedures.versions import read
from tests import world
from tests.dossiers.test_browser_line import log_in, no_axe_findings
from tests.procedures.kinds import spec_of_all_kinds

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("catalogue")]


@pytest.fixture
def draft(catalogue_as_it_was):
    version = versions.write(spec_of_all_kinds(), Procedure.objects.get(code="1.001193"))
    versions.publish(version)
    person = world.person()
    return drafts.start_draft(spec=read(version.pk), by=person, owner=person)


def test_rows_come_and_go_and_sums_follow_on_a_phone(phone_page, draft):
    log_in(phone_page, draft.owner)
    phone_page.goto(f"/ho-so/nhap/{draft.pk}/details/")
    no_axe_findings(phone_page)
    phone_page.fill("[name=children-0-name]", "Nguyễn Minh Khôi")
    phone_page.check("[name=children-0-relation][value=other]", force=True)
    phone_page.fill("[name=children-0-which]", "Cháu ruột")
    phone_page.click("#add-children")
    phone_page.wait_for_selector("#row-children-1:focus")
    assert phone_page.input_value("[name=children-0-which]") == "Cháu ruột"
    phone_page.fill("[name=costs-0-quantity]", "2")
    phone_page.fill("[name=costs-0-price]", "30.000.000")
    phone_page.press("[name=costs-0-price]", "Tab")
    phone_page.wait_for_selector("[name=large]")
    assert phone_page.inner_text("#id_sum") == "60.000.000"
    phone_page.click("#drop-children-0")
    phone_page.wait_for_selector("[name=children-1-name]", state="detached")
    assert phone_page.evaluate("document.documentElement.scrollWidth") <= 390
    phone_page.click("main form.form .actions button >> nth=0")
    phone_page.wait_for_load_state()
    assert "Dự toán, dòng 1: Hãy điền: Hạng mục." in phone_page.inner_text(".summary")
    no_axe_findings(phone_page)


def test_a_picture_is_shown_where_it_was_chosen_and_the_rest_stays(phone_page, draft):
    from tests.dossiers.test_forms import picture

    log_in(phone_page, draft.owner)
    phone_page.goto(f"/ho-so/nhap/{draft.pk}/details/")
    phone_page.fill("[name=children-0-name]", "Nguyễn Minh Khôi")
    file = {"name": "anh.png", "mimeType": "image/png", "buffer": picture().getvalue()}
    phone_page.set_input_files("#id_photo", file)
    phone_page.wait_for_selector(".upload .thumb")
    assert phone_page.input_value("[name=children-0-name]") == "Nguyễn Minh Khôi"
    phone_page.locator(".thumb").scroll_into_view_if_needed()
    phone_page.wait_for_load_state("networkidle")
    assert phone_page.locator(".thumb").evaluate("image => image.naturalWidth") == 40
    assert Dossier.everything.get(pk=draft.pk).answers["photo"]


def test_an_old_ward_becomes_the_new_one_on_a_wide_screen(desk_page, draft):
    from places.gazetteer import former_wards, ward_codes

    former = next(f for f in former_wards().values() if len(f.now) == 1)
    log_in(desk_page, draft.owner)
    desk_page.goto(f"/ho-so/nhap/{draft.pk}/people/")
    no_axe_findings(desk_page)
    desk_page.click("details.former summary")
    desk_page.fill("[name=home-former_ward]", str(former))
    desk_page.press("[name=home-former_ward]", "Tab")
    desk_page.wait_for_selector(".became")
    assert ward_codes()[former.main] in desk_page.inner_text(".became")
    assert desk_page.input_value("#id_home-ward") == ward_codes()[former.main]
    no_axe_findings(desk_page)


def test_the_tests_before_left_the_catalogue_alone():
    assert "children" not in world.spec("1.001193").fields
