"""The drawing, its figures, shared groups and what begins a procedure, in a real browser: looked over by axe."""

import pytest
from axe_core_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import expect

from branches.models import Role
from dossiers.models import WorkItem
from procedures import groups, versions
from procedures.models import FieldGroup, ProcedureVersion
from tests import world

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("catalogue", "catalogue_as_it_was"),
]
WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 390, "height": 844}


@pytest.fixture
def looked_at(signed_in):
    """Return `open(viewport)`: a page of an admin's own session."""
    return lambda viewport: signed_in(world.staff(Role.ADMIN), viewport)


def no_findings(page):
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})["violations"]
    assert [(v["id"], v["nodes"][0]["html"][:200]) for v in found] == [], page.url


def draft_of(code: str) -> ProcedureVersion:
    released = ProcedureVersion.objects.get(pk=world.spec(code).version_id)
    return versions.write(versions.read(released.pk), released.procedure)


def waiting_dossier(code: str):
    dossier = world.submitted(code)
    clerk = world.clerk(dossier.branch)
    world.act(dossier, "receive", clerk)
    world.act(dossier, "hand_over", clerk)
    assert WorkItem.objects.filter(dossier=dossier, kind="step", state="open").exists()


@pytest.mark.parametrize("screen", [WIDE, NARROW], ids=["1280", "390"])
def test_the_page_of_what_waits_is_for_everybody(looked_at, screen):
    waiting_dossier("2.000986")
    page = looked_at(screen)
    page.goto(reverse("studio:heat", args=[world.spec("2.000986").procedure_id]))
    page.get_by_role("img", name="Sơ đồ quy trình").wait_for()
    page.get_by_text("Quy trình bằng lời").click()
    page.get_by_text("Bước 1: Đăng ký khai sinh").first.wait_for()
    no_findings(page)


def test_an_admin_begins_a_procedure_and_changes_its_beginnings(looked_at):
    page = looked_at(WIDE)
    page.goto(reverse("admin:procedures_procedure_changelist"))
    page.locator(".object-tools .addlink").click()
    page.get_by_label("Mã thủ tục").fill("15020")
    page.get_by_role("button", name="Tạo thủ tục").click()
    page.get_by_text("Mã có dạng 1.234567").wait_for()
    no_findings(page)
    page.get_by_label("Mã thủ tục").fill("1.015020")
    page.get_by_label("Tên đầy đủ").fill("Hỗ trợ nâng cao hiệu quả chăn nuôi")
    page.get_by_label("Tên thường gọi").fill("Hỗ trợ xử lý chất thải chuồng trại")
    page.get_by_label("Lĩnh vực").fill("Chăn nuôi")
    page.get_by_label("Có xác minh").check()
    page.get_by_role("button", name="Tạo thủ tục").click()
    page.get_by_text("Đã tạo thủ tục và bản nháp đầu tiên").wait_for()
    version = ProcedureVersion.objects.get(procedure__code="1.015020")
    assert version.steps.filter(produces="minutes").exists()

    page.goto(reverse("admin:procedures_change_template", args=[version.pk]))
    no_findings(page)
    page.get_by_label("Trống").check()
    page.get_by_role("button", name="Xem trước khi thay").click()
    page.get_by_text("Bước “Kiểm tra thực địa”").wait_for()
    no_findings(page)
    page.get_by_role("button", name="Thay quy trình").click()
    page.get_by_text("Đã thay quy trình").wait_for()

    page.goto(reverse("admin:procedures_add_group", args=[version.pk]))
    no_findings(page)
    page.get_by_label("Nhóm dùng chung").select_option(label="Địa điểm")
    page.get_by_role("button", name="Thêm vào tờ khai").click()
    page.get_by_text("Đã thêm phần “Địa điểm”").wait_for()
    assert version.form_fields.filter(key="place_ward").exists()


def test_a_group_is_changed_and_a_draft_brought_up(looked_at):
    draft = draft_of("2.000986")
    page = looked_at(WIDE)
    page.goto(reverse("admin:procedures_fieldgroup_change", args=["child"]))
    no_findings(page)
    page.locator("#id_questions-5-hint").fill("Tên bệnh viện, phường")
    page.get_by_label("Thay đổi gì, vì sao").fill("Gợi ý ngắn hơn")
    page.get_by_role("button", name="Lưu thành phiên bản mới").click()
    mine = page.get_by_role("region", name="2.000986")
    mine.get_by_text("Câu hỏi “Nơi sinh”: theo nhóm về gợi ý.").wait_for()
    no_findings(page)
    mine.get_by_role("button", name="Cập nhật bản nháp này").click()
    expect(mine).to_have_count(0, timeout=20_000)
    assert draft.form_fields.get(key="child_birth_place").hint == "Tên bệnh viện, phường"
    assert groups.latest(FieldGroup.objects.get(pk="child")).number == 2


def test_the_tests_before_left_the_catalogue_alone():
    assert not ProcedureVersion.objects.filter(procedure__code="1.015020").exists()
    assert groups.latest(FieldGroup.objects.get(pk="child")).number == 1
