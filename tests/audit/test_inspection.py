"""The inspector's screen: who may open it, what it finds, how fast, what leaves it."""

import csv
import io
import time
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.urls import reverse

from audit import searching
from audit.checking import run_next
from audit.exporting import safe
from audit.models import AuditEntry, Verification
from audit.people import sealed_for
from audit.searching import Asked
from audit.services import Actor, record
from audit.tasks import seal_days
from tests.audit.support import remove, write, write_on
from tests.world import clerk, person, posted, submitted

pytestmark = pytest.mark.django_db
URL = "/can-bo/thanh-tra/"


@pytest.fixture
def fresh_factor(monkeypatch):
    """As right after the second factor: its own tests prove that it is asked for."""
    monkeypatch.setattr("accounts.second_factor.is_fresh", lambda request: True)
    monkeypatch.setattr("accounts.second_factor.is_passed", lambda request: True)


@pytest.fixture
def inspector(client, fresh_factor):
    user = posted("INSPECTOR", name="Trần Thanh Tra")
    client.force_login(user)
    return user


class TestDoor:
    @pytest.mark.parametrize("path", ["", "kiem-tra/"])
    def test_only_inspectors_enter(self, client, fresh_factor, path, catalogue):
        assert client.get(URL + path).status_code == 302
        for user in (person(), clerk(), posted("MONITOR"), posted("ADMIN")):
            client.force_login(user)
            assert client.get(URL + path).status_code == 404, user
        for path in ("xuat/", "kiem-tra/yeu-cau/"):
            assert client.post(URL + path).status_code == 404
        client.force_login(posted("INSPECTOR"))
        assert client.get(URL + path.replace("yeu-cau/", "").replace("xuat/", "")).status_code == 200

    def test_the_staff_menu_leads_there(self, client, inspector):
        assert f'href="{URL}"' in client.get(reverse("desk:queue")).content.decode()

    def test_an_export_asks_for_the_second_factor(self, client, catalogue, monkeypatch):
        client.force_login(posted("INSPECTOR"))
        monkeypatch.setattr("accounts.second_factor.is_fresh", lambda request: False)
        answer = client.post(f"{URL}xuat/", {"reason": "Kiểm tra định kỳ"})
        assert answer.status_code == 302 and not AuditEntry.objects.filter(act="export_record").exists()


