"""Trying a version on a scratch dossier: the citizen's pages, every role, and nothing of it anywhere else."""

from dataclasses import replace

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from accounts.models import User
from audit.services import Actor
from branches.models import Role
from dossiers import overview, queue, selectors
from dossiers.acts import perform
from dossiers.errors import NotAllowed, Refusal
from dossiers.life import Status
from dossiers.models import Attachment, Dossier, Rating, WorkItem
from notifications.models import Message
from payments.models import Obligation
from procedures.models import Move, Procedure, ProcedureVersion, Step
from procedures.releasing import copy_to_draft
from procedures.versions import read, write
from studio import samples, trying, walking
from tests import world
from tests.dossiers.citizen_steps import logged_in
from tests.procedures.kinds import spec_of_all_kinds
from worktime.models import Clock

pytestmark = pytest.mark.django_db
CODE = "1.001193"


@pytest.fixture
def tester(catalogue) -> User:
    return world.staff(Role.ADMIN)


@pytest.fixture
def draft(catalogue) -> ProcedureVersion:
    """A draft copied from what is in force."""
    return copy_to_draft(Procedure.objects.get(code=CODE).published)


def filed(version, by, *, at_counter=False) -> Dossier:
    dossier = trying.start(version, by=by)
    assert trying.fill(dossier.pk, by=by) == []
    return trying.submit(dossier.pk, by=by, actor=Actor(user_id=by.pk), at_counter=at_counter)


def fresh(dossier) -> Dossier:
    return Dossier.everything.select_related("branch", "unit", "version", "procedure").get(pk=dossier.pk)


def walk_to_the_end(dossier, by, limit=40) -> Dossier:
    for _turn in range(limit):
        dossier = fresh(dossier)
        action = next((a for a in trying.available(dossier, by) if a.act.primary), None)
        if action is None:
            return dossier
        trying.perform(dossier, action.name, action.input_schema()["examples"][0], user=by)
    raise AssertionError("no end in sight")


# --- one admin in every role ------------------------------------------------------------------------------------------
def test_one_admin_walks_a_draft_in_every_role_to_its_result(draft, tester):
    dossier = walk_to_the_end(filed(draft, tester), tester)
    assert (dossier.status, dossier.outcome) == (Status.RETURNED, "approved")
    assert dossier.code.startswith("THU-")


@pytest.mark.parametrize("family", ["at_once", "verify", "consult", "council", "linked", "financial", "notification"])
def test_a_version_of_each_family_can_be_tried_to_its_end(catalogue, tester, family):
    version = Procedure.objects.get(code=world.codes_of_family(family)[0]).published
    assert walk_to_the_end(filed(version, tester), tester).status == Status.RETURNED


def test_a_version_filed_at_the_counter_can_be_tried(draft, tester):
    assert filed(draft, tester, at_counter=True).status == Status.RECEIVED


def test_what_is_tried_costs_no_code_of_a_unit_and_reminds_and_tells_nobody(draft, tester):
    before = Message.objects.count()
    walk_to_the_end(filed(draft, tester), tester)
    assert not Clock.objects.filter(subject_type__in=["dossier", "item"]).exists()
    assert Message.objects.count() == before


def test_nobody_else_walks_a_trial_not_even_the_unit_it_would_go_to(draft, tester):
    dossier = filed(draft, tester)
    for user in (world.clerk(dossier.branch), world.posted(Role.LEADER, unit=dossier.unit), world.staff(Role.ADMIN)):
        with pytest.raises(NotAllowed):
            perform(dossier.pk, "receive", {}, user=user)
        assert logged_in(user).get(reverse("studio:try_walk", args=[dossier.pk])).status_code in (302, 403, 404)


def test_the_acts_are_grouped_by_who_would_do_them(draft, tester):
    dossier = filed(draft, tester)
    assert {g.key for g in walking.groups_of(dossier, trying.available(dossier, tester))} == {"citizen", Role.CLERK}
    trying.perform(dossier, "receive", {}, user=tester)
    trying.perform(dossier, "hand_over", {}, user=tester)
    dossier = fresh(dossier)
    groups = {g.key: [a.name for a in g.actions] for g in walking.groups_of(dossier, trying.available(dossier, tester))}
    assert "propose" in groups[Role.OFFICER] and "withdraw" in groups["citizen"]


