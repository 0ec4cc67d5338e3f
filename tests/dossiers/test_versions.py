"""Drafts follow the version in force; a stopped procedure takes nothing; a running dossier moves on purpose."""

import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import Error, connection, transaction

from accounts.models import ApiToken
from audit.services import Actor, readable
from branches.models import Role
from dossiers.errors import NotAllowed, NotNow, Refusal
from dossiers.models import Dossier, FormerAnswers, VersionMove, WorkItem
from dossiers.services import drafts, moving, submission
from dossiers.services.reception import hand_over_by_system
from dossiers.spreading import BATCH
from notifications.models import Message
from procedures import deciding, releasing, versions
from procedures.models import DocumentRequirement, FeeRule, FormField, Move, Procedure, ProcedureVersion, Step, StepItem
from procedures.schema import example_answers
from tests.dossiers import citizen_steps
from tests.world import PDF, act, branch_number, person, posted, required_files, spec, submitted, unit_of_kind
from worktime import at as at_moment
from worktime import clocks, now
from worktime.models import Clock

CODE = "1.001193"
GONE, STAYS = "child_home_town", "child_name"  # questions of the form
pytestmark = pytest.mark.django_db


@pytest.fixture
def procedure(catalogue) -> Procedure:
    return Procedure.objects.get(code=CODE)


@pytest.fixture
def admin():
    return posted(Role.ADMIN, name="Lê Thị Soạn")


def nothing(draft: ProcedureVersion) -> None:
    pass


def asks_otherwise(draft: ProcedureVersion) -> None:
    """One question goes, one comes, a paper goes, a fee comes."""
    FormField.objects.filter(version=draft, key=GONE).delete()
    section = draft.sections.get(key="child")
    FormField.objects.create(
        version=draft, section=section, position=90, key="child_weight", kind="number", label="Cân nặng khi sinh (gam)",
        example=3200,
    )  # fmt: skip
    DocumentRequirement.objects.filter(version=draft, key="birth_certificate").delete()
    FeeRule.objects.create(version=draft, position=90, key="moi", label="Lệ phí mới", amount=7000)


def new_version(procedure: Procedure, change=asks_otherwise) -> ProcedureVersion:
    """Another version in force, as releasing leaves it."""
    procedure.refresh_from_db()
    draft = releasing.copy_to_draft(procedure.published)
    change(draft)
    with transaction.atomic():
        before = deciding.lock(procedure.pk)
        versions.publish(draft)
        deciding.turn(before)
    procedure.refresh_from_db()
    return draft


def half_filled(owner=None) -> Dossier:
    """A draft with every answer of the example and one paper."""
    owner = owner or person()
    of = spec(CODE)
    draft = drafts.start_draft(spec=of, by=owner, owner=owner, prefill=example_answers(of) | {GONE: "Xã Kim Liên"})
    for key in {d.key for d in of.asks(draft.answers) if d.required} | {"birth_certificate"}:
        file = SimpleUploadedFile("giay.pdf", PDF)
        drafts.attach(dossier_id=draft.pk, spec=of, requirement=key, upload=file, by=owner)
    sections = sorted(s.key for s in of.sections)
    Dossier.objects.filter(pk=draft.pk).update(done_sections=[*sections, "delivery"], branch=branch_number(1))
    return Dossier.objects.get(pk=draft.pk)


def page_of(draft: Dossier, part: str = "") -> str:
    return citizen_steps.read(citizen_steps.logged_in(draft.owner).get(f"/ho-so/nhap/{draft.pk}/{part}"))


