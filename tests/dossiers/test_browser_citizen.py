"""A citizen's pages in a real browser, on a telephone: what scripts add, what works without them, what axe finds."""

import pytest
from axe_core_python.sync_playwright import Axe
from playwright.sync_api import expect

from branches.models import Role
from dossiers.life import Status
from dossiers.models import Dossier
from tests import world
from tests.conftest import DESK, PHONE
from tests.dossiers.citizen_steps import filled, started
from tests.entering import enter

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("catalogue")]
PAPER = {"name": "giay.pdf", "mimeType": "application/pdf", "buffer": world.PDF + b"browser"}


def looks_right(page, address):
    page.goto(address)
    assert page.url.endswith(address), page.url
    found = Axe().run(page)["violations"]
    assert [(v["id"], v["nodes"][0]["html"][:150]) for v in found] == [], address
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{address} is wider than the screen"


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_no_page_of_a_citizen_has_a_barrier(page_factory, viewport):
    me = world.person()
    draft, new = filled(me), started(me, "2.000815")
    asked, plain = world.submitted("2.000815", owner=me), world.submitted(owner=me)
    clerk = world.posted(Role.CLERK, branch=asked.branch)
    world.act(asked, "ask_supplement", clerk, reason="Ảnh bị mờ.", documents=["original"])
    page = page_factory(viewport)
    enter(page, me)
    for address in (
        "/thu-tuc/?q=khai+sin", "/thu-tuc/?q=xyzzyqqq", "/thu-tuc/2.000815/", "/ho-so/",
        f"/ho-so/nhap/{new.pk}/", f"/ho-so/nhap/{new.pk}/request/", f"/ho-so/nhap/{draft.pk}/giay-to/",
        f"/ho-so/nhap/{draft.pk}/noi-nhan/", f"/ho-so/nhap/{draft.pk}/xem-lai/", f"/ho-so/nhap/{draft.pk}/xoa/",
        f"/ho-so/{plain.code}/", f"/ho-so/{plain.code}/da-nop/", f"/ho-so/{plain.code}/lam/correct/",
        f"/ho-so/{plain.code}/lam/withdraw/", f"/ho-so/{asked.code}/lam/give_supplement/",
        f"/tra-cuu/?ma={plain.code}",
    ):  # fmt: skip
        looks_right(page, address)


def test_a_question_comes_up_as_one_answers_and_nothing_typed_is_lost(phone_page):
    me = world.person()
    draft = started(me, "2.000815")
    enter(phone_page, me)
    phone_page.goto(f"/ho-so/nhap/{draft.pk}/request/")
    assert not phone_page.locator("[name=later_pages]").count()
    phone_page.fill("[name=paper_title]", "Thẻ căn cước")
    phone_page.fill("[name=copies]", "hai bản")
    phone_page.check("[name=long_copies][value=yes]", force=True)
    expect(phone_page.locator("[name=later_pages]")).to_be_visible()
    assert phone_page.input_value("[name=paper_title]") == "Thẻ căn cước"
    assert phone_page.input_value("[name=copies]") == "hai bản"
    phone_page.fill("[name=later_pages]", "6")
    phone_page.check("[name=long_copies][value=no]", force=True)
    expect(phone_page.locator("[name=later_pages]")).to_have_count(0)


def test_mistakes_are_listed_on_top_and_lead_to_their_place(phone_page):
    me = world.person()
    draft = started(me)
    enter(phone_page, me)
    phone_page.goto(f"/ho-so/nhap/{draft.pk}/child/")
    phone_page.fill("[name=child_name]", "A" * 500)
    phone_page.click("main form.form .actions button")
    summary = phone_page.locator(".summary")
    expect(summary).to_be_focused()
    summary.locator("a").first.click()
    expect(phone_page.locator("#id_child_name")).to_be_focused()
    assert phone_page.input_value("#id_child_name") == "A" * 500


def test_a_chosen_file_is_sent_at_once_and_a_wrong_one_keeps_it(phone_page):
    me = world.person()
    draft = started(me, "2.000815")
    enter(phone_page, me)
    phone_page.goto(f"/ho-so/nhap/{draft.pk}/giay-to/")
    phone_page.set_input_files("#id_file_original", PAPER)
    expect(phone_page.get_by_role("link", name="giay.pdf")).to_be_visible()
    phone_page.set_input_files("#id_file_original", {**PAPER, "name": "la.pdf", "buffer": b"MZ\x90\x00"})
    expect(phone_page.locator(".summary")).to_contain_text("Chỉ nhận tệp PDF")
    expect(phone_page.get_by_role("link", name="giay.pdf")).to_be_visible()
    phone_page.get_by_role("button", name="Bỏ giay.pdf").click()
    expect(phone_page.get_by_role("link", name="giay.pdf")).to_have_count(0)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_the_back_button_after_the_submit_leads_to_the_dossier(page_factory, scripts):
    me = world.person()
    draft = filled(me)
    page = page_factory(PHONE, java_script_enabled=scripts)
    enter(page, me)
    page.goto(f"/ho-so/nhap/{draft.pk}/xem-lai/")
    page.check("#declare", force=True)
    page.get_by_role("button", name="Nộp hồ sơ").dblclick()
    page.wait_for_url("**/da-nop/")
    dossier = Dossier.objects.get(pk=draft.pk)
    assert dossier.status == Status.REGISTERED
    page.goto(f"/ho-so/nhap/{draft.pk}/xem-lai/")
    assert page.url.endswith(f"/ho-so/{dossier.code}/")
    assert page.get_by_text("Hồ sơ này đã được nộp").is_visible()


def test_a_request_for_a_paper_is_answered_on_the_phone(phone_page):
    me = world.person()
    dossier = world.submitted("2.000815", owner=me)
    world.act(
        dossier, "ask_supplement", world.posted(Role.CLERK, branch=dossier.branch), reason="Mờ.", documents=["original"]
    )
    enter(phone_page, me)
    phone_page.goto("/ho-so/")
    phone_page.get_by_role("link", name="Bổ sung").first.click()
    phone_page.get_by_role("link", name="Bổ sung").first.click()
    phone_page.set_input_files("#id_file_original", PAPER)
    expect(phone_page.get_by_text("vừa tải lên")).to_be_visible()
    phone_page.get_by_role("button", name="Gửi bổ sung").click()
    expect(phone_page.get_by_text("Anh/chị đã gửi bổ sung")).to_be_visible()
    assert Dossier.objects.get(pk=dossier.pk).status == Status.REGISTERED