def test_a_supplement_that_was_asked_for_is_answered_with_samples(draft, tester):
    dossier = filed(draft, tester)
    trying.perform(dossier, "ask_supplement", {"reason": "Ảnh mờ", "documents": ["birth_certificate"]}, user=tester)
    dossier = fresh(dossier)
    assert dossier.status == Status.SUPPLEMENT_REQUIRED
    trying.perform(dossier, "give_supplement", {"note": "Đã chụp lại"}, user=tester)
    assert fresh(dossier).status == Status.REGISTERED
    assert Attachment.objects.filter(dossier=dossier, purpose="supplement").count() == 1


def test_the_reminders_of_a_real_dossier_are_said_and_not_set(draft, tester):
    dossier = filed(draft, tester)
    assert len(walking.reminders_of(fresh(dossier))) == 2
    trying.perform(dossier, "receive", {}, user=tester)
    assert len(walking.reminders_of(fresh(dossier))) == len(walking.timers.active()) > 0


# --- nowhere else -----------------------------------------------------------------------------------------------------
def test_a_trial_is_in_no_list_search_figure_or_page(catalogue, tester):
    """Every place that shows dossiers is walked, with a real one beside the trial to prove the place works."""
    version = Procedure.objects.get(code=CODE).published
    trial = filed(version, tester)
    real = world.submitted(CODE, branch=trial.branch)
    clerk, cashier = world.clerk(trial.branch), world.posted(Role.CASHIER, branch=trial.branch)
    officer, leader = world.posted(Role.OFFICER, unit=trial.unit), world.posted(Role.LEADER, unit=trial.unit)
    monitor, root = world.posted(Role.MONITOR), User.objects.create_superuser("goc", password="x", email="g@e.vn")

    waiting = [row.code for row in queue.page(clerk, "cho-tiep-nhan").rows]
    assert real.code in waiting and trial.code not in waiting
    for user in (clerk, cashier, officer, leader, monitor, tester):
        for one in queue.queues_for(user):
            assert trial.code not in [row.code for row in queue.page(user, one.key).rows]
    assert queue.counts(clerk)["cho-tiep-nhan"] == len(waiting)
    assert queue.page(clerk, "tim", queue.Filters(q=trial.code)).rows == []
    found = [row.pk for row in queue.page(clerk, "tim", queue.Filters(q=trial.applicant_name)).rows]
    assert real.pk in found and trial.pk not in found
    assert sum(line.open for line in overview.lines(monitor, overview.ways(monitor)[0][0])) == 1

    for user in (clerk, leader, monitor, root, tester):
        client = logged_in(user)
        for path in ("/can-bo/ho-so/{}/", "/ho-so/{}/", "/can-bo/ho-so/{}/xem-nhanh/", "/api/v1/dossiers/{}/"):
            assert client.get(path.format(trial.code)).status_code in (302, 403, 404)
    known, unknown = (Client().get("/tra-cuu/", {"ma": code}) for code in (real.code, trial.code))
    assert known.context["dossier"] == real and unknown.context.get("dossier") is None

    api = logged_in(tester).get("/api/v1/dossiers/")
    assert trial.code not in api.content.decode()
    mine = logged_in(tester)
    assert trial.code not in mine.get("/ho-so/").content.decode()
    assert selectors.open_drafts(tester) == [] and list(selectors.submitted_of(tester)) == []
    trying.start(version, by=tester)
    assert selectors.open_drafts(tester) == []
    assert "Hồ sơ chưa nộp" not in mine.get("/").content.decode()

    inside = logged_in(root)
    listed = inside.get("/admin/dossiers/dossier/").content.decode()
    assert real.code in listed and trial.code not in listed
    assert Dossier.objects.filter(pk=trial.pk).count() == 0 and Dossier.objects.count() == 1
    assert not Dossier.objects.visible_to(root).filter(is_scratch=True).exists()
    assert trial.pk not in [d.pk for d in Dossier.objects.visible_to(tester)]


def _heat_of_trials(version):
    from studio.heat import waiting_in

    return waiting_in([version.pk])


def test_the_heat_of_a_process_counts_no_trial(draft, tester):
    dossier = filed(draft, tester)
    trying.perform(dossier, "receive", {}, user=tester)
    trying.perform(dossier, "hand_over", {}, user=tester)
    assert WorkItem.objects.filter(dossier=dossier, state="open").exists()
    assert _heat_of_trials(draft) == {}


