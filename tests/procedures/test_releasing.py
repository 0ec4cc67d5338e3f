"""The life of versions: four eyes, a day to come, back again, the end, a stop at once; and rows that stand still."""

from datetime import timedelta
from time import perf_counter

import pgtrigger
import pytest
from django.contrib.admin import site
from django.db import Error, connection, transaction
from django.db.models import Count
from django.test.utils import CaptureQueriesContext

from audit.services import entries
from branches.models import Role
from notifications.models import Message
from procedures import deciding, releasing, timetable, versions
from procedures.models import (
    FormField,
    Procedure,
    ProcedureVersion,
    Release,
    ReleaseRequest,
)
from procedures.releasing import NotReleasable
from procedures.search import find
from tests.world import branch_number, person, posted, unit_of_kind
from worktime import at as frozen_at
from worktime import clocks, now
from worktime.models import Clock

CODE = "1.001193"
WHY = {"reason": "Bớt giấy tờ", "legal_ground": "Nghị định 120/2025/NĐ-CP", "accepted_warnings": "Đã xem"}

pytestmark = pytest.mark.django_db


@pytest.fixture
def procedure(catalogue) -> Procedure:
    return Procedure.objects.select_related("published").get(code=CODE)


@pytest.fixture(autouse=True)
def staffed(catalogue):
    """Somebody for every step: a version whose steps nobody could do is not published."""
    ward = unit_of_kind("WARD")
    posted(Role.CLERK, branch=branch_number(1))
    posted(Role.OFFICER, unit=ward)
    posted(Role.LEADER, unit=ward)


@pytest.fixture
def author():
    return posted(Role.ADMIN, name="Lê Thị Soạn")


@pytest.fixture
def second():
    return posted(Role.ADMIN, name="Trần Văn Duyệt")


def draft_of(procedure: Procedure, by=None, **changes) -> ProcedureVersion:
    """A draft like the version in force, with another name so that it differs."""
    draft = releasing.copy_to_draft(procedure.published, by=by)
    ProcedureVersion.objects.filter(pk=draft.pk).update(**{"short_name": "Khai sinh kiểu mới", **changes})
    draft.refresh_from_db()
    return draft


def released(procedure, author, second, **more) -> ProcedureVersion:
    draft = draft_of(procedure, by=author)
    asked = releasing.request(draft, by=author, **{**WHY, **more})
    releasing.approve(asked, by=second)
    procedure.refresh_from_db()
    return draft


def acts(procedure) -> list[str]:
    return [entry.act for entry in entries(f"procedure:{procedure.pk}")]


