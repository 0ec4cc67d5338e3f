"""An admin alone, in a browser: a procedure that the catalogue does not have, from the blank template to a result that
is handed over; and its second version, while a dossier of the first still runs."""

import pytest

from branches.models import Role
from branches.selectors import branch_of_ward
from dossiers.life import Status
from dossiers.models import Dossier
from payments.models import Obligation
from procedures.models import NationalEntry, Procedure, ProcedureVersion
from studio import trying
from tests import world
from tests.conftest import DESK, PHONE
from tests.studio import barns
from tests.studio.pages import Desk, Editor, Phone, answer, no_findings, press

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("catalogue", "catalogue_as_it_was"),
]
WIDE = {"width": 1280, "height": 800}
WARD = "00004"  # where the barns of barns.answers stand


@pytest.fixture
def admins(signed_in):
    """Two admins, each in a browser of their own: four eyes."""
    return [signed_in(world.staff(Role.ADMIN, name=name), WIDE) for name in ("Vũ Thị Hạnh", "Đỗ Văn Long")]


@pytest.fixture
def phone(signed_in):
    def open_phone(name: str) -> Phone:
        return Phone(signed_in(world.person(name), PHONE, has_touch=True, is_mobile=True))

    return open_phone


@pytest.fixture
def national_entry(catalogue):
    """As `import_national` keeps it."""
    return NationalEntry.objects.create(
        code=barns.CODE, field="Nông nghiệp", audience="both", kind="SPECIFIC", issuing_body="Thành phố Hà Nội",
        name="Hỗ trợ trang thiết bị, công nghệ xử lý chất thải trong chăn nuôi",
    )  # fmt: skip


def test_a_procedure_is_designed_published_used_and_improved(admins, phone, staff, signed_in, national_entry):
    author, approver = admins
    draft = begun_from_blank(author, national_entry)
    designed(author)
    tried(author, draft)
    published(author, approver, draft, "Thủ tục mới theo Nghị quyết 53/2025")

    farmer, neighbour = phone("Trần Văn Chăn"), phone("Lê Thị Nuôi")
    first = filed(farmer, rented=True)
    unfinished = neighbour.begin(barns.CODE)
    barns_of(neighbour, unfinished, rented=False)
    desks = [Desk(signed_in(user, DESK), user) for user in staff]
    forward(desks, first, until="lay_y_kien")

    newer = improved(author, draft)
    published(author, approver, newer, "Bỏ phí cho chuồng nhỏ, hỏi thêm số tiền xin hỗ trợ")
    news_of(neighbour, unfinished, newer)
    forward(desks, first, until="")
    first.refresh_from_db()
    assert (first.status, first.version_id) == (Status.RETURNED, draft.pk)
    farmer.page.goto(f"/ho-so/{first.code}/")
    farmer.page.get_by_text("Đã trả kết quả").first.wait_for()
    author.goto(f"/thiet-ke/thu-tuc/{draft.procedure_id}/")
    assert "1 đã xong" in author.locator("#phien-ban-1").inner_text()
    no_findings(author)


# --- the admins ---------------------------------------------------------------------------------------------------
def begun_from_blank(page, entry) -> ProcedureVersion:
    page.goto("/thiet-ke/")
    press(page, "Thủ tục mới")
    page.get_by_label("Mã thủ tục").fill(barns.CODE)
    press(page, "Điền tên theo danh mục quốc gia")
    assert page.get_by_label("Tên đầy đủ").input_value() == entry.name
    page.get_by_label("Tên thường gọi").fill(barns.NAME)
    page.get_by_label("Trống").check()
    press(page, "Tạo thủ tục")
    page.get_by_text("Đã tạo thủ tục và bản nháp đầu tiên").wait_for()
    return ProcedureVersion.objects.get(procedure__code=barns.CODE)


def designed(page) -> None:
    editor = Editor(page)
    assert any("Không có giấy tờ nào" in problem for problem in editor.problems())
    barns.design(editor)
    editor.save()
    editor.tab("Lời văn")
    editor.translate(barns.ENGLISH)
    editor.save()
    assert [problem for problem in editor.problems() if problem.startswith("Lỗi")] == []


def tried(page, draft: ProcedureVersion) -> None:
    """The form filled in at a press, then the whole process, each step in the role that does it."""
    press(page, "Làm thử")
    press(page, "Bắt đầu một bản thử")
    press(page, "Điền mẫu hợp lệ")
    press(page, "Nộp trực tuyến")
    trial = Dossier.everything.get(is_scratch=True, created_by=page.user)
    for _turn in range(15):
        trial = Dossier.everything.get(pk=trial.pk)
        action = next((a for a in trying.available(trial, page.user) if a.act.primary and a.name != "rate"), None)
        if action is None:
            break
        if action.fields:
            press(page, f"{action.label}…")
            answer(page, action)
        press(page, str(action.label))
    assert trial.status == Status.RETURNED
    no_findings(page)
    press(page, "Xóa bản thử")


