"""The studio's pages of a procedure's life, as admins press them."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from branches.models import Role
from dossiers.models import Dossier, VersionMove
from dossiers.services.reception import hand_over_by_system
from procedures import releasing
from procedures.models import Procedure, ProcedureVersion, ReleaseRequest, Step
from tests.counting import cost
from tests.dossiers.citizen_steps import logged_in, read
from tests.world import act, branch_number, posted, staff, submitted, unit_of_kind
from worktime import now

CODE = "1.001193"
ASKED = {"reason": "Bớt giấy tờ", "legal_ground": "Nghị định 120/2025/NĐ-CP", "accepted_warnings": "Đã xem"}
pytestmark = pytest.mark.django_db


@pytest.fixture
def procedure(catalogue) -> Procedure:
    posted(Role.CLERK, branch=branch_number(1))
    posted(Role.OFFICER, unit=unit_of_kind("WARD"))
    posted(Role.LEADER, unit=unit_of_kind("WARD"))
    return Procedure.objects.select_related("published").get(code=CODE)


@pytest.fixture
def author():
    return admin("Lê Thị Soạn")


@pytest.fixture
def second():
    return admin("Trần Văn Duyệt")


def admin(name: str, role: str = Role.ADMIN):
    return staff(role, name=name)


def draft_of(procedure, by=None) -> ProcedureVersion:
    draft = releasing.copy_to_draft(procedure.published, by=by)
    ProcedureVersion.objects.filter(pk=draft.pk).update(short_name="Khai sinh kiểu mới")
    draft.refresh_from_db()
    return draft


def url(name: str, *args) -> str:
    return reverse(f"studio:{name}", args=args)


def timeline(user, procedure) -> str:
    return read(logged_in(user).get(url("timeline", procedure.pk)))


class TestFromDraftToPublished:
    def test_one_asks_and_another_approves_on_the_pages(self, procedure, author, second):
        draft = draft_of(procedure, by=author)
        page = read(logged_in(author).get(url("request", draft.pk)))
        assert "Khai sinh kiểu mới" in page and "Khác gì phiên bản" in page
        assert logged_in(author).post(url("request", draft.pk), ASKED).url == url("timeline", procedure.pk)
        asked = ReleaseRequest.objects.get(version=draft)
        assert "Chờ duyệt" in timeline(author, procedure)
        assert "Xem và duyệt" in read(logged_in(second).get(url("home")))
        mine = read(logged_in(author).get(url("decide", asked.pk)))
        assert "Rút đề nghị" in mine and 'name="approve"' not in mine
        theirs = read(logged_in(second).get(url("decide", asked.pk)))
        assert 'name="approve"' in theirs and ASKED["legal_ground"] in theirs
        logged_in(second).post(url("decide", asked.pk), {"approve": "1"})
        procedure.refresh_from_db()
        assert procedure.published_id == draft.pk
        html = timeline(author, procedure)
        assert "Đang áp dụng" in html and "Không còn áp dụng" in html and ASKED["reason"] in html

    def test_errors_are_listed_with_links_and_there_is_no_form(self, procedure, author):
        draft = draft_of(procedure, by=author)
        draft.moves.all().delete()
        page = read(logged_in(author).get(url("request", draft.pk)))
        editor = reverse("admin:procedures_procedureversion_change", args=[draft.pk])
        assert f"{editor}#quy-trinh" in page and "Gửi đề nghị" not in page
        logged_in(author).post(url("request", draft.pk), ASKED)
        assert not ReleaseRequest.objects.exists()

    def test_a_draft_that_cannot_even_be_read_says_so(self, procedure, author):
        draft = draft_of(procedure, by=author)
        draft.form_fields.filter(key="relation").update(options=[["một"]])
        assert "chưa đúng dạng" in read(logged_in(author).get(url("request", draft.pk)))

    def test_warnings_ask_for_their_sentence(self, procedure, author):
        draft = draft_of(procedure, by=author)
        ProcedureVersion.objects.filter(pk=draft.pk).update(legal_basis="")
        page = read(logged_in(author).post(url("request", draft.pk), ASKED | {"accepted_warnings": ""}))
        assert not ReleaseRequest.objects.exists() and "error" in page

    def test_a_day_to_come_is_the_start_of_that_day_and_may_be_cancelled(self, procedure, author, second):
        draft, day = draft_of(procedure, by=author), timezone.localdate(now()) + timedelta(days=5)
        logged_in(author).post(url("request", draft.pk), ASKED | {"starts_on": day.isoformat()})
        asked = ReleaseRequest.objects.get(version=draft)
        local = timezone.localtime(asked.starts_at)
        assert (local.date(), local.hour, local.minute) == (day, 0, 0)
        logged_in(second).post(url("decide", asked.pk), {"approve": "1"})
        assert "Chờ đến ngày áp dụng" in timeline(author, procedure)
        assert "Sắp áp dụng" in read(logged_in(author).get(url("home")))
        logged_in(author).post(url("cancel", draft.releases.get().pk), {"reason": "Hoãn"})
        assert "Đã hủy lịch áp dụng" in timeline(author, procedure)

    @pytest.mark.parametrize("days", [-1, 0])
    def test_today_and_the_past_are_no_days_to_come(self, procedure, author, days):
        day = timezone.localdate(now()) + timedelta(days=days)
        draft = draft_of(procedure, by=author)
        page = read(logged_in(author).post(url("request", draft.pk), ASKED | {"starts_on": day.isoformat()}))
        assert "từ ngày mai trở đi" in page and not ReleaseRequest.objects.exists()

    def test_changed_after_asking_it_cannot_be_approved(self, procedure, author, second):
        draft = draft_of(procedure, by=author)
        asked = releasing.request(draft, by=author, **ASKED)
        Step.objects.filter(version=draft, key="sign").update(name="Ký duyệt")
        page = read(logged_in(second).get(url("decide", asked.pk)))
        assert "đã được sửa sau khi đề nghị" in page and 'name="approve"' not in page
        html = read(logged_in(second).post(url("decide", asked.pk), {"approve": "1"}))
        assert "đề nghị lại" in html and not draft.releases.exists()

    def test_it_is_sent_back_with_an_opinion(self, procedure, author, second):
        asked = releasing.request(draft_of(procedure, by=author), by=author, **ASKED)
        html = read(logged_in(second).post(url("decide", asked.pk), {"refuse": "1", "opinion": ""}))
        assert "vì sao không duyệt" in html
        logged_in(second).post(url("decide", asked.pk), {"refuse": "1", "opinion": "Chưa rõ căn cứ"})
        assert "Chưa rõ căn cứ" in timeline(author, procedure)

    def test_an_old_version_is_asked_back_from_the_timeline(self, procedure, author, second):
        old, draft = procedure.published, draft_of(procedure, by=author)
        releasing.approve(releasing.request(draft, by=author, **ASKED), by=second)
        assert "Quay lại phiên bản này" in timeline(author, procedure)
        page = read(logged_in(author).get(url("request", old.pk)))
        assert "đã từng áp dụng" in page and "Quay lại phiên bản 1" in page


class TestStopping:
    def test_suspended_and_taken_up_from_the_timeline(self, procedure, author):
        words = {"public_text": "Tạm dừng đến thứ Hai.", "reason": "Sai mức phí"}
        assert "vẫn tiếp tục như đã hẹn" in read(logged_in(author).get(url("suspend", procedure.pk)))
        logged_in(author).post(url("suspend", procedure.pk), words)
        assert "Tạm dừng đến thứ Hai." in timeline(author, procedure)
        assert "Đang tạm dừng tiếp nhận" in read(logged_in(author).get(url("home")))
        logged_in(author).post(url("suspend", procedure.pk), {"resume": "1"})
        assert "Những lần đã tạm dừng" in timeline(author, procedure)
        assert releasing.suspension_of(procedure.pk) is None

    def test_retired(self, procedure, author):
        logged_in(author).post(url("retire", procedure.pk), {"reason": "Bãi bỏ theo Nghị định"})
        procedure.refresh_from_db()
        assert procedure.published_id is None
        assert "Chưa có phiên bản nào đang áp dụng" in timeline(author, procedure)

    def test_retired_on_a_day_to_come(self, procedure, author):
        day = timezone.localdate(now()) + timedelta(days=3)
        logged_in(author).post(url("retire", procedure.pk), {"reason": "Bãi bỏ", "ends_on": day.isoformat()})
        assert timezone.localdate(procedure.published.releases.get().ends_at) == day


class TestMoving:
    @pytest.fixture
    def running(self, procedure) -> Dossier:
        dossier = submitted(CODE)
        act(dossier, "receive", posted(Role.CLERK, branch=dossier.branch))
        hand_over_by_system(dossier.pk)
        return Dossier.objects.get(pk=dossier.pk)

    def test_looked_at_and_moved(self, procedure, author, second, running):
        draft = draft_of(procedure, by=author)
        Step.objects.filter(version=draft, key="sign").update(name="Ký duyệt")
        releasing.approve(releasing.request(draft, by=author, **ASKED), by=second)
        found = logged_in(author).get(url("move_find"), {"ma": running.code.lower()})
        assert found.url == url("move", running.code)
        page = read(logged_in(author).get(found.url))
        assert "giữ nguyên" in page and "Không thiếu giấy tờ nào" in page
        assert running.applicant_name not in page  # who looks after procedures needs no names for it
        data = {"version": draft.number, "step": "appraise", "reason": "Quy định mới có lợi hơn"}
        assert logged_in(author).post(found.url, data | {"reason": " "}).status_code == 200
        assert not VersionMove.objects.exists()
        assert logged_in(author).post(found.url, data).url == url("timeline", procedure.pk)
        running.refresh_from_db()
        assert running.version_id == draft.pk

    def test_without_another_version_there_is_nowhere_to_go(self, author, running):
        assert "Không có phiên bản nào khác" in read(logged_in(author).get(url("move", running.code)))

    def test_a_code_that_is_none_leads_back(self, author, procedure):
        for code in ("x", "", "\0", "A" * 300):
            answer = logged_in(author).get(url("move_find"), {"ma": code, "ve": procedure.pk})
            assert answer.url == url("timeline", procedure.pk)


class TestWhoMay:
    PAGES = (("home",), ("timeline", "p"), ("compare", "p"))
    ACTS = (("suspend", "p"), ("retire", "p"), ("request", "v"))

    def address(self, page, procedure) -> str:
        name, *what = page
        return url(name, *[procedure.pk if w == "p" else procedure.published_id for w in what])

    @pytest.mark.parametrize("page", PAGES + ACTS)
    def test_citizens_and_clerks_never(self, page, procedure):
        clerk = posted(Role.CLERK, branch=branch_number(1))
        assert logged_in(clerk).get(self.address(page, procedure)).status_code in (302, 403)

    @pytest.mark.parametrize("page", PAGES)
    def test_an_inspector_looks(self, page, procedure):
        inspector = admin("Thanh tra", Role.INSPECTOR)
        assert logged_in(inspector).get(self.address(page, procedure)).status_code == 200

    @pytest.mark.parametrize("page", ACTS)
    def test_an_inspector_does_nothing(self, page, procedure):
        inspector = admin("Thanh tra", Role.INSPECTOR)
        assert logged_in(inspector).get(self.address(page, procedure)).status_code == 403
        assert logged_in(inspector).post(self.address(page, procedure), ASKED).status_code == 403

    def test_an_inspector_decides_nothing(self, procedure, author):
        asked = releasing.request(draft_of(procedure, by=author), by=author, **ASKED)
        inspector = admin("Thanh tra", Role.INSPECTOR)
        assert 'name="approve"' not in read(logged_in(inspector).get(url("decide", asked.pk)))
        logged_in(inspector).post(url("decide", asked.pk), {"approve": "1"})
        asked.refresh_from_db()
        assert asked.state == "open"

    def test_the_menus_lead_there_for_admins_only(self, procedure, author):
        assert url("home") in read(logged_in(author).get("/thu-tuc/"))
        assert url("home") in read(logged_in(author).get("/admin/"))
        clerk = posted(Role.CLERK, branch=branch_number(1))
        assert url("home") not in read(logged_in(clerk).get("/thu-tuc/"))
        listed = read(logged_in(author).get(reverse("admin:procedures_procedure_changelist")))
        assert url("timeline", procedure.pk) in listed


class TestTheTimeline:
    def test_it_counts_dossiers_by_version_and_kind(self, procedure, author, second):
        from studio.timeline import counts_of

        first = procedure.published_id
        submitted(CODE)
        withdrawn = submitted(CODE)
        act(withdrawn, "withdraw", withdrawn.owner, reason="Nhầm")
        draft = draft_of(procedure, by=author)
        Dossier.objects.create(procedure=procedure, version=draft, is_scratch=True, created_by=author, owner=author)
        counts = counts_of(procedure)
        assert (counts[first].open, counts[first].finished, counts[first].trials) == (1, 1, 0)
        assert (counts[draft.pk].open, counts[draft.pk].drafts, counts[draft.pk].trials) == (0, 0, 1)
        assert "Đang làm thử" in timeline(author, procedure)

    def test_its_cost_does_not_follow_the_number_of_versions(self, procedure, author):
        client = logged_in(author)
        few = cost(client, url("timeline", procedure.pk))
        for _n in range(5):
            submitted(CODE)
            draft_of(procedure, by=author)
        assert len(cost(client, url("timeline", procedure.pk))) <= len(few)

    def test_two_versions_are_compared_by_their_numbers(self, procedure, author):
        draft = draft_of(procedure, by=author)
        address = url("compare", procedure.pk)
        assert "Khai sinh kiểu mới" in read(logged_in(author).get(address))
        same = logged_in(author).get(address, {"cu": draft.number, "moi": draft.number})
        assert "hai phiên bản khác nhau" in read(same)
        assert logged_in(author).get(address, {"cu": "x\0", "moi": "999999999999999999999"}).status_code == 200