def test_sums_of_a_trial_are_no_money_of_the_city(catalogue, tester):
    version = Procedure.objects.get(code=_with_fee()).published
    dossier = filed(version, tester)
    owed = Obligation.objects.about(dossier.owes_as, dossier.pk)
    assert owed.exists() and not Obligation.objects.about("dossier", dossier.pk).exists()
    cashier = world.posted(Role.CASHIER, branch=dossier.branch)
    assert queue.page(cashier, "cho-nop-tien").rows == []
    root = User.objects.create_superuser("goc", password="x", email="g@e.vn")
    shown = admin.site.get_model_admin(Obligation).get_queryset(type("Request", (), {"user": root})())
    assert not shown.exists()
    trying.discard(dossier.pk)
    assert not owed.exists()


def _with_fee() -> str:
    for version in ProcedureVersion.objects.exclude(fees=None).filter(releases__isnull=False).order_by("pk"):
        spec = read(version.pk)
        if spec.fees_due(samples.example_answers(spec), "online"):
            return version.procedure.code
    raise AssertionError("no procedure with a fee online")


# --- over again -------------------------------------------------------------------------------------------------------
def test_a_trial_is_deleted_whole_wherever_it_stands(draft, tester):
    dossier = walk_to_the_end(filed(draft, tester), tester)
    trying.discard(dossier.pk)
    assert not Dossier.everything.filter(pk=dossier.pk).exists()
    assert not WorkItem.objects.filter(dossier_id=dossier.pk).exists()


def test_a_real_dossier_is_never_deleted_as_a_trial(catalogue):
    real = world.submitted(CODE)
    trying.discard(real.pk)
    assert trying.discard_of(real.version) == 0
    assert Dossier.objects.filter(pk=real.pk).exists()


def test_a_draft_version_can_be_deleted_once_its_trials_are_gone(draft, tester):
    filed(draft, tester)
    trying.start(draft, by=world.staff(Role.ADMIN))
    assert trying.discard_of(draft) == 2
    draft.delete()


def test_starting_over_keeps_the_answers(draft, tester):
    dossier = filed(draft, tester)
    again = trying.restart(dossier, by=tester)
    assert again.is_draft and again.answers == dossier.answers
    assert not Dossier.everything.filter(pk=dossier.pk).exists()


# --- a draft that changes, or is in pieces ----------------------------------------------------------------------------
def at_first_step(draft, tester) -> Dossier:
    dossier = filed(draft, tester)
    trying.perform(dossier, "receive", {}, user=tester)
    trying.perform(dossier, "hand_over", {}, user=tester)
    return fresh(dossier)


def test_a_step_removed_under_a_trial_is_said_kindly_and_the_trial_can_start_over(draft, tester):
    dossier = at_first_step(draft, tester)
    assert trying.standing_on(draft) == {dossier.step: 1}
    Step.objects.filter(version=draft, key=dossier.step).update(key="renamed")
    client = logged_in(tester)
    page = client.get(reverse("studio:try_walk", args=[dossier.pk]))
    assert page.status_code == 200
    assert f"Bước “{dossier.step}” mà bản thử đang đứng không còn" in page.content.decode()
    assert page.context["groups"] == []
    assert client.post(reverse("studio:try_restart", args=[dossier.pk])).status_code == 302
    assert trying.standing_on(draft) == {}


def broken(**how):
    version = Procedure.objects.get(code=CODE).published
    return write(replace(read(version.pk), **how), version.procedure)


@pytest.mark.parametrize(
    "how", [{"moves": ()}, {"steps": (), "moves": ()}, {"sections": ()}, {"documents": (), "moves": ()}]
)
def test_a_version_in_pieces_says_what_is_missing_instead_of_failing(catalogue, tester, how):
    version, client = broken(**how), logged_in(tester)
    assert client.get(reverse("studio:try", args=[version.pk])).status_code == 200
    assert client.get(reverse("studio:try_wrong", args=[version.pk])).status_code in (200, 302)
    assert client.get(reverse("studio:calculator", args=[version.pk])).status_code in (200, 302)
    client.post(reverse("studio:try_start", args=[version.pk]))
    dossier = trying.tries_of(tester).get()
    walk = reverse("studio:try_walk", args=[dossier.pk])
    assert client.get(walk).status_code == 200
    assert client.post(reverse("studio:try_fill", args=[dossier.pk])).status_code in (200, 302, 422)
    assert client.post(reverse("studio:try_submit", args=[dossier.pk])).status_code in (302, 409, 422)
    for name in ("receive", "hand_over"):
        assert client.post(reverse("studio:try_act", args=[dossier.pk, name])).status_code in (302, 409, 422)
    page = client.get(walk)
    assert page.status_code == 200
    if "moves" in how:
        assert page.context["problems"]


