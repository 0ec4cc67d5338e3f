"""The desk in a real browser at 1366×768: by the keyboard, at the counter, and looked over by axe."""

import pytest
from axe_core_python.sync_playwright import Axe

from branches.models import Role
from dossiers.life import Status
from dossiers.models import Dossier
from procedures.schema import example_answers
from tests import world
from tests.dossiers.test_browser_line import answer
from tests.entering import enter

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("catalogue")]


def no_findings(page):
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})["violations"]
    assert [(v["id"], v["nodes"][0]["html"][:200]) for v in found] == [], page.url


@pytest.fixture
def desk(desk_page):
    return desk_page


def status_of(dossier):
    return Dossier.objects.get(pk=dossier.pk).status


def test_a_dossier_goes_its_whole_way_by_the_keyboard(desk):
    first = world.submitted("1.001193")
    second = world.submitted("1.001193", owner=first.owner)
    clerk = world.clerk(first.branch)
    officer, leader = (world.posted(role, unit=first.unit) for role in (Role.OFFICER, Role.LEADER))

    enter(desk, clerk)
    desk.goto("/can-bo/")
    desk.locator("#pane [data-key=t]").wait_for()
    no_findings(desk)
    desk.keyboard.press("j")
    desk.locator(f"#pane form[action*='{second.code}']").first.wait_for()
    desk.keyboard.press("k")
    desk.locator(f"#pane form[action*='{first.code}']").first.wait_for()
    assert desk.locator("#pane [data-key=t]").bounding_box()["y"] < 768  # the acts are seen without scrolling
    desk.keyboard.press("t")
    desk.wait_for_url(f"**/can-bo/ho-so/{second.code}/**")
    assert status_of(first) == Status.RECEIVED
    no_findings(desk)
    world.act(first, "hand_over", clerk)

    enter(desk, officer)
    desk.goto("/can-bo/?hang=cua-toi")
    desk.locator("#pane [data-key=t]").wait_for()
    desk.keyboard.press("Enter")
    desk.wait_for_url(f"**/can-bo/ho-so/{first.code}/**")
    desk.keyboard.press("t")
    desk.locator("#lam [name=summary]").fill("Đủ điều kiện giải quyết")
    no_findings(desk)
    desk.locator("#lam button.btn").click()
    desk.wait_for_url("**/can-bo/**hang=cua-toi")
    assert Dossier.objects.get(pk=first.pk).step == "sign"

    enter(desk, leader)
    desk.goto("/can-bo/?hang=cho-ky")
    desk.locator("#pane [data-key=t]").wait_for()
    desk.keyboard.press("t")
    desk.get_by_text("Đã ghi:").wait_for()
    assert Dossier.objects.get(pk=first.pk).decided_by == leader
    world.act(first, "issue", officer)

    enter(desk, clerk)
    desk.goto("/can-bo/?hang=cho-tra")
    desk.locator("#pane [data-key=t]").wait_for()
    desk.keyboard.press("t")
    desk.locator("[name=way][value=counter]").check(force=True)
    desk.locator("form.form button.btn").first.click()
    desk.get_by_text("Đã ghi:").wait_for()
    assert status_of(first) == Status.RETURNED


def test_a_clerk_files_for_the_person_in_front(desk):
    clerk = world.clerk()
    spec = world.spec("1.001193")
    answers = example_answers(spec)
    enter(desk, clerk)
    desk.goto("/can-bo/tai-quay/")
    desk.locator("#q").type("khai sinh", delay=20)
    desk.locator("form[action*='1.001193'] button").click()
    desk.wait_for_url("**/can-bo/tai-quay/*/")
    no_findings(desk)
    for key, value in answers.items():
        answer(desk, spec.fields[key], value)
    with desk.expect_response(lambda r: r.request.method == "POST"):
        desk.keyboard.press("Tab")  # leaving the last field keeps everything
    unasked = [f.key for f in spec.fields.values() if f.key not in answers]
    assert not any(desk.locator(f"[name={key}]").first.is_visible() for key in unasked)
    desk.reload()
    assert desk.locator("[name=applicant_name]").input_value() == answers["applicant_name"]
    for document in spec.asks(answers):
        if document.required:
            desk.check(f"#p-{document.key}")
    desk.click("button[name=submit]")
    desk.wait_for_url("**/can-bo/tai-quay/xong/**")
    dossier = Dossier.objects.get(created_by=clerk)
    assert dossier.status in (Status.RECEIVED, Status.IN_PROCESS)
    assert desk.get_by_text(dossier.code).first.is_visible()
    no_findings(desk)


def test_several_are_chosen_and_received_without_scripts(page_factory):
    dossiers = [world.submitted("1.001193")]
    dossiers.append(world.submitted("1.001193", owner=dossiers[0].owner))
    page = page_factory(java_script_enabled=False)
    enter(page, world.clerk(dossiers[0].branch))
    page.goto("/can-bo/?hang=cho-tiep-nhan")
    for dossier in dossiers:
        page.check(f"[name=chon][value='{dossier.pk}']")
    page.click(".chosen button")
    assert page.get_by_text("Làm được 2 trong 2 hồ sơ").is_visible()
    page.click("main button.btn:not(.quiet)")
    assert page.get_by_text("Đã xong 2 hồ sơ").is_visible()


@pytest.mark.parametrize("path", ["tong-quan/", "?hang=da-tre", "?hang=tim&q=khong+co"])
def test_the_other_pages_are_clean_too(desk, path):
    enter(desk, world.posted(Role.MONITOR))
    desk.goto(f"/can-bo/{path}")
    no_findings(desk)
