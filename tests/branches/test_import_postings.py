"""Seconded staff from a file: judged line by line, stored whole or not at all, twice the same (issue 5 §2)."""

import io
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from openpyxl import Workbook

from accounts.models import User
from audit.models import AuditEntry
from branches import importing, sheets
from branches.models import Posting, Role
from tests import world
from worktime.models import Clock

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]
HEAD = "Người,Họ và tên,Vai trò,Mã đơn vị,Từ ngày,Đến ngày,Cơ quan cử"
WARD = "UBND quận Ba Đình (cũ)"
PAGE = "/admin/branches/posting/nhap/"


def csv_of(*lines, head=HEAD) -> bytes:
    return "\n".join([head, *lines]).encode()


def line(person="moi@example.com", name="Lê Thị Mới", role="Cán bộ tiếp nhận", place="CN01", starts="01/12/2026",
         ends="30/11/2027", source=WARD) -> str:  # fmt: skip
    return f"{person},{name},{role},{place},{starts},{ends},{source}"


def problems(*lines) -> list[str]:
    found = importing.plan(sheets.rows_of(csv_of(*lines)), by=None)
    return [str(problem) for problem in found.problems]


@pytest.fixture
def admin():
    user = world.staff(Role.ADMIN)
    client = Client()
    client.force_login(user)
    client.user = user
    return client


def sent(client, content: bytes, name="phan-cong.csv"):
    return client.post(PAGE, {"file": SimpleUploadedFile(name, content)})


def confirmed(client, content: bytes):
    page = sent(client, content)
    assert page.status_code == 200, page.content.decode()
    return client.post(PAGE, {"preview": page.context["preview"]})


def test_nothing_is_stored_until_confirmed(admin, mailoutbox):
    clerk = world.clerk()
    content = csv_of(line(), line(clerk.username, str(clerk), "OFFICER", "000.00.01.H26", "2026-12-01", ""))
    before = Posting.objects.count()
    page = sent(admin, content).content.decode()
    assert "2 phân công mới, trong đó 1 người chưa có tài khoản" in page
    assert Posting.objects.count() == before and not User.objects.filter(email="moi@example.com").exists()
    assert confirmed(admin, content).status_code == 302
    made = Posting.objects.get(user__email="moi@example.com")
    assert (made.role, made.branch.code, made.kind) == (Role.CLERK, "CN01", "secondment")
    assert (made.starts_on, made.ends_on, made.source_organisation) == (date(2026, 12, 1), date(2027, 11, 30), WARD)
    assert [mail.to for mail in mailoutbox] == [["moi@example.com"]]
    assert not made.user.has_usable_password() and made.user.full_name == "Lê Thị Mới"
    assert Posting.objects.filter(user=clerk, role=Role.OFFICER, ends_on=None).exists()
    assert Clock.objects.get(subject_type="posting", subject_id=made.pk).next_fire_at is not None


def test_it_stands_in_the_record(admin):
    confirmed(admin, csv_of(line()))
    made = Posting.objects.get(user__email="moi@example.com")
    entry = AuditEntry.objects.get(act="posting_imported")
    assert (entry.chain, entry.actor_id) == (f"branches.posting:{made.pk}", admin.user.pk)
    assert AuditEntry.objects.get(act="import_postings").after == {"new": 1, "unchanged": 0}
    assert "moi@example.com" not in str(entry.after)


def test_the_same_file_again_changes_nothing(admin):
    confirmed(admin, csv_of(line()))
    page = sent(admin, csv_of(line()))
    assert "Không có gì mới: 1 dòng" in page.content.decode()
    found = importing.apply(sheets.rows_of(csv_of(line())), by=None, actor=importing.Actor())
    assert (len(found.lines), found.unchanged) == (0, 1)
    assert Posting.objects.filter(user__email="moi@example.com").count() == 1