def test_a_process_without_a_way_in_is_refused_in_words(catalogue, tester):
    dossier = filed(broken(moves=()), tester)
    trying.perform(dossier, "receive", {}, user=tester)
    with pytest.raises(Refusal, match="chưa có đường vào bước đầu tiên"):
        trying.perform(dossier, "hand_over", {}, user=tester)
    assert fresh(dossier).status == Status.RECEIVED


def test_a_step_nobody_leaves_is_said(catalogue, tester):
    version = broken()
    Move.objects.filter(version=version).exclude(source="").delete()
    dossier = at_first_step(version, tester)
    names = {a.name for a in trying.available(dossier, tester)}
    assert "propose" not in names and "withdraw" in names


def test_an_admin_deletes_a_draft_with_its_trials(draft, tester):
    filed(draft, tester)
    client = logged_in(tester)
    url = reverse("admin:procedures_procedureversion_delete", args=[draft.pk])
    assert client.get(url).status_code == 200
    assert client.post(url, {"post": "yes"}).status_code == 302
    assert not ProcedureVersion.objects.filter(pk=draft.pk).exists()
    assert not trying.tries().exists()


def test_the_editor_is_told_of_trials_on_a_step_that_is_gone(draft, tester):
    from procedures import upstairs

    dossier = at_first_step(draft, tester)
    assert upstairs.standing_on(draft) == {dossier.step: 1}
    Step.objects.filter(version=draft, key=dossier.step).update(key="renamed")
    said = []
    page = admin.site.get_model_admin(ProcedureVersion)
    page.message_user = lambda request, message, level: said.append(message)
    try:
        page.warn_of_trials(None, draft)
    finally:
        del page.message_user
    assert len(said) == 1 and f"“{dossier.step}”" in said[0]


def test_a_rating_of_a_trial_is_no_rating(draft, tester):
    dossier = walk_to_the_end(filed(draft, tester), tester)
    assert Rating.objects.filter(dossier=dossier).exists()
    root = User.objects.create_superuser("goc", password="x", email="g@e.vn")
    assert dossier.code not in logged_in(root).get("/admin/dossiers/rating/").content.decode()


# --- right and wrong samples ------------------------------------------------------------------------------------------
def test_every_wrong_answer_of_the_catalogue_is_refused(catalogue):
    taken = [
        (version.procedure.code, row.field.key, wrong.what)
        for version in ProcedureVersion.objects.filter(releases__isnull=False).select_related("procedure")
        for _section, rows in samples.try_form(read(version.pk))
        for row in rows
        for wrong in row.wrongs
        if not wrong.refusals
    ]
    assert taken == []


def test_a_wrong_answer_that_is_taken_is_counted_and_shown(catalogue, tester, monkeypatch):
    monkeypatch.setattr(samples, "wrong_values", lambda field: [("một câu trả lời đúng", field.example)])
    version = Procedure.objects.get(code=CODE).published
    page = logged_in(tester).get(reverse("studio:try_wrong", args=[version.pk])).content.decode()
    assert "KHÔNG bị từ chối" in page


def test_a_form_with_a_question_of_every_kind_is_filled_in_refused_and_walked(catalogue, tester):
    """With files and pictures, a repeating group, a table and what is worked out of them."""
    spec = spec_of_all_kinds()
    assert samples.not_refused(samples.try_form(spec)) == 0
    version = write(spec, Procedure.objects.get(code=spec.code))
    dossier = filed(version, tester)
    page = logged_in(tester).get(reverse("studio:try_walk", args=[dossier.pk]))
    assert page.context["broken"] == "" and "Nguyễn Minh Khôi" in page.content.decode()
    assert walk_to_the_end(dossier, tester).status == Status.RETURNED
    assert dossier.answers["drawing"] and dossier.answers["photo"]
    again = trying.restart(fresh(dossier), by=tester)
    assert trying.fill(again.pk, by=tester) == []
    assert trying.submit(again.pk, by=tester, actor=Actor(user_id=tester.pk)).status == Status.REGISTERED


def test_the_page_of_wrong_answers_stands_them_next_to_their_questions(draft, tester):
    page = logged_in(tester).get(reverse("studio:try_wrong", args=[draft.pk])).content.decode()
    assert "Mọi câu trả lời sai đều bị từ chối." in page
    assert "Còn thiếu: Giấy chứng sinh" in page