def published(author, approver, version: ProcedureVersion, reason: str) -> None:
    """Asked for by one, approved by the other; the one who asked is offered no approval."""
    author.goto(f"/admin/procedures/procedureversion/{version.pk}/change/")
    press(author, "Đề nghị ban hành")
    author.fill("[name=reason]", reason)
    author.fill("[name=accepted_warnings]", "Bản tiếng Anh bổ sung trong tháng sau")
    no_findings(author)
    press(author, "Gửi đề nghị")
    author.get_by_role("link", name="Xem và duyệt").click()
    author.get_by_text("Đây là đề nghị của anh/chị").wait_for()
    assert not author.get_by_role("button", name="Duyệt, áp dụng ngay").count()

    approver.goto("/thiet-ke/")
    press(approver, "Xem và duyệt")
    approver.get_by_text(reason).first.wait_for()
    no_findings(approver)
    press(approver, "Duyệt, áp dụng ngay")
    approver.get_by_text("Đã duyệt.").wait_for()
    assert Procedure.objects.get(pk=version.procedure_id).published_id == version.pk


def improved(page, released: ProcedureVersion) -> ProcedureVersion:
    """A draft from the version in force, changed, and told in words what that means."""
    page.goto(f"/thiet-ke/thu-tuc/{released.procedure_id}/")
    press(page, "Tạo bản nháp từ phiên bản này")
    editor = Editor(page)
    barns.improve(editor)
    editor.save()
    press(page, "So với bản đang dùng")
    for said in barns.IMPROVED:
        page.get_by_text(said).first.wait_for()
    no_findings(page)
    return ProcedureVersion.objects.get(procedure=released.procedure_id, number=released.number + 1)


# --- the citizens -------------------------------------------------------------------------------------------------
def barns_of(phone: Phone, draft: Dossier, *, rented: bool) -> None:
    phone.open(draft, "applicant")
    phone.answer(barns.APPLICANT)
    phone.save()
    phone.open(draft, "chuong_trai")
    phone.answer(barns.answers(rented=rented))
    no_findings(phone.page)
    phone.save()


def filed(phone: Phone, *, rented: bool) -> Dossier:
    """Two barns on rented land: the lease is asked for, the fee is that of 110 m², the city's offices will be asked."""
    draft = phone.begin(barns.CODE)
    barns_of(phone, draft, rented=rented)
    phone.attach(draft, ["don_de_nghi_ho_tro", "hop_dong_thue_dat"])
    phone.deliver()
    phone.page.goto(f"/ho-so/nhap/{draft.pk}/xem-lai/")
    phone.page.get_by_text("Thôn 3, Phường Ba Đình").wait_for()
    no_findings(phone.page)
    dossier = phone.submit(draft)
    assert dossier.answers["tong_dien_tich"] == 110
    assert [o.amount for o in Obligation.objects.filter(subject_id=dossier.pk)] == [200_000]
    assert dossier.unit == world.unit_of_kind("WARD", WARD)
    return dossier


def news_of(phone: Phone, draft: Dossier, version: ProcedureVersion) -> None:
    """The draft is of the new version; what changed is said, what was answered is kept."""
    phone.page.goto(f"/ho-so/nhap/{draft.pk}/")
    phone.page.get_by_text("Thủ tục này vừa có quy định mới").wait_for()
    no_findings(phone.page)
    draft.refresh_from_db()
    assert draft.version_id == version.pk
    assert [row["dien_tich"] for row in draft.answers["cac_chuong"]] == [60, 50]
    press(phone.page, "Tôi đã đọc")
    phone.open(draft, "chuong_trai")
    phone.answer({"so_tien_xin": "5000000"})
    phone.save()
    draft.refresh_from_db()
    assert draft.answers["so_tien_xin"] == 5_000_000


# --- the staff ----------------------------------------------------------------------------------------------------
@pytest.fixture
def staff(catalogue):
    """Those whom a dossier of these barns meets; without them the version is not let out."""
    branch, unit = branch_of_ward(WARD), world.unit_of_kind("WARD", WARD)
    return [
        world.posted(Role.CLERK, branch=branch),
        world.posted(Role.CASHIER, branch=branch),
        world.posted(Role.OFFICER, unit=unit),
        world.posted(Role.OFFICER, unit=world.unit_of_kind("AGRICULTURE", WARD)),
        world.posted(Role.OFFICER, unit=world.unit_of_kind("FINANCE", WARD)),
        world.posted(Role.LEADER, unit=unit),
    ]


def forward(desks: list[Desk], dossier: Dossier, *, until: str, limit: int = 20) -> None:
    """Whoever has the way forward presses it, until the dossier stands on that step (or has been handed over)."""
    for _turn in range(limit):
        now = Dossier.objects.get(pk=dossier.pk)
        if (until and now.step == until) or now.status == Status.RETURNED:
            return
        assert any(desk.forward(now) for desk in desks), f"nobody goes on from {now.status} {now.step}"
    raise AssertionError(f"{limit} acts and no end")
