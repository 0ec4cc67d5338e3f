"""The whole line in a real browser: filed on a phone, taken to its result at the desk by clerk, officer and leader."""

import pytest
from axe_core_python.sync_playwright import Axe

from branches.models import Role
from dossiers.forms import as_typed
from dossiers.life import Status
from dossiers.models import Dossier
from procedures.schema import example_answers
from tests import signing_in, world
from tests.conftest import DESK, PHONE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("catalogue")]
PASSWORD = "mat-khau-dung"


def log_in(page, user):
    signing_in.log_in(page, user, PASSWORD)


def answer(page, field, value):
    """Answer one question as it stands on the page, whatever it looks like."""
    typed = as_typed(field, value)
    boxes = page.locator(f"[name='{field.key}']")
    kind = boxes.first.evaluate("box => box.tagName + ':' + (box.type || '')")
    if kind.startswith("SELECT"):
        boxes.first.select_option(typed, force=True)
    elif kind in ("INPUT:radio", "INPUT:checkbox"):
        for one in typed if isinstance(typed, list) else [typed]:
            page.locator(f"[name='{field.key}'][value='{one}']").check(force=True)
        page.wait_for_load_state("networkidle")  # questions that depend on this one come now
    else:
        boxes.first.fill(str(typed))


def no_axe_findings(page):
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})["violations"]
    assert [(v["id"], v["nodes"][0]["html"][:150]) for v in found] == [], page.url


def file_on_a_phone(page, code: str, *, look: bool) -> Dossier:
    spec = world.spec(code)
    answers = example_answers(spec)
    page.goto(f"/thu-tuc/?q={code}")
    page.click(f"a[href='/thu-tuc/{code}/']")
    page.click(f"form[action*='bat-dau/{code}'] button")
    page.wait_for_url("**/ho-so/nhap/*/")
    assert page.get_by_text("Bản nháp — chưa nộp").first.is_visible()
    draft = Dossier.objects.latest("pk")
    for section in spec.sections:
        asked = [f for f in section.fields if f.key in answers]
        if not asked:
            continue
        page.goto(f"/ho-so/nhap/{draft.pk}/{section.key}/")
        for field in asked:
            if not page.locator(f"[name='{field.key}']").count():  # without scripts it comes after saving
                page.click("main form.form .actions button >> nth=0")
                page.goto(f"/ho-so/nhap/{draft.pk}/{section.key}/")
            answer(page, field, answers[field.key])
        if look:
            no_axe_findings(page)
        page.click("main form.form .actions button >> nth=0")
        page.wait_for_load_state()
    page.goto(f"/ho-so/nhap/{draft.pk}/giay-to/")
    for document in spec.asks(answers):
        if document.required:
            paper = {"name": "giay.pdf", "mimeType": "application/pdf", "buffer": world.PDF}
            page.set_input_files(f"#id_file_{document.key}", paper)
    if look:
        no_axe_findings(page)
    page.click("button[name=next]")
    page.wait_for_url("**/noi-nhan/**")
    page.check(f"[name=return_by][value={spec.returns[0]}]", force=True)
    if look:
        no_axe_findings(page)
    page.click("main form.form .actions button >> nth=0")
    page.goto(f"/ho-so/nhap/{draft.pk}/xem-lai/")
    if look:
        no_axe_findings(page)
    page.check("#declare", force=True)
    page.get_by_role("button", name="Nộp hồ sơ").click()
    page.wait_for_url("**/da-nop/")
    dossier = Dossier.objects.get(pk=draft.pk)
    assert dossier.status == Status.REGISTERED
    assert page.get_by_text(dossier.code).first.is_visible()
    if look:
        no_axe_findings(page)
    return dossier


def take_to_its_result(desks, dossier: Dossier, limit: int = 20) -> Dossier:
    """Whoever has the way forward presses its button on their own desk."""
    for _ in range(limit):
        dossier = Dossier.objects.get(pk=dossier.pk)
        if dossier.status == Status.RETURNED:
            return dossier
        now = [(page, world.forward(dossier, user)) for user, page in desks]
        page, action = next((page, action) for page, action in now if action)
        page.goto(f"/can-bo/ho-so/{dossier.code}/")
        if action.fields:
            page.goto(f"/can-bo/ho-so/{dossier.code}/lam/{action.name}/")
            for field in action.fields:
                if field.required:
                    answer(page, field, field.example)
            page.locator("main form button.btn, form.form button.btn").first.click()
        else:
            page.locator(f"form[action*='/lam/{action.name}/'] button").first.click()
        page.wait_for_load_state()
    raise AssertionError(f"{dossier.status} {dossier.step}")


@pytest.mark.parametrize(
    ("code", "scripts"), [("2.000815", True), ("1.001193", False), ("1.013225", True), ("1.001612", False)]
)
def test_filed_on_a_phone_and_taken_to_its_result(page_factory, code, scripts):
    citizen = world.person()
    phone = page_factory(PHONE, has_touch=True, is_mobile=True, java_script_enabled=scripts)
    log_in(phone, citizen)
    dossier = file_on_a_phone(phone, code, look=scripts)
    spec = world.spec(code)
    staff = [
        world.posted(Role.CLERK, branch=dossier.branch),
        world.posted(Role.OFFICER, unit=dossier.unit),
        world.posted(Role.LEADER, unit=dossier.unit),
        world.posted(Role.CASHIER, branch=dossier.branch),
    ]
    kinds = {i.unit_kind for s in spec.steps for i in s.items}
    staff += [world.posted(Role.OFFICER, unit=world.unit_of_kind(k, dossier.ward_id)) for k in kinds]
    desks = []
    for user in staff:
        page = page_factory(DESK)
        log_in(page, user)
        desks.append((user, page))
    done = take_to_its_result(desks, dossier)
    day = f"{done.due_at.astimezone():%d/%m/%Y}"
    phone.goto(f"/ho-so/{done.code}/")
    assert phone.get_by_text("Đã trả kết quả").first.is_visible()
    desks[0][1].goto(f"/can-bo/ho-so/{done.code}/")
    assert day in desks[0][1].content()