class TestFourEyes:
    def test_a_second_admin_publishes_what_the_first_asked_for(self, procedure, author, second):
        draft = released(procedure, author, second)
        assert procedure.published_id == draft.pk
        assert procedure.short_name == "Khai sinh kiểu mới"
        release = draft.releases.get()
        assert (release.requested_by, release.released_by) == (author, second)
        assert release.legal_ground == WHY["legal_ground"]
        assert "Khai sinh kiểu mới" in release.changes
        assert acts(procedure) == ["ask_release", "release_version"]

    def test_whoever_asked_cannot_approve(self, procedure, author, second):
        asked = releasing.request(draft_of(procedure, by=second), by=author, **WHY)
        with pytest.raises(NotReleasable, match="không được tự duyệt"):
            releasing.approve(asked, by=author)

    def test_whoever_edited_cannot_approve(self, procedure, author, second):
        asked = releasing.request(draft_of(procedure, by=second), by=author, **WHY)
        with pytest.raises(NotReleasable, match="đã sửa bản nháp"):
            releasing.approve(asked, by=second)

    @pytest.mark.parametrize("role", [Role.MONITOR, Role.INSPECTOR])
    def test_nobody_but_an_admin_asks_or_approves(self, procedure, author, role):
        other, draft = posted(role), draft_of(procedure, by=author)
        with pytest.raises(NotReleasable, match="Chỉ quản trị"):
            releasing.request(draft, by=other, **WHY)
        asked = releasing.request(draft, by=author, **WHY)
        for act in (releasing.approve, releasing.refuse):
            with pytest.raises(NotReleasable, match="Chỉ quản trị"):
                act(asked, by=other, opinion="Không")

    def test_a_draft_changed_since_must_be_asked_for_again(self, procedure, author, second):
        draft = draft_of(procedure, by=author)
        asked = releasing.request(draft, by=author, **WHY)
        FormField.objects.filter(version=draft, required=False).update(hint="Câu mới")
        with pytest.raises(NotReleasable, match="đề nghị lại"):
            releasing.approve(asked, by=second)
        assert not draft.releases.exists()

    def test_an_error_stops_it_and_a_warning_needs_a_sentence(self, procedure, author):
        broken = draft_of(procedure, by=author, routing_field="khong_co")
        with pytest.raises(NotReleasable):
            releasing.request(broken, by=author, **WHY)
        warned = draft_of(procedure, by=author, legal_basis="")
        assert [p.level for p in releasing.findings(warned)] and not releasing.problems_of(warned)
        with pytest.raises(NotReleasable, match="cảnh báo"):
            releasing.request(warned, by=author, **{**WHY, "accepted_warnings": " "})
        assert releasing.request(warned, by=author, **WHY).state == "open"

    @pytest.mark.parametrize(("missing", "said"), [("reason", "lý do"), ("legal_ground", "căn cứ")])
    def test_a_reason_and_the_legal_ground_are_needed(self, procedure, author, missing, said):
        with pytest.raises(NotReleasable, match=said):
            releasing.request(draft_of(procedure), by=author, **{**WHY, missing: "  "})

    def test_it_is_asked_for_once_at_a_time(self, procedure, author, second):
        draft = draft_of(procedure, by=author)
        asked = releasing.request(draft, by=author, **WHY)
        with pytest.raises(NotReleasable, match="đang chờ duyệt"):
            releasing.request(draft, by=second, **WHY)
        releasing.withdraw(asked, by=author)
        assert releasing.request(draft, by=author, **WHY).pk != asked.pk

    def test_a_refusal_needs_its_reason_and_is_told(self, procedure, author, second):
        asked = releasing.request(draft_of(procedure, by=author), by=author, **WHY)
        with pytest.raises(NotReleasable):
            releasing.refuse(asked, by=second, opinion="")
        releasing.refuse(asked, by=second, opinion="Thiếu bước thẩm định")
        asked.refresh_from_db()
        assert asked.state == ReleaseRequest.State.REFUSED
        told = Message.objects.filter(template="release_refused", recipient=author).first()
        assert "Thiếu bước thẩm định" in told.body
        with pytest.raises(NotReleasable, match="đã được xử lý"):
            releasing.approve(asked, by=second)

    def test_the_others_are_told_and_not_whoever_acted(self, procedure, author, second):
        released(procedure, author, second)
        asked = Message.objects.filter(template="release_asked")
        assert {m.recipient_id for m in asked} >= {second.pk} and author.pk not in {m.recipient_id for m in asked}
        approved = {m.recipient_id for m in Message.objects.filter(template="release_approved")}
        assert author.pk in approved and second.pk not in approved


class TestADayToCome:
    def test_the_present_version_stays_until_the_moment(self, procedure, author, second):
        before, at = procedure.published_id, now() + timedelta(days=3)
        draft = released(procedure, author, second, starts_at=at)
        assert procedure.published_id == before
        assert procedure.short_name != "Khai sinh kiểu mới"
        with frozen_at(at - timedelta(minutes=1)):
            clocks.sweep()
            procedure.refresh_from_db()
            assert procedure.published_id == before
        with frozen_at(at + timedelta(seconds=1)):
            clocks.sweep()
            procedure.refresh_from_db()
            assert procedure.published_id == draft.pk
            assert procedure.short_name == "Khai sinh kiểu mới"
            assert "kieu moi" in procedure.search_name
        assert acts(procedure)[-1] == "turn_version"

    def test_two_schedules_follow_each_other(self, procedure, author, second):
        start = now()
        third = released(procedure, author, second, starts_at=start + timedelta(days=9))
        middle = released(procedure, author, second, starts_at=start + timedelta(days=4))
        for day, expected in ((0, procedure.published_id), (5, middle.pk), (10, third.pk)):
            assert timetable.in_force(procedure, start + timedelta(days=day)).version_id == expected
        for day, expected in ((5, middle.pk), (10, third.pk)):
            with frozen_at(start + timedelta(days=day)):
                clocks.sweep()
                procedure.refresh_from_db()
                assert procedure.published_id == expected

    def test_one_may_be_taken_back(self, procedure, author, second):
        before, start = procedure.published_id, now()
        last = released(procedure, author, second, starts_at=start + timedelta(days=9))
        draft = released(procedure, author, second, starts_at=start + timedelta(days=4))
        releasing.cancel(draft.releases.get(), by=second, reason="Nghị định hoãn")
        assert timetable.in_force(procedure, start + timedelta(days=5)).version_id == before
        assert timetable.in_force(procedure, start + timedelta(days=9)).version_id == last.pk
        with pytest.raises(NotReleasable, match="đã hủy"):
            releasing.cancel(draft.releases.get(), by=second, reason="Lần nữa")
        with frozen_at(start + timedelta(days=5)):
            clocks.sweep()
            procedure.refresh_from_db()
            assert procedure.published_id == before

    def test_what_is_in_force_cannot_be_taken_back(self, procedure, author, second):
        draft = released(procedure, author, second)
        with pytest.raises(NotReleasable):
            releasing.cancel(draft.releases.get(), by=author, reason="Nhầm")

    def test_a_past_moment_is_refused(self, procedure, author):
        with pytest.raises(NotReleasable, match="phía trước"):
            releasing.request(draft_of(procedure), by=author, starts_at=now() - timedelta(hours=1), **WHY)

    def test_the_change_is_a_row_and_survives_the_worker(self, procedure, author, second):
        at = now() + timedelta(days=3)
        released(procedure, author, second, starts_at=at)
        clock = Clock.objects.get(kind=timetable.TURN, subject_id=procedure.pk)
        assert clock.next_fire_at == at