def test_every_wrong_line_is_named():
    clerk = world.clerk()
    stored = clerk.postings.get()
    told = problems(
        line(),
        line(),
        line(role="Vua"),
        line(place="CN99"),
        line(starts="30/02/2026"),
        line(starts="01/12/2026", ends="30/11/2026"),
        line("khong-co", "Ai Đó"),
        line("khac@example.com", ""),
        line(starts="01/06/2027", ends=""),
        line(role="OFFICER"),
        line("x@example.com", "X", "MONITOR", "CN01"),
        line(clerk.username, "Tên Khác Hẳn"),
        line(clerk.username, str(clerk), "CLERK", stored.branch.code, "01/01/2026", "01/02/2026"),
        line("a@example.com", "A", place=""),
    )
    said = [
        "Dòng 3: trùng với dòng 2",
        "Dòng 4: không có vai trò “Vua”",
        "Dòng 5: không có chi nhánh hay cơ quan mang mã “CN99”",
        "Dòng 6: ngày “30/02/2026” không đúng",
        "Dòng 7: ngày kết thúc trước ngày bắt đầu",
        "Dòng 8: không có tài khoản “khong-co”",
        "Dòng 9: thiếu “Họ và tên”",
        "Dòng 10: trùng thời gian với dòng 2",
        "Dòng 11: vai trò “Chuyên viên” cần mã của cơ quan giải quyết",
        "Dòng 12: vai trò của Trung tâm thì để trống",
        "Dòng 13: họ tên không khớp",
        "Dòng 14: trùng thời gian với phân công đã có",
        "Dòng 15: vai trò “Cán bộ tiếp nhận” cần mã của chi nhánh",
    ]
    assert len(told) == len(said)
    for found, expected in zip(told, said, strict=True):
        assert found.startswith(expected)


def test_one_wrong_line_stops_the_whole_file(admin):
    page = sent(admin, csv_of(line(), line("b@example.com", "B", role="Vua")))
    assert page.status_code == 422
    assert "Dòng 3" in page.content.decode() and not page.context["preview"]
    with pytest.raises(importing.ImportRefused):
        importing.apply(sheets.rows_of(csv_of(line(), line("b", "B"))), by=None, actor=importing.Actor())
    assert not User.objects.filter(email="moi@example.com").exists()


def test_what_changed_since_the_preview_is_judged_again(admin):
    page = sent(admin, csv_of(line()))
    importing.apply(sheets.rows_of(csv_of(line(ends=""))), by=None, actor=importing.Actor())
    answer = admin.post(PAGE, {"preview": page.context["preview"]})
    assert answer.status_code == 422 and "trùng thời gian" in answer.content.decode()
    assert Posting.objects.filter(user__email="moi@example.com").count() == 1


def test_a_preview_is_its_makers_alone_and_not_forged(admin):
    preview = sent(admin, csv_of(line())).context["preview"]
    other = Client()
    other.force_login(world.staff(Role.ADMIN))
    for client, text in ((other, preview), (admin, preview[:-6] + "AAAAA="), (admin, "[]")):
        assert client.post(PAGE, {"preview": text}).status_code == 302
    assert not User.objects.filter(email="moi@example.com").exists()
    assert "moi@example.com" not in preview


def test_people_are_found_by_username_email_and_telephone():
    user = world.person("Phạm Văn Ba", phone="+84912345678", phone_verified=True)
    for n, name in enumerate((user.username, user.email.upper(), "0912 345 678"), start=1):
        rows = sheets.rows_of(csv_of(line(name, "pham van ba", place=f"CN0{n}")))
        assert importing.plan(rows, by=None).lines[0].user == user


def test_an_account_that_anybody_may_have_opened_gets_no_right_from_a_file(admin):
    stranger = world.person("Lê Thị Mới", email="moi@example.com")
    page = sent(admin, csv_of(line()))
    assert "tài khoản này chưa là cán bộ" in page.content.decode()
    assert not stranger.postings.exists()