class TestADraftMoves:
    def test_it_moves_when_it_is_opened_and_keeps_what_still_fits(self, procedure):
        draft = half_filled()
        old, new = draft.version_id, new_version(procedure)
        html = page_of(draft)
        draft.refresh_from_db()
        assert (draft.version_id, draft.moved_from_id) == (new.pk, old)
        assert draft.answers[STAYS] == example_answers(spec(CODE))[STAYS]
        assert GONE not in draft.answers
        assert draft.attachments.filter(requirement="birth_certificate").exists()
        assert "Thủ tục này vừa có quy định mới" in html
        assert "Cân nặng khi sinh" in html and "Lệ phí mới" in html
        assert "child" not in draft.done_sections and "applicant" in draft.done_sections

    def test_an_answer_that_the_new_question_does_not_take_is_left_out(self, procedure):
        draft = half_filled()
        new_version(procedure, lambda d: FormField.objects.filter(version=d, key=STAYS).update(kind="number"))
        page_of(draft)
        draft.refresh_from_db()
        assert STAYS not in draft.answers and "applicant_name" in draft.answers

    def test_a_paper_no_longer_asked_for_stays_with_the_others(self, procedure):
        draft = half_filled()
        new_version(procedure)
        assert "giay.pdf" in page_of(draft, "giay-to/")

    def test_what_changed_is_said_until_it_is_read(self, procedure):
        draft = half_filled()
        new_version(procedure)
        page_of(draft)
        client = citizen_steps.logged_in(draft.owner)
        to = client.post(f"/ho-so/nhap/{draft.pk}/da-doc/", {"ve": f"/ho-so/nhap/{draft.pk}/giay-to/"})
        assert to.url.endswith("/giay-to/")
        assert "quy định mới" not in page_of(draft)
        elsewhere = client.post(f"/ho-so/nhap/{draft.pk}/da-doc/", {"ve": "https://example.com/"})
        assert elsewhere.url == f"/ho-so/nhap/{draft.pk}/"

    def test_read_nothing_of_two_changes_and_both_are_said(self, procedure):
        draft = half_filled()
        begun_on = draft.version_id
        new_version(procedure)
        page_of(draft)
        new_version(procedure, lambda d: DocumentRequirement.objects.create(
            version=d, position=99, key="anh", name="Ảnh của trẻ"))  # fmt: skip
        html = page_of(draft)
        draft.refresh_from_db()
        assert draft.moved_from_id == begun_on
        assert "Cân nặng khi sinh" in html and "Ảnh của trẻ" in html

    def test_back_on_the_version_it_was_begun_on_there_is_no_news(self, procedure):
        draft = half_filled()
        old = ProcedureVersion.objects.get(pk=draft.version_id)
        new_version(procedure)
        page_of(draft)
        with transaction.atomic():
            before = deciding.lock(procedure.pk)
            versions.publish(old)
            deciding.turn(before)
        assert "quy định mới" not in page_of(draft)
        draft.refresh_from_db()
        assert (draft.version_id, draft.moved_from_id) == (old.pk, None)

    def test_a_scheduled_version_moves_nobody_yet(self, procedure):
        draft = half_filled()
        versions.publish(releasing.copy_to_draft(procedure.published), starts_at=now() + timedelta(days=2))
        assert "quy định mới" not in page_of(draft)

    def test_the_clerks_draft_moves_too_and_says_so(self, procedure):
        clerk = posted(Role.CLERK, branch=branch_number(1))
        draft = drafts.start_draft(spec=spec(CODE), by=clerk, branch=branch_number(1))
        new = new_version(procedure)
        html = citizen_steps.read(citizen_steps.logged_in(clerk).get(f"/can-bo/tai-quay/{draft.pk}/"))
        draft.refresh_from_db()
        assert draft.version_id == new.pk and "quy định mới" in html


class TestASubmitSeesTheNewVersion:
    def test_the_review_page_is_shown_again_and_nothing_is_submitted(self, procedure):
        draft = half_filled()
        old = draft.version_id
        new_version(procedure, nothing_asked_anew)
        client = citizen_steps.logged_in(draft.owner)
        answer = client.post(f"/ho-so/nhap/{draft.pk}/xem-lai/", {"declare": "1", "version": old})
        html = citizen_steps.read(answer)
        draft.refresh_from_db()
        assert draft.is_draft and "chưa được nộp" in html and "Nộp hồ sơ" in html
        client.post(f"/ho-so/nhap/{draft.pk}/xem-lai/", {"declare": "1", "version": draft.version_id})
        draft.refresh_from_db()
        assert not draft.is_draft and draft.moved_from_id is None

    def test_a_change_in_the_last_moment_is_seen_under_the_lock(self, procedure):
        draft, of = half_filled(), spec(CODE)
        new_version(procedure)
        with pytest.raises(Refusal) as refused:
            submission.submit_draft(dossier_id=draft.pk, spec=of, by=draft.owner, actor=Actor())
        assert refused.value.code == "version_changed"

    def test_a_page_of_the_old_version_saves_what_still_fits(self, procedure):
        draft = half_filled()
        new_version(procedure)
        client = citizen_steps.logged_in(draft.owner)
        client.post(f"/ho-so/nhap/{draft.pk}/child/", {"child_name": "Trần Bảo An", GONE: "Huế"})
        draft.refresh_from_db()
        assert draft.answers["child_name"] == "Trần Bảo An"
        assert GONE not in draft.answers and draft.is_draft


def nothing_asked_anew(draft: ProcedureVersion) -> None:
    ProcedureVersion.objects.filter(pk=draft.pk).update(legal_basis="Nghị định mới")