def test_the_sample_paper_is_a_pdf_whose_table_points_to_its_objects():
    content = samples.sample_pdf()
    table = content[int(content.split()[-2]) :]
    offsets = [int(line.split()[0]) for line in table.splitlines()[3:8]]
    assert [content[at:].split(b" ", 1)[0] for at in offsets] == [b"1", b"2", b"3", b"4", b"5"]
    length, stream = content.split(b"/Length ")[1], content.split(b"stream\n")[1]
    assert int(length.split(b">>")[0]) == len(stream.split(b"\nendstream")[0])


# --- pages ------------------------------------------------------------------------------------------------------------
def test_only_admins_try(draft):
    assert logged_in(world.person()).get(reverse("studio:try", args=[draft.pk])).status_code == 302
    monitor = world.staff(Role.MONITOR)
    assert logged_in(monitor).get(reverse("studio:try", args=[draft.pk])).status_code == 403


def test_the_citizens_own_pages_open_with_the_mark_and_lead_back_to_the_walk(draft, tester):
    client = logged_in(tester)
    assert client.post(reverse("studio:try_start", args=[draft.pk])).status_code == 302
    dossier = trying.tries_of(tester).get()
    assert client.post(reverse("studio:try_fill", args=[dossier.pk])).status_code == 302
    for name in ("draft", "documents", "delivery", "review"):
        page = client.get(reverse(f"dossiers:{name}", args=[dossier.pk]))
        assert page.status_code == 200 and "BẢN THỬ" in page.content.decode()
    sent = client.post(reverse("dossiers:review", args=[dossier.pk]), {"declare": "1"})
    assert sent.url == reverse("studio:try_walk", args=[dossier.pk])
    page = client.get(sent.url).content.decode()
    assert "BẢN THỬ" in page and "Cán bộ tiếp nhận" in page
    file = Attachment.objects.filter(dossier=dossier).first()
    opened = client.get(reverse("dossiers:file_save", args=[file.pk]), follow=True)
    assert opened.status_code == 200 and b"".join(opened.streaming_content) == samples.sample_pdf()
    assert logged_in(world.staff(Role.ADMIN)).get(reverse("dossiers:file", args=[file.pk])).status_code == 404


def test_an_act_with_input_is_done_on_its_own_page_and_mistakes_stay_there(draft, tester):
    client, dossier = logged_in(tester), filed(draft, tester)
    act = reverse("studio:try_act", args=[dossier.pk, "refuse"])
    assert "Từ chối tiếp nhận" in client.get(act).content.decode()
    assert client.post(act, {}).status_code == 422
    assert client.post(act, {"reason": "Sai thẩm quyền", "ground": ""}).status_code == 302
    assert fresh(dossier).status == Status.REFUSED


def test_answers_are_corrected_in_the_walk(draft, tester):
    client, dossier = logged_in(tester), filed(draft, tester)
    act = reverse("studio:try_act", args=[dossier.pk, "correct"])
    form = client.get(act).context["answers"]
    data = {form.add_prefix(k): v for k, v in form.initial.items()} | {form.add_prefix("applicant_name"): "Lê Thử"}
    sent = client.post(act, data)
    assert sent.status_code == 302, sent.context["answers"].errors
    assert fresh(dossier).applicant_name == "Lê Thử"


def test_an_old_page_does_not_do_an_act_twice(draft, tester):
    dossier = filed(draft, tester)
    client, act = logged_in(tester), reverse("studio:try_act", args=[dossier.pk, "receive"])
    assert client.post(act, {"seen": "DRAFT||0|"}).status_code == 409


def test_my_trials_are_listed_and_another_admin_can_clear_them_away(draft, tester):
    dossier = filed(draft, tester)
    assert dossier.code in logged_in(tester).get(reverse("studio:tries")).content.decode()
    other = logged_in(world.staff(Role.ADMIN))
    assert dossier.code in other.get(reverse("studio:try", args=[draft.pk])).content.decode()
    assert other.post(reverse("studio:try_discard", args=[dossier.pk])).status_code == 302
    assert not Dossier.everything.filter(pk=dossier.pk).exists()


def test_a_real_dossier_has_no_page_of_trial(catalogue, tester):
    real = world.submitted(CODE)
    for name in ("try_walk", "try_discard", "try_fill"):
        client = logged_in(tester)
        url = reverse(f"studio:{name}", args=[real.pk])
        assert (client.get(url) if name == "try_walk" else client.post(url)).status_code == 404