def test_a_units_admin_brings_people_to_their_own_place_only():
    boss = world.staff(Role.UNIT_ADMIN, branch=world.branch_number(1))
    client = Client()
    client.force_login(boss)
    assert sent(client, csv_of(line())).context["plan"].lines
    elsewhere = sent(client, csv_of(line(place="CN02")))
    assert elsewhere.status_code == 422 and "không được phân công vai trò này" in elsewhere.content.decode()
    higher = sent(client, csv_of(line(role="Phụ trách chi nhánh")))
    assert higher.status_code == 422


def test_others_do_not_find_the_page(admin):
    assert "Nhập phân công từ tệp" in admin.get("/admin/branches/posting/").content.decode()
    for role in (Role.MONITOR, Role.INSPECTOR):
        client = Client()
        client.force_login(world.staff(role))
        assert client.get(PAGE).status_code == 403
        assert client.get(f"{PAGE}tep-mau/").status_code == 403


def test_the_sample_is_read_as_it_is(admin):
    sample = admin.get(f"{PAGE}tep-mau/")
    rows = sheets.rows_of(b"".join(sample))
    found = importing.plan(rows, by=None)
    assert not found.problems and len(found.lines) == 1


# --- files -----------------------------------------------------------------------------------------------------------
def workbook(*rows) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_workbook_with_real_dates_reads_like_csv(admin):
    content = workbook(
        HEAD.split(","),
        ["moi@example.com", "Lê Thị Mới", "CLERK", "CN01", date(2026, 12, 1), date(2027, 11, 30), WARD],
        [None] * 7,
    )
    found = importing.plan(sheets.rows_of(content), by=None)
    assert not found.problems
    posting = found.lines[0].posting
    assert (posting.starts_on, posting.ends_on) == (date(2026, 12, 1), date(2027, 11, 30))
    assert sent(admin, content, "phan-cong.xlsx").status_code == 200


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_csv_comes_in_dialects(delimiter):
    content = b"\xef\xbb\xbf" + csv_of(line()).replace(b",", delimiter.encode())
    assert len(importing.plan(sheets.rows_of(content), by=None).lines) == 1


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfe\x00\x01",
        b"PK\x03\x04 not a workbook",
        b"x" * (sheets.MAX_BYTES + 1),
        b"a\0b",
        ("a,b\n" * (sheets.MAX_ROWS + 2)).encode(),
    ],
)
def test_a_file_that_is_no_table_is_refused_with_a_sentence(admin, content):
    page = sent(admin, content)
    assert page.status_code == 422
    assert "errorlist" in page.content.decode()


def test_a_workbook_that_unpacks_to_too_much_is_refused(monkeypatch):
    monkeypatch.setattr(sheets, "MAX_UNPACKED", 1000)
    with pytest.raises(sheets.SheetError, match="bung ra"):
        sheets.rows_of(workbook(HEAD.split(",")))


def test_a_missing_column_and_an_empty_file_are_said():
    assert "thiếu cột: Vai trò" in problems_of("Người,Họ và tên,Mã đơn vị,Từ ngày\na,b,c,d")
    assert "không có dòng nào" in problems_of("\n\n")


def problems_of(text: str) -> str:
    return str(importing.plan(sheets.rows_of(text.encode()), by=None).problems[0])


def test_the_command_previews_and_confirms(tmp_path, capsys):
    file = tmp_path / "phan-cong.csv"
    file.write_bytes(csv_of(line()))
    call_command("load_postings", str(file))
    assert "1 mới, 0 đã có; chưa lưu gì" in capsys.readouterr().out
    assert not User.objects.filter(email="moi@example.com").exists()
    call_command("load_postings", str(file), "--confirm")
    assert User.objects.filter(email="moi@example.com").exists()
    file.write_bytes(csv_of(line(role="Vua")))
    with pytest.raises(CommandError):
        call_command("load_postings", str(file), "--confirm")


def test_a_long_file_costs_few_queries_to_judge(django_assert_max_num_queries):
    rows = sheets.rows_of(csv_of(*(line(f"n{n}@example.com", f"Người {n}") for n in range(300))))
    with django_assert_max_num_queries(12):
        assert len(importing.plan(rows, by=None).lines) == 300