class TestBackAndEnd:
    def test_an_old_version_comes_back_by_the_same_way(self, procedure, author, second):
        old = procedure.published
        released(procedure, author, second)
        asked = releasing.request(old, by=author, **WHY)
        releasing.approve(asked, by=second)
        procedure.refresh_from_db()
        assert procedure.published_id == old.pk
        assert old.releases.count() == 2
        with pytest.raises(NotReleasable, match="đang áp dụng"):
            releasing.request(old, by=author, **WHY)

    def test_a_retired_procedure_is_found_no_more_and_its_page_says_so(self, procedure, author, second, client):
        released(procedure, author, second, starts_at=now() + timedelta(days=3))
        releasing.retire(procedure, by=author, reason="Bãi bỏ")
        procedure.refresh_from_db()
        assert procedure.published_id is None
        assert timetable.in_force(procedure, now() + timedelta(days=5)) is None
        assert CODE not in [p.code for p in find("khai sinh")]
        assert "Không còn tiếp nhận" in client.get(f"/thu-tuc/{CODE}/").content.decode()
        with pytest.raises(NotReleasable):
            releasing.retire(procedure, by=author, reason="Lần nữa")

    def test_it_may_end_on_a_day_to_come_and_be_taken_up_again(self, procedure, author, second):
        at = now() + timedelta(days=2)
        releasing.retire(procedure, by=author, reason="Bãi bỏ", at=at)
        procedure.refresh_from_db()
        assert procedure.published_id
        old = procedure.published
        with frozen_at(at):
            clocks.sweep()
            procedure.refresh_from_db()
            assert procedure.published_id is None
            releasing.approve(releasing.request(old, by=author, **WHY), by=second)
            procedure.refresh_from_db()
            assert procedure.published_id == old.pk


class TestStoppedAtOnce:
    STOP = {"reason": "Lỗi mức phí", "public_text": "Tạm dừng đến hết tuần."}

    def test_one_admin_stops_and_takes_up(self, procedure, author, second, client):
        releasing.suspend(procedure, by=author, **self.STOP)
        page = client.get(f"/thu-tuc/{CODE}/").content.decode()
        assert "Tạm dừng đến hết tuần." in page
        assert "Tạm dừng" in client.get("/thu-tuc/?q=khai+sinh").content.decode()
        with pytest.raises(NotReleasable, match="đang tạm dừng"):
            releasing.suspend(procedure, by=second, **self.STOP)
        releasing.resume(procedure, by=second)
        assert "Tạm dừng đến hết tuần." not in client.get(f"/thu-tuc/{CODE}/").content.decode()
        assert acts(procedure) == ["suspend", "resume"]
        with pytest.raises(NotReleasable, match="không tạm dừng"):
            releasing.resume(procedure, by=author)

    def test_nobody_else_stops_it(self, procedure):
        with pytest.raises(NotReleasable, match="Chỉ quản trị"):
            releasing.suspend(procedure, by=person(), **self.STOP)

    def test_it_says_why_in_both_texts(self, procedure, author):
        for missing in self.STOP:
            with pytest.raises(NotReleasable):
                releasing.suspend(procedure, by=author, **{**self.STOP, missing: " "})


FROZEN = {
    "procedures_procedureversion": "short_name = 'khác'",
    "procedures_formsection": "title = 'khác'",
    "procedures_formfield": "label = 'khác'",
    "procedures_documentrequirement": "name = 'khác'",
    "procedures_feerule": "amount = amount + 1",
    "procedures_feeexemption": "percent = 1",
    "procedures_step": "name = 'khác'",
    "procedures_stepitem": "name = 'khác'",
    "procedures_move": "label = 'khác'",
}