class TestSearch:
    def test_what_is_typed_never_stands_in_the_address(self, client, inspector):
        found = person("Lê Thị Tìm", personal_number="001099000123")
        answer = client.post(URL, {"person": "001099000123"})
        assert answer.url == f"{URL}?nguoi={found.pk}"

    def test_a_dossier_by_its_code_and_who_looked_at_it(self, client, inspector, catalogue):
        dossier = submitted()
        officer = clerk(dossier.branch)
        client.force_login(officer)
        client.get(reverse("desk:dossier", args=[dossier.code]))
        client.force_login(inspector)
        answer = client.post(URL, {"code": dossier.code.lower()}, follow=True)
        text = answer.content.decode()
        assert "Xem hồ sơ" in text and "căn cứ: làm việc tại chi nhánh nhận hồ sơ" in text
        assert officer.full_name in text and "Nộp trực tuyến" in text and dossier.code in text
        assert [e.act for e in AuditEntry.objects.filter(actor_id=inspector.pk)] == ["look_record"]

    def test_an_officer_by_name_and_the_period(self, client, inspector, catalogue):
        one, two = posted("ADMIN", name="Đỗ Văn Tên"), posted("MONITOR", name="Đỗ Văn Tên Hai")
        text = client.post(URL, {"person": "đỗ văn"}).content.decode()
        assert f"?nguoi={one.pk}" in text and f"?nguoi={two.pk}" in text
        old = datetime(2026, 3, 2, 3, tzinfo=UTC)
        write(actor=Actor(user_id=one.pk, label=str(one)), at=old, act="receive")
        write(actor=Actor(user_id=one.pk, label=str(one)), act="refuse")
        lines = client.get(URL, {"nguoi": one.pk, "tu": "2026-03-02", "den": "2026-03-02"}).context["lines"]
        assert [line.label for line in lines] == ["Tiếp nhận"]
        assert [line.label for line in client.get(URL, {"viec": "refuse"}).context["lines"]] == ["Từ chối tiếp nhận"]

    @pytest.mark.parametrize(
        ("typed", "field"),
        [
            ({"code": "khong-co"}, "code"), ({"person": "không ai tên này"}, "person"), ({"act": "x"}, "act"),
            ({"since": "31-02"}, "since"), ({"since": "2026-03-02", "until": "2026-03-01"}, "until"),
            ({"person": "a\0b"}, "person"),
        ],
    )  # fmt: skip
    def test_bad_input_is_answered_beside_its_field(self, client, inspector, typed, field):
        answer = client.post(URL, typed)
        assert answer.status_code == 422 and list(answer.context["form"].errors) == [field]

    @pytest.mark.parametrize(
        "query", ["sau=x", "sau=9999999999999.1", "sau=1.1", "nguoi=-1", "nguoi=9999999999999999999", "tu=2026-02-31",
                  "viec=%00", "ho-so=abc", "sau=999999999999999999.1"],
    )  # fmt: skip
    def test_a_wrong_address_is_no_error(self, client, inspector, query):
        assert client.get(f"{URL}?{query}").status_code == 200

    def test_pages_follow_each_other_without_loss(self):
        moment = datetime(2026, 3, 2, 3, tzinfo=UTC)
        for number in range(11):
            write(at=moment + timedelta(seconds=number // 4))
        seen, after = [], ""
        for _page in range(10):
            found = searching.page(Asked(), after, size=3)
            seen += [e.pk for e in found.entries]
            if not found.older:
                break
            after = found.older
        assert seen == sorted(seen, reverse=True) and len(seen) == 11


class TestAMillionRows:
    @pytest.fixture
    def many(self, db):
        """Rows enough that a scan would show, written past the triggers."""
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE audit_auditentry DISABLE TRIGGER USER")
            cursor.execute(
                "INSERT INTO audit_auditentry (chain, seq, at, recorded_at, act, actor_id, actor_label, posting_label,"
                " subject_type, subject_id, ip, request_id, note, prev_hash, hash)"
                " SELECT 'dossier:' || n / 5, n %% 5 + 1, now() - n * interval '10 s', now(),"
                " (ARRAY['look', 'receive', 'assign'])[n %% 3 + 1], n %% 300, '', '', 'dossier', n / 5, '', '', '', '', ''"  # noqa: E501
                " FROM generate_series(1, 200000) AS n",
                [],
            )
            cursor.execute("ALTER TABLE audit_auditentry ENABLE TRIGGER USER")
            cursor.execute("ANALYZE audit_auditentry")

    @pytest.mark.parametrize(
        "asked",
        [Asked(), Asked(dossier=20000), Asked(person=7), Asked(act="assign"), Asked(until=date(2026, 11, 10))],
        ids=["all", "dossier", "person", "act", "period"],
    )
    def test_every_filter_is_answered_by_an_index(self, many, asked):
        plan = asked.rows()[:51].explain()
        assert "Seq Scan" not in plan and "Index" in plan
        started = time.perf_counter()
        first = searching.page(asked)
        searching.page(asked, first.older)
        assert first.entries and time.perf_counter() - started < 0.5


class TestExport:
    def export(self, client, **data):
        answer = client.post(f"{URL}xuat/", {"reason": "Thanh tra định kỳ quý bốn"} | data)
        return list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))

    def test_it_is_recorded_with_its_reason_and_marked(self, client, inspector):
        write(note=sealed_for("user:9", '=HYPERLINK("x")'), act="receive")
        rows = self.export(client, viec="receive")
        assert inspector.full_name in rows[0][0] and "Thanh tra định kỳ quý bốn" in rows[0][0]
        assert rows[-1] == rows[0] and len(rows) == 4
        assert rows[2][1] == "Tiếp nhận" and rows[2][9] == '\'=HYPERLINK("x")'
        entry = AuditEntry.objects.get(act="export_record")
        assert (entry.actor_id, entry.note) == (inspector.pk, "Thanh tra định kỳ quý bốn")
        assert entry.after["asked"] == {"act": "receive"} and "Thanh tra" in entry.posting_label

    def test_without_a_reason_nothing_leaves(self, client, inspector):
        answer = client.post(f"{URL}xuat/", {"reason": "  ok "}, follow=True)
        assert "lý do" in answer.content.decode() and not AuditEntry.objects.filter(act="export_record").exists()

    @pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
    def test_no_cell_is_a_formula(self, text):
        assert safe(text) == f"'{text}"
        assert safe("bình thường") == "bình thường"


class TestChecking:
    def test_a_check_is_asked_for_run_once_and_shown(self, client, inspector):
        first = write()
        client.post(f"{URL}kiem-tra/yeu-cau/"), client.post(f"{URL}kiem-tra/yeu-cau/")
        assert Verification.objects.count() == 1
        assert "Đang chờ" in client.get(f"{URL}kiem-tra/").content.decode()
        assert run_next().problem == "" and run_next() is None
        assert "Nguyên vẹn" in client.get(f"{URL}kiem-tra/").content.decode()
        write()
        remove(first)
        client.post(f"{URL}kiem-tra/yeu-cau/")
        run_next()
        text = client.get(f"{URL}kiem-tra/").content.decode()
        assert "Có chỗ sai" in text and "dossier:1 #1: entry is missing" in text

    def test_the_night_seals_and_has_the_record_checked(self, client, inspector):
        write_on(datetime(2026, 3, 2, 3, tzinfo=UTC), "dossier:1", 1)
        seal_days()
        row = run_next()
        assert (row.problem, row.days, row.asked_by) == ("", 1, "Hệ thống")
        text = client.get(f"{URL}kiem-tra/").content.decode()
        assert "02/03/2026" in text and "Ed25519" in text


def test_an_entry_costs_no_more_than_a_millisecond(db):
    def once() -> float:
        started = time.perf_counter()
        for number in range(100):
            record(chain=f"dossier:{number}", act="look", actor=Actor(user_id=1), after={"at": "page"})
        return (time.perf_counter() - started) / 100

    assert min(once() for _ in range(5)) < 0.001
