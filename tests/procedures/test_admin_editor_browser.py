"""An admin edits a draft in a real browser: adds a question with a condition, moves rows, saves, follows a problem."""

import pytest
from axe_core_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import expect

from accounts.models import User
from branches.models import Role
from procedures import releasing, versions
from procedures.models import Procedure
from tests import world
from tests.entering import enter
from tests.procedures.drafts import sound

CODE = "1.001193"


@pytest.fixture
def admin(catalogue_as_it_was) -> User:
    return world.staff(Role.ADMIN, name="Vũ Thị Hạnh")


@pytest.fixture
def draft(admin):
    return releasing.copy_to_draft(Procedure.objects.get(code=CODE).published, by=admin)


@pytest.fixture
def small(admin):
    """A draft with a row or two of each kind."""
    return versions.write(sound(), Procedure.objects.get(code=CODE), by=admin)


def opened(page, user: User, version, tab: str = ""):
    """The page of a draft, for somebody who has logged in before."""
    enter(page, user)
    page.goto(reverse("admin:procedures_procedureversion_change", args=[version.pk]) + (f"#{tab}" if tab else ""))
    return page


def saved(page):
    page.click("[name=_save]")
    page.wait_for_selector(".messagelist")


def drag(page, handle, onto) -> None:
    """As a hand does it: press, pull away, come to rest, let go."""
    handle.evaluate("handle => handle.scrollIntoView({ block: 'center' })")
    start, end = handle.bounding_box(), onto.bounding_box()
    page.mouse.move(start["x"] + 12, start["y"] + 16)
    page.mouse.down()
    page.mouse.move(start["x"] + 14, start["y"] + 30, steps=4)
    page.mouse.move(end["x"] + 14, end["y"] + 24, steps=12)
    page.wait_for_timeout(200)
    page.mouse.up()


def order(page, part: str, name: str) -> list[str]:
    inputs = page.locator(f"#danh-sach-{part} > .row [name$='-{name}']")
    return [inputs.nth(n).input_value() for n in range(inputs.count())]


def test_a_question_with_a_condition_is_added_explained_and_saved(draft, admin, desk_page):
    page = opened(desk_page, admin, draft, "to-khai")
    assert page.locator("#chung").is_hidden()
    assert page.locator("#to-khai").is_visible()
    page.select_option("[data-filter-by]", label="Việc khai sinh")
    page.click("#danh-sach-fields [data-add]")
    row = page.locator("#danh-sach-fields > .row:not([hidden])").last
    row.locator("[name$='-label']").fill("Vì sao nộp muộn")
    row.locator("[name$='-label']").press("Tab")
    row.locator("summary").click()
    assert row.locator("[name$='-key']").input_value() == "vi_sao_nop_muon"
    row.locator("[name$='-example']").fill("Ở xa")
    row.locator(".cell-condition .pick-button").click()
    row.locator("[data-pick=question]").select_option("relation")
    row.locator("[data-pick-value] select").select_option(label="Mẹ")
    row.locator("[data-pick-add]").click()
    expect(row.locator("[data-said]").first).to_have_text("Hỏi khi “Anh/chị là gì của trẻ” là Mẹ")
    row.locator("[data-pick-add]").click()
    condition = row.locator("[name$='-condition']")
    assert condition.input_value() == 'relation = "mother" và relation = "mother"'
    condition.fill("relation = ")
    row.locator(".cell-condition.is-wrong").wait_for()
    condition.fill('relation = "mother"')
    row.locator(".cell-condition:not(.is-wrong)").wait_for()
    saved(page)
    question = versions.read(draft.pk).fields["vi_sao_nop_muon"]
    assert question.condition == {"field": "relation", "is": "mother"}
    assert page.url.endswith("#to-khai")
    assert page.locator("#to-khai").is_visible()