class TestStopped:
    STOP = {"reason": "Lỗi mức phí", "public_text": "Tạm dừng đến hết tuần.", "public_text_en": "Paused this week."}

    @pytest.fixture
    def stopped(self, procedure, admin):
        return releasing.suspend(procedure, by=admin, **self.STOP)

    def test_no_draft_is_begun(self, procedure, stopped):
        with pytest.raises(Refusal) as refused:
            drafts.start_draft(spec=spec(CODE), by=person())
        assert (refused.value.code, refused.value.message) == ("suspended", "Tạm dừng đến hết tuần.")

    def test_a_draft_says_so_and_is_not_submitted(self, procedure, admin):
        draft = half_filled()
        releasing.suspend(procedure, by=admin, **self.STOP)
        assert "Tạm dừng đến hết tuần." in page_of(draft)
        client = citizen_steps.logged_in(draft.owner)
        html = citizen_steps.read(client.post(f"/ho-so/nhap/{draft.pk}/xem-lai/", {"declare": "1"}))
        draft.refresh_from_db()
        assert draft.is_draft and "Tạm dừng đến hết tuần." in html
        releasing.resume(procedure, by=admin)
        client.post(f"/ho-so/nhap/{draft.pk}/xem-lai/", {"declare": "1"})
        draft.refresh_from_db()
        assert not draft.is_draft

    def test_the_api_answers_with_a_problem_in_the_callers_language(self, procedure, stopped, client):
        owner = person()
        token = ApiToken.issue(owner)
        of = spec(CODE)
        answers = example_answers(of)
        body = {"procedure": CODE, "answers": answers, "files": required_files(of, answers, owner)}
        for language, said in (("vi", self.STOP["public_text"]), ("en", self.STOP["public_text_en"])):
            answer = client.post(
                "/api/v1/dossiers/", json.dumps(body), content_type="application/json",
                headers={"Authorization": f"Bearer {token}", "Accept-Language": language},
            )  # fmt: skip
            assert answer.status_code == 409
            assert answer.json()["type"].endswith(":suspended")
            assert answer.json()["detail"] == said

    def test_what_runs_goes_on(self, procedure, admin):
        dossier = submitted(CODE)
        clerk = posted(Role.CLERK, branch=dossier.branch)
        releasing.suspend(procedure, by=admin, **self.STOP)
        act(dossier, "receive", clerk)
        dossier.refresh_from_db()
        assert dossier.received_at

    def test_a_retired_procedure_says_so_on_the_draft(self, procedure, admin):
        draft = half_filled()
        releasing.retire(procedure, by=admin, reason="Bãi bỏ")
        assert "không còn tiếp nhận" in page_of(draft)
        with pytest.raises(Refusal) as refused:
            submission.submit_draft(
                dossier_id=draft.pk, spec=versions.read(draft.version_id), by=draft.owner, actor=Actor()
            )
        assert refused.value.code == "retired"
        client = citizen_steps.logged_in(draft.owner)
        assert client.post(f"/ho-so/bat-dau/{CODE}/").url == f"/thu-tuc/{CODE}/"


class TestPeopleAreTold:
    def told(self, template: str) -> list[Message]:
        return list(Message.objects.filter(template=template, channel="inbox").order_by("pk"))

    def test_owners_of_drafts_get_one_message_of_a_new_version(self, procedure):
        owner, other = person(), person()
        half_filled(owner), half_filled(owner), half_filled(other)
        new_version(procedure)
        assert not self.told("draft_moved")  # the act itself tells nobody: the clock does
        clocks.sweep()
        clocks.sweep()
        assert sorted(m.recipient_id for m in self.told("draft_moved")) == sorted([owner.pk, other.pk])

    def test_a_stop_is_told_to_drafts_and_to_what_runs_once(self, procedure, admin):
        draft, running = half_filled(), submitted(CODE)
        releasing.suspend(procedure, by=admin, **TestStopped.STOP)
        clocks.sweep()
        clocks.sweep()
        told = {m.recipient_id: m for m in self.told("procedure_suspended")}
        assert set(told) == {draft.owner_id, running.owner_id}
        assert "được giữ nguyên" in told[draft.owner_id].body
        assert running.code in told[running.owner_id].body
        releasing.resume(procedure, by=admin)
        clocks.sweep()
        assert [m.recipient_id for m in self.told("procedure_resumed")] == [draft.owner_id]

    def test_what_is_no_longer_true_is_not_told(self, procedure, admin):
        half_filled()
        releasing.suspend(procedure, by=admin, **TestStopped.STOP)
        releasing.resume(procedure, by=admin)
        clocks.sweep()
        assert not self.told("procedure_suspended")

    def test_a_walk_goes_on_where_the_last_batch_ended(self, procedure, monkeypatch):
        monkeypatch.setattr("dossiers.spreading.BATCH", 1)
        first, second = half_filled(), half_filled()
        new_version(procedure)
        clock = Clock.objects.get(kind="procedure.tell.published", subject_id=procedure.pk)
        from dossiers.spreading import walk

        at, stage = walk(clock)
        assert (at > clock.next_fire_at, stage) == (True, str(first.pk))
        assert [m.recipient_id for m in self.told("draft_moved")] == [first.owner_id]
        clock.stage = stage
        assert walk(clock)[1] == str(second.pk)
        assert BATCH > 1

    def test_a_trial_is_told_nothing(self, procedure):
        draft = half_filled()
        Dossier.everything.filter(pk=draft.pk).update(is_scratch=True)
        new = new_version(procedure)
        clocks.sweep()
        assert not self.told("draft_moved")
        page_of(draft)
        draft.refresh_from_db()
        assert draft.version_id != new.pk


