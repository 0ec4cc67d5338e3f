"""Trying a draft in a real browser at 1280: filled in as a citizen, walked in every role, looked over by axe."""

import pytest
from axe_core_python.sync_playwright import Axe

from branches.models import Role
from dossiers.life import Status
from dossiers.models import Dossier
from procedures.models import Procedure
from procedures.releasing import copy_to_draft
from tests import world

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("catalogue_as_it_was"),
]
SCREEN = {"width": 1280, "height": 800}


@pytest.fixture
def screen(signed_in):
    """A page of an admin's own session."""
    return signed_in(world.staff(Role.ADMIN), SCREEN)


def no_findings(page):
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})["violations"]
    assert [(v["id"], v["nodes"][0]["html"][:200]) for v in found] == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "wider than the screen"


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()
    page.wait_for_load_state()


def tried(page) -> Dossier:
    return Dossier.everything.get(is_scratch=True, created_by=page.user)


def test_a_draft_is_tried_from_its_form_to_its_result(screen):
    draft = copy_to_draft(Procedure.objects.get(code="1.001193").published)
    screen.goto(f"/thiet-ke/thu/phien-ban/{draft.pk}/")
    no_findings(screen)
    press(screen, "Bắt đầu một bản thử")
    screen.get_by_text("BẢN THỬ", exact=True).wait_for()
    press(screen, "Điền mẫu hợp lệ")
    no_findings(screen)

    screen.get_by_role("link", name="Điền như người dân").click()
    screen.get_by_text("BẢN THỬ", exact=True).wait_for()
    no_findings(screen)
    screen.get_by_role("link", name="Xem lại và nộp").first.click()
    screen.get_by_label("Tôi cam đoan").check()
    press(screen, "Nộp hồ sơ")
    screen.wait_for_url("**/thiet-ke/thu/*/")
    no_findings(screen)

    for name in ("Tiếp nhận", "Chuyển cơ quan giải quyết"):
        press(screen, name)
    walk(screen)
    assert tried(screen).status == Status.RETURNED
    screen.get_by_role("link", name="Đánh giá…").wait_for()
    press(screen, "Xóa bản thử")
    assert not Dossier.everything.filter(is_scratch=True).exists()


def walk(page):
    """Forward, role by role, as the page offers it, filling each form with what would be accepted."""
    from studio import trying

    for _turn in range(12):
        dossier = tried(page)
        action = next((a for a in trying.available(dossier, page.user) if a.act.primary and a.name != "rate"), None)
        if action is None:
            return
        if not action.fields:
            press(page, action.label)
            continue
        page.get_by_role("link", name=f"{action.label}…", exact=True).click()
        no_findings(page)
        fill(page, action)
        press(page, action.label)
    raise AssertionError("no end in sight")


def fill(page, action):
    for field in (f for f in action.fields if f.required):
        if field.kind == "yes_no":
            page.locator(f"input[name={field.key}][value={'yes' if field.example else 'no'}]").check()
        elif field.kind == "choice" and page.locator(f"input[name={field.key}]").count():
            page.locator(f"input[name={field.key}][value='{field.example}']").check()
        elif field.kind == "choice":
            page.locator(f"[name={field.key}]").select_option(str(field.example))
        else:
            page.locator(f"[name={field.key}]").fill(str(field.example))


def test_a_mistake_in_an_act_stays_on_the_page_with_what_was_typed(screen):
    version = Procedure.objects.get(code="1.001193").published
    screen.goto(f"/thiet-ke/thu/phien-ban/{version.pk}/")
    press(screen, "Bắt đầu một bản thử")
    press(screen, "Nộp trực tuyến")
    screen.get_by_text("Bị từ chối").wait_for()
    no_findings(screen)
    press(screen, "Điền mẫu hợp lệ")
    press(screen, "Nộp trực tuyến")
    screen.get_by_role("link", name="Từ chối tiếp nhận…").click()
    screen.locator("[name=reason]").fill("")
    screen.locator("[name=ground]").fill("Điều 17")
    press(screen, "Từ chối tiếp nhận")
    assert screen.locator("[name=ground]").input_value() == "Điều 17"
    no_findings(screen)


def test_the_wrong_answers_and_the_fees_are_read_without_a_finding(screen):
    version = Procedure.objects.get(code="1.001193").published
    screen.goto(f"/thiet-ke/thu/phien-ban/{version.pk}/mau-sai/")
    screen.get_by_text("Mọi câu trả lời sai đều bị từ chối.").wait_for()
    no_findings(screen)
    screen.goto(f"/thiet-ke/tinh-phi/{version.pk}/")
    no_findings(screen)
    screen.goto("/thiet-ke/thu/")
    no_findings(screen)
