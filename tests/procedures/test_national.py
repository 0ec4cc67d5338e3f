"""The national catalogue: read in seconds and again for nothing, searched by everybody, compared with ours."""

import csv
import gzip
import time

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from audit.models import AuditEntry
from audit.services import SYSTEM
from procedures import national
from procedures.models import NationalEntry, Procedure
from tests import world

pytestmark = pytest.mark.django_db
BARN = "1.015020"


@pytest.fixture
def country(catalogue):
    national.load(national.FILE, actor=SYSTEM)


def row(code="1.000001", **more):
    told = ("Cấp phép nuôi voi", "Chăn nuôi", "Bộ Nông nghiệp", "Sở Nông nghiệp; UBND cấp xã", "both", "STANDARD")
    return dict(zip(national.TOLD, told, strict=True)) | {"code": code} | more


def write(path, *rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, national.COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return path


# --- reading ------------------------------------------------------------------------------------------------------
def test_all_5670_procedures_are_read_in_seconds_and_again_for_nothing(db, capsys):
    start = time.perf_counter()
    call_command("import_national")
    assert time.perf_counter() - start < 20
    assert NationalEntry.objects.count() == 5670
    assert "5670 mới" in capsys.readouterr().out
    call_command("import_national")
    assert "không đổi" in capsys.readouterr().out
    assert AuditEntry.objects.filter(act="import_national").count() == 1


def test_a_change_of_name_keeps_what_was_said_before_and_when(db, tmp_path):
    national.load(write(tmp_path / "a.csv", row()), actor=SYSTEM)
    made = national.load(write(tmp_path / "a.csv", row(name="Cho phép nuôi voi")), actor=SYSTEM)
    entry = NationalEntry.objects.get()
    assert made["changed"] == 1
    assert (entry.name, entry.previous) == ("Cho phép nuôi voi", {"name": "Cấp phép nuôi voi"})
    assert entry.changed_at and "cho phep nuoi voi" in entry.search


def test_an_entry_that_vanishes_is_marked_and_may_come_back(db, tmp_path):
    rows = [row(f"1.00000{n}") for n in range(9)]
    national.load(write(tmp_path / "a.csv", *rows), actor=SYSTEM)
    assert national.load(write(tmp_path / "b.csv", *rows[1:]), actor=SYSTEM)["gone"] == 1
    assert NationalEntry.objects.get(code="1.000000").gone_at
    assert not national.entries().filter(code="1.000000").exists()
    assert national.load(write(tmp_path / "b.csv", *rows[1:]), actor=SYSTEM).total() == 0
    assert national.load(tmp_path / "a.csv", actor=SYSTEM)["back"] == 1
    assert NationalEntry.objects.get(code="1.000000").gone_at is None


def test_a_file_that_was_cut_short_is_not_believed_unless_forced(db, tmp_path):
    rows = [row(f"1.00000{n}") for n in range(9)]
    national.load(write(tmp_path / "a.csv", *rows), actor=SYSTEM)
    write(tmp_path / "a.csv", *rows[:3])
    with pytest.raises(CommandError, match="thiếu 6 thủ tục"):
        call_command("import_national", tmp_path / "a.csv")
    assert not NationalEntry.objects.exclude(gone_at=None).exists()
    call_command("import_national", tmp_path / "a.csv", force=True)
    assert NationalEntry.objects.exclude(gone_at=None).count() == 6


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "có các cột"),
        (b"a,b\n1,2\n", "có các cột"),
        (b"\xff\xfe", "không phải tệp CSV"),
        (gzip.compress(b"code,name", mtime=0)[:12], "không phải tệp CSV"),
        (gzip.compress(b"\0" * 60_000_000, mtime=0), "lớn hơn 50 MB"),
        ("code,name,field,issuing_body,executing_bodies,audience,kind\n1.1,Một,,,,,\n1.1,Hai,,,,,".encode(), "Dòng 3"),
        (b"code,name,field,issuing_body,executing_bodies,audience,kind\n1.1,,,,,,\n", "thiếu mã hoặc tên"),
        (b"code,name,field,issuing_body,executing_bodies,audience,kind\n" + b"1" * 21 + b",a,,,,,\n", "dài hơn 20"),
    ],
)
def test_what_is_no_catalogue_is_refused_and_nothing_is_read(db, tmp_path, content, said):
    (tmp_path / "x.csv").write_bytes(content)
    with pytest.raises(CommandError, match=said):
        call_command("import_national", tmp_path / "x.csv")
    assert not NationalEntry.objects.exists()


def test_a_file_that_is_not_there_is_named(db, tmp_path):
    with pytest.raises(CommandError, match="Không thấy tệp"):
        call_command("import_national", tmp_path / "nothing.csv")