@pytest.fixture
def running(procedure) -> Dossier:
    """A dossier at its officer's, on the first step."""
    dossier = submitted(CODE)
    officer = posted(Role.OFFICER, unit=dossier.unit)
    act(dossier, "receive", posted(Role.CLERK, branch=dossier.branch))
    hand_over_by_system(dossier.pk)
    dossier = Dossier.objects.get(pk=dossier.pk)
    assert dossier.assignee_id == officer.pk and dossier.step == "appraise"
    return dossier


def move(dossier, version, by, **more) -> Dossier:
    args = {"reason": "Áp dụng quy định mới có lợi hơn", "actor": Actor(user_id=by.pk, label=str(by))} | more
    return moving.move(dossier_id=dossier.pk, version=version, by=by, **args)


def renames_the_step(draft: ProcedureVersion) -> None:
    Step.objects.filter(version=draft, key="appraise").update(key="tham_dinh", name="Thẩm định")
    Move.objects.filter(version=draft, source="appraise").update(source="tham_dinh")
    Move.objects.filter(version=draft, target="appraise").update(target="tham_dinh")
    StepItem.objects.filter(version=draft, step="appraise").update(step="tham_dinh")


class TestARunningDossierMoves:
    def test_it_stays_on_its_own_version_until_then(self, running, procedure):
        own = running.version_id
        new_version(procedure)
        act(running, "propose", running.assignee, **example_of("propose", running))
        running.refresh_from_db()
        assert running.version_id == own

    def test_the_preview_says_what_is_missing_and_changes_nothing(self, running, procedure):
        new = new_version(procedure)
        look = moving.preview(running, new)
        assert any("Cân nặng" in said for said in look.questions)
        assert look.fee_after - look.fee_before == 7000
        assert look.step == "appraise"
        running.refresh_from_db()
        assert running.version_id != new.pk and not VersionMove.objects.exists()

    def test_the_move_keeps_the_promise_and_opens_the_step_anew(self, running, procedure, admin):
        new, promised, own = new_version(procedure), running.due_at, running.version_id
        before = running.items.present_steps().get()
        moved = move(running, new, admin)
        assert (moved.version_id, moved.step, moved.due_at) == (new.pk, "appraise", promised)
        before.refresh_from_db()
        assert before.state == WorkItem.State.CANCELLED
        after = moved.items.present_steps().get()
        assert (after.step, after.assignee_id, after.unit_id) == ("appraise", running.assignee_id, running.unit_id)
        row = VersionMove.objects.get(dossier=moved)
        assert (row.from_version_id, row.to_version_id, row.moved_by) == (own, new.pk, admin)
        entry = readable(moved.chain)[-1]
        assert (entry.act, entry.note) == ("move_version", "Áp dụng quy định mới có lợi hơn")
        assert Message.objects.filter(template="version_moved", recipient=running.assignee).exists()
        assert Clock.objects.get(kind="dossier.due", subject_id=moved.pk).next_fire_at

    def test_what_was_declared_is_kept_beside(self, running, procedure, admin):
        declared = dict(running.answers)
        assert GONE in declared
        moved = move(running, new_version(procedure), admin)
        assert GONE not in moved.answers
        assert FormerAnswers.objects.get(dossier=moved).answers == declared

    def test_a_step_that_is_gone_must_be_chosen(self, running, procedure, admin):
        new = new_version(procedure, renames_the_step)
        assert moving.preview(running, new).step == ""
        with pytest.raises(Refusal, match="chọn bước"):
            move(running, new, admin)
        moved = move(running, new, admin, step="tham_dinh")
        assert moved.step == "tham_dinh"
        act(moved, "propose", moved.assignee, **example_of("propose", moved))
        moved.refresh_from_db()
        assert moved.step == "sign"

    def test_what_others_were_asked_goes_on_or_ends(self, procedure, admin, running):
        ward = unit_of_kind("LAND")
        for key in ("keeps", "ends"):
            WorkItem.objects.create(
                dossier=running, kind="opinion", step="appraise", key=key, name=key, role="OFFICER", unit=ward,
                opened_at=now(), due_at=now() + timedelta(days=1),
            )  # fmt: skip

        def asks_one(draft):
            StepItem.objects.create(
                version=draft, step="appraise", position=0, key="keeps", kind="opinion", name="Hỏi địa chính",
                unit_kind="LAND", amount=1, unit="WORKING_DAY",
            )  # fmt: skip

        moved = move(running, new_version(procedure, asks_one), admin)
        states = dict(moved.items.asked().values_list("key", "state"))
        assert states == {"keeps": WorkItem.State.OPEN, "ends": WorkItem.State.CANCELLED}

    def test_before_the_hand_over_no_step_is_needed(self, procedure, admin):
        dossier = submitted(CODE)
        moved = move(dossier, new_version(procedure), admin)
        assert (moved.step, moved.status) == ("", "REGISTERED")
        posted(Role.OFFICER, unit=moved.unit)
        act(moved, "receive", posted(Role.CLERK, branch=moved.branch))
        hand_over_by_system(moved.pk)
        moved.refresh_from_db()
        assert moved.step == "appraise"

    def test_it_is_an_admins_act(self, running, procedure):
        new = new_version(procedure)
        with pytest.raises(NotAllowed):
            move(running, new, running.assignee)

    def test_what_is_refused(self, running, procedure, admin):
        new = new_version(procedure)
        unreleased = releasing.copy_to_draft(new)
        other = Procedure.objects.exclude(pk=procedure.pk).exclude(published=None).first().published
        for wrong in (unreleased, running.version, other):
            with pytest.raises(Refusal, match="đã ban hành"):
                move(running, wrong, admin)
        with pytest.raises(Refusal, match="lý do"):
            move(running, new, admin, reason="  ")
        with pytest.raises(Refusal, match="chọn bước"):
            move(running, new, admin, step="done")
        act(running, "stop", running.assignee, reason="Trùng hồ sơ")
        with pytest.raises(NotNow):
            move(running, new, admin)

    def test_a_draft_is_not_moved_by_hand(self, procedure, admin):
        draft = half_filled()
        with pytest.raises(NotNow):
            move(draft, new_version(procedure), admin)

    def test_the_database_refuses_the_same_without_its_row(self, running, procedure, admin):
        new = new_version(procedure)
        for sql in (
            f"UPDATE dossiers_dossier SET version_id = {new.pk} WHERE id = {running.pk}",
            f"UPDATE dossiers_dossier SET step = 'issue' WHERE id = {running.pk}",
        ):
            with pytest.raises(Error), transaction.atomic():
                connection.cursor().execute(sql)
        move(running, new, admin)
        back = f"UPDATE dossiers_dossier SET version_id = {running.version_id} WHERE id = {running.pk}"
        with pytest.raises(Error, match="stay"), transaction.atomic():
            connection.cursor().execute(back)
        with pytest.raises(Error), transaction.atomic():
            connection.cursor().execute("UPDATE dossiers_versionmove SET reason = 'khác'")


def example_of(name: str, dossier: Dossier) -> dict:
    from dossiers.acts import available

    fresh = Dossier.objects.select_related("branch", "unit", "procedure", "version").get(pk=dossier.pk)
    action = next(a for a in available(fresh, fresh.assignee) if a.name == name)
    return action.input_schema()["examples"][0]


def test_time_is_set_by_the_clock_of_the_portal(procedure):
    """A version that takes over while a draft is open: the next page is the new one, after the clock has fired."""
    draft = half_filled()
    new = releasing.copy_to_draft(procedure.published)
    asks_otherwise(new)
    moment = now() + timedelta(days=2)
    versions.publish(new, starts_at=moment)
    with at_moment(moment):
        clocks.sweep()
        assert "quy định mới" in page_of(draft)
    draft.refresh_from_db()
    assert draft.version_id == new.pk


def test_a_version_whose_release_was_cancelled_is_no_place_to_move_to(procedure, admin):
    dossier, start = submitted(CODE), now()
    new = releasing.copy_to_draft(procedure.published)
    release = versions.publish(new, starts_at=start + timedelta(days=2))
    releasing.cancel(release, by=admin, reason="Hoãn")
    with at_moment(start + timedelta(days=3)):
        assert new not in moving.targets(dossier)