class TestTwoAtOnce:
    def test_words_saved_in_admin_leave_a_version_published_meanwhile_in_force(self, procedure, author, second):
        admin = site.get_model_admin(Procedure)
        opened = Procedure.objects.get(pk=procedure.pk)
        draft = released(procedure, author, second)
        opened.keywords = "khai sinh quá hạn"
        admin.save_model(None, opened, None, True)
        procedure.refresh_from_db()
        assert procedure.published_id == draft.pk
        assert "khai sinh qua han" in procedure.search

    def test_an_older_digest_does_not_keep_a_version_from_coming_back(self, procedure, author, second):
        """A program that counts a digest otherwise meets versions released before it."""
        old = procedure.published
        released(procedure, author, second)
        with pgtrigger.ignore("procedures.ProcedureVersion:version_frozen"):
            ProcedureVersion.objects.filter(pk=old.pk).update(digest="of-another-program")
        asked = releasing.request(old, by=author, **WHY)
        releasing.approve(asked, by=second)
        procedure.refresh_from_db()
        assert procedure.published_id == old.pk


class TestReleasedRowsStandStill:
    """Raw SQL included, for every table that makes a version."""

    @pytest.fixture
    def whole(self, procedure):
        """A released version that has a row in every table."""
        from procedures.models import FeeExemption, FeeRule, StepItem

        draft = releasing.copy_to_draft(procedure.published)
        step = draft.steps.order_by("position").first()
        if not draft.fees.exists():
            FeeRule.objects.create(version=draft, position=0, key="phi", label="Phí", amount=1000)
        fee = draft.fees.first()
        FeeExemption.objects.create(version=draft, fee=fee.key, position=9, key="x", name="Trẻ em")
        StepItem.objects.create(
            version=draft, step=step.key, position=9, key="x", kind="opinion", name="Hỏi", unit_kind="WARD", amount=1
        )
        versions.publish(draft)
        return draft

    def test_the_list_names_every_table_of_a_version(self):
        from django.apps import apps

        parts = {
            model._meta.db_table
            for model in apps.get_app_config("procedures").get_models()
            if any(f.name == "version" and f.remote_field for f in model._meta.concrete_fields)
        }
        assert set(FROZEN) == (parts - {"procedures_release", "procedures_releaserequest"}) | {
            "procedures_procedureversion"
        }

    @pytest.mark.parametrize("table", FROZEN)
    @pytest.mark.parametrize(
        "statement", ["UPDATE {table} SET {change} WHERE {mine}", "DELETE FROM {table} WHERE {mine}"]
    )
    def test_no_statement_changes_them(self, whole, table, statement):
        column = "id" if table == "procedures_procedureversion" else "version_id"
        sql = statement.format(table=table, change=FROZEN[table], mine=f"{column} = {whole.pk}")
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {table} WHERE {column} = {whole.pk}")
            assert cursor.fetchone()[0], f"no row of {table} to try it on"
            with pytest.raises(Error, match="released and cannot be changed"), transaction.atomic():
                cursor.execute(sql)

    @pytest.mark.parametrize("table", sorted(set(FROZEN) - {"procedures_procedureversion"}))
    def test_no_row_is_added_and_none_moves_in(self, whole, procedure, table):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {table} WHERE version_id = {whole.pk} LIMIT 1")
            names = [column.name for column in cursor.description]
            row = dict(zip(names, cursor.fetchone(), strict=True))
        others = ", ".join(f'"{name}"' for name in names if name not in ("id", "key"))
        key = ', "key"' if "key" in row else ""
        new = ", key || '_moi'" if "key" in row else ""
        sql = f"INSERT INTO {table} ({others}{key}) SELECT {others}{new} FROM {table} WHERE id = {row['id']}"
        with pytest.raises(Error, match="released and cannot be changed"), transaction.atomic():
            connection.cursor().execute(sql)

    def test_a_release_cannot_be_undone_by_hand(self, whole):
        release = Release.objects.get(version=whole)
        for sql in (
            f"DELETE FROM procedures_release WHERE id = {release.pk}",
            f"UPDATE procedures_release SET starts_at = now() + interval '1 day' WHERE id = {release.pk}",
        ):
            with pytest.raises(Error), transaction.atomic():
                connection.cursor().execute(sql)


class TestSpeed:
    def test_publishing_the_largest_version_takes_two_seconds_at_most(self, author, second):
        counted = Procedure.objects.annotate(size=Count("published__form_fields"))
        largest = counted.select_related("published").order_by("-size").first()
        draft = draft_of(largest, by=author)
        asked = ReleaseRequest(version=draft, digest=releasing.digest_of(draft), requested_by=author)
        began = perf_counter()
        assert releasing.is_as_asked(asked)
        releasing.findings(draft)
        assert releasing.changes_of(largest, draft)
        with transaction.atomic():
            versions.publish(draft, by=second)
            assert deciding.turn(deciding.lock(largest.pk)) is False  # publish has named it; its words follow below
            deciding.refresh_head(Procedure.objects.get(pk=largest.pk))
        assert perf_counter() - began <= 2

    def test_a_version_is_read_in_one_query(self, procedure):
        draft = releasing.copy_to_draft(procedure.published)
        with CaptureQueriesContext(connection) as queries:
            versions.read(draft.pk)
        assert len(queries) == 1