def test_rows_are_ordered_by_dragging_and_by_the_keyboard(draft, admin, desk_page):
    page = opened(desk_page, admin, draft, "quy-trinh")
    before = order(page, "steps", "name")
    rows = page.locator("#danh-sach-steps > .row")
    drag(page, rows.nth(0).locator("h3"), rows.nth(2).locator("h3"))
    expect(rows.nth(0).locator("[name$='-name']")).not_to_have_value(before[0])
    dragged = order(page, "steps", "name")
    assert sorted(dragged) == sorted(before)
    rows.nth(1).locator("[data-move=up]").focus()
    page.keyboard.press("Enter")
    moved = order(page, "steps", "name")
    assert moved == [dragged[1], dragged[0], *dragged[2:]]
    saved(page)
    assert [step.name for step in versions.read(draft.pk).steps] == moved


def test_the_drawing_follows_the_rows_before_they_are_saved(draft, admin, desk_page):
    page = opened(desk_page, admin, draft, "quy-trinh")
    page.click("#danh-sach-steps [data-add]")
    row = page.locator("#danh-sach-steps > .row").last
    row.locator("[name$='-name']").fill("Xem chuồng trại")
    row.locator("[name$='-name']").press("Tab")
    expect(page.locator("[data-drawing]")).to_contain_text("chuồng trại")
    page.click("#danh-sach-moves [data-add]")
    move = page.locator("#danh-sach-moves > .row").last
    assert "xem_chuong_trai" in move.locator("[name$='-target']").evaluate("s => [...s.options].map(o => o.value)")


def test_a_problem_leads_to_its_row_and_a_mistake_opens_its_tab(draft, admin, desk_page):
    page = opened(desk_page, admin, draft, "quy-trinh")
    page.click("#danh-sach-steps [data-add]")
    row = page.locator("#danh-sach-steps > .row").last
    row.locator("[name$='-name']").fill("Bước lạc")
    row.locator("[name$='-name']").press("Tab")
    saved(page)
    assert page.locator("[data-tab=quy-trinh] .badge.is-error").is_visible()
    page.click("[data-tab=chung]")
    page.locator(".editor-problems a", has_text="Bước lạc").first.click()
    found = page.locator("#danh-sach-steps > .row:has([value='Bước lạc'])")
    found.locator(".row-more[open]").wait_for()
    page.locator("#danh-sach-steps > .row").last.locator("[name$='-name']").fill("")
    page.click("[data-tab=chung]")
    page.click("[name=_save]")
    page.wait_for_selector(".errornote")
    assert page.locator("#quy-trinh").is_visible()
    assert page.locator("#danh-sach-steps .has-errors .errorlist").first.is_visible()


def test_without_scripts_every_part_is_read_edited_and_added_to(draft, admin, page_factory):
    page = opened(page_factory(java_script_enabled=False), admin, draft)
    for tab in ("chung", "to-khai", "quy-trinh", "loi-van"):
        assert page.locator(f"#{tab}").is_visible()
    page.fill("[name=short_name]", "Khai sinh cho bé")
    page.locator("[name=_add_rows][value=documents]").click()
    page.wait_for_selector(".messagelist")
    blank = page.locator("#danh-sach-documents > .row").last
    blank.locator("[name$='-name']").fill("Giấy khác")
    page.click("[name=_save]")
    page.wait_for_selector(".messagelist")
    spec = versions.read(draft.pk)
    assert spec.short_name == "Khai sinh cho bé"
    assert spec.documents[-1].name == "Giấy khác"


def test_axe_finds_nothing_in_any_tab(small, admin, desk_page):
    """What stands above the tabs is looked at with the first, of the others the panel."""
    page = opened(desk_page, admin, small)
    for tab in ("chung", "to-khai", "phi", "quy-trinh", "loi-van"):
        page.click(f"[data-tab={tab}]")
        if tab == "to-khai":
            row = page.locator("#danh-sach-fields > .row:not([hidden])").first
            row.locator("summary").click()
            row.locator(".cell-condition .pick-button").click()
        found = Axe().run(page, "#content-main" if tab == "chung" else f"#{tab}")["violations"]
        assert [(one["id"], [node["html"][:150] for node in one["nodes"]][:3]) for one in found] == [], tab


def test_a_phone_shows_the_page_within_its_width(draft, admin, phone_page):
    page = opened(phone_page, admin, draft, "to-khai")
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