# --- citizens -----------------------------------------------------------------------------------------------------
def test_a_citizen_finds_what_is_not_taken_online_after_ours(country, client):
    page = client.get(reverse("procedures:list"), {"q": "xu ly chat thai chan nuoi"}).content.decode()
    assert "Chưa tiếp nhận trực tuyến" in page
    assert reverse("procedures:national", args=[BARN]) in page


def test_the_page_of_such_a_procedure_says_where_to_go(country, client):
    page = client.get(reverse("procedures:national", args=[BARN])).content.decode()
    assert "chưa tiếp nhận trực tuyến" in page
    assert "Ủy ban nhân dân cấp xã" in page and "dichvucong.gov.vn" in page
    assert client.get(reverse("procedures:detail", args=[BARN])).url == reverse("procedures:national", args=[BARN])


def test_what_the_city_takes_has_one_page_only(country, client):
    ours = "1.001193"
    assert client.get(reverse("procedures:national", args=[ours])).url == reverse("procedures:detail", args=[ours])
    assert not national.for_citizens().filter(code=ours).exists()


def test_an_unknown_code_is_no_page(country, client):
    for name in ("national", "detail"):
        assert client.get(reverse(f"procedures:{name}", args=["9.999999"])).status_code == 404


def test_a_citizen_is_not_sent_to_another_province_or_to_work_between_offices(country):
    bodies = set(national.for_citizens().values_list("issuing_body", flat=True))
    assert "UBND Thành phố Hà Nội" in bodies
    assert not [body for body in bodies if body.startswith("UBND") and "Hà Nội" not in body]
    assert not national.for_citizens().filter(kind="STANDARD_INTERNAL").exists()


def test_nothing_typed_shows_no_national_entries(country, client):
    assert "Chưa tiếp nhận trực tuyến" not in client.get(reverse("procedures:list")).content.decode()


@pytest.mark.parametrize(
    ("typed", "code"),
    [(BARN, BARN), ("Hỗ trợ xử lý chất thải trong chăn nuôi", BARN), ("xu li chat tai chan nuoi", BARN)],
)
def test_accents_codes_and_slips_find_it(country, typed, code):
    assert code in [entry.code for entry in national.find(typed, national.for_citizens())[:10]]


def test_a_search_among_5670_is_quick(country):
    for typed in ("chat thai chan nuoi", "xu li chat tai chan nuoi", "asdfgh qwerty", "cap giay phep"):
        start = time.perf_counter()
        list(national.find(typed, national.for_citizens())[:10])
        assert time.perf_counter() - start < 1.5


def test_the_api_says_what_is_taken_and_what_is_not(country, client):
    answer = client.get("/api/v1/national-procedures/", {"q": BARN}).json()
    assert [(one["code"], one["accepted_online"]) for one in answer["results"]] == [(BARN, False)]
    assert answer["results"][0]["executing_bodies"] == ["Ủy ban nhân dân cấp xã"]
    assert client.get("/api/v1/national-procedures/", {"q": "1.001193"}).json()["results"][0]["accepted_online"]


# --- compared with ours -------------------------------------------------------------------------------------------
def kinds(code="1.001193"):
    procedure = Procedure.objects.select_related("published", "field_of_law").get(code=code)
    return [d.kind for d in national.differences(procedure, NationalEntry.objects.filter(code=code).first())]


def test_ours_as_the_country_says_it_is_no_difference_whatever_thu_tuc_before_it(country):
    assert kinds() == []
    NationalEntry.objects.filter(code="1.001193").update(name="Thủ tục  đăng ký khai sinh")
    assert kinds() == []


def test_a_name_that_moved_after_our_version_is_told(country, tmp_path):
    with gzip.open(national.FILE, "rt", encoding="utf-8") as file:
        text = file.read()
    new = tmp_path / "new.csv"
    new.write_text(text.replace("1.001193,Thủ tục đăng ký khai sinh,", "1.001193,Khai sinh cho trẻ,"))
    assert "Khai sinh cho trẻ" in new.read_text()
    national.load(new, actor=SYSTEM)
    assert kinds() == ["name", "moved"]
    assert national.compared()[0][0].code == "1.001193"


def test_a_procedure_that_the_country_dropped_is_told(country):
    NationalEntry.objects.filter(code="1.001193").update(gone_at="2026-10-01T00:00:00+07:00")
    assert kinds() == ["gone"]


def test_a_procedure_the_country_never_had_is_none_of_its_business(country):
    NationalEntry.objects.filter(code="1.001193").delete()
    assert kinds() == []
    assert world.spec().code == "1.001193"
