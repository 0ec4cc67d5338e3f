"""What is asked of the applicant: missing papers, money; and what happens when they answer, or do not."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from dossiers import routing, telling, timers, timing
from dossiers.errors import Invalid, Refusal
from dossiers.life import Status
from dossiers.models import Attachment, Dossier, FormerAnswers, Pause, SupplementRequest
from dossiers.models.dossier import owns
from dossiers.services import drafts, enclosing, reception, submission
from payments.models import Obligation
from payments.services import NOTICE, owe, settle
from places.text import vnd
from procedures.answers import clean_answers
from procedures.spec import Spec
from worktime.deadlines import working_days_after


# --- papers -------------------------------------------------------------------------------------------------------
def may_ask_supplement(dossier: Dossier, at: datetime) -> str:
    """Why a supplement may not be asked for now, or "" (D61 art. 19: once, complete, within 3 working days)."""
    if dossier.status == Status.REGISTERED:
        return _("Đã yêu cầu bổ sung một lần trước khi tiếp nhận.") if dossier.clerk_supplement_at else ""
    if dossier.decided_at:
        return _("Đã ký quyết định.")
    if dossier.unit_supplement_at:
        return _("Đã yêu cầu bổ sung một lần sau khi tiếp nhận.")
    limit = working_days_after(dossier.received_at, 3, timing.unit_calendar(dossier.unit))
    if at > limit:
        return _("Đã quá 3 ngày làm việc từ khi tiếp nhận nên không được yêu cầu bổ sung nữa.")
    return ""


def ask_supplement(dossier: Dossier, spec: Spec, *, reason: str, documents: list[str], by, at: datetime) -> None:
    stage = SupplementRequest.Stage.CLERK if dossier.status == Status.REGISTERED else SupplementRequest.Stage.UNIT
    dossier.ask_supplement(at=at)
    due = timing.supplement_due(spec, dossier, at)
    SupplementRequest.objects.create(
        dossier=dossier, stage=stage, reason=reason, documents=documents, asked_by=by, asked_at=at, due_at=due
    )
    if stage == SupplementRequest.Stage.UNIT and spec.after_supplement == "resume":
        Pause.objects.create(dossier=dossier, reason="supplement", started_at=at)
    wait_for_applicant(dossier, timers.SUPPLEMENT, due, at)
    names = [spec.documents_by_key[key].name for key in documents]
    telling.tell_applicant(
        dossier, "supplement_asked", reason="\n".join([reason, *(f"– {n}" for n in names)]), due=telling.moment(due)
    )


def wait_for_applicant(dossier: Dossier, kind: str, due: datetime, at: datetime) -> None:
    """The ball is in the applicant's court: other clocks stand, this one reminds and then stops the dossier."""
    timers.stop(dossier, timers.ANSWER, timers.DUE, timers.HANDOVER)
    timers.set_for(dossier, kind, timing.reminder_before(due, timing.branch_calendar(dossier.branch), at), "remind")
    dossier.urgent_at = due
    dossier.save()


def give_supplement(
    dossier: Dossier, spec: Spec, *, note: str, answers: dict[str, Any], files: dict[str, list[str]], by, at: datetime
) -> list[str]:
    """The applicant answers a request: files and, where they want, corrected answers. Returns the questions changed."""
    request = dossier.supplements.filter(answered_at=None).latest("asked_at")
    changed = correct_answers(dossier, spec, answers, by=by, at=at) if answers else []
    given = attach_all(dossier, files, spec, by=by, at=at, purpose=Attachment.Purpose.SUPPLEMENT)
    # At the counter the papers are in the clerk's hands, as at a counter submit.
    wanted = request.documents if owns(dossier, by) else []
    missing = [key for key in wanted if key not in given and not _added_since(dossier, key, request.asked_at)]
    if missing:
        names = ", ".join(spec.documents_by_key[key].name for key in missing)
        raise Refusal(
            _("Còn thiếu giấy tờ được yêu cầu: %(names)s.") % {"names": names}, code="required", field="files"
        )
    if not (note or answers or given or request.documents):
        raise Refusal(_("Hãy đính kèm giấy tờ hoặc viết trả lời."), code="required", field="note")
    check_papers(dossier, spec, by)
    request.answered_at, request.answer = at, note
    request.save(update_fields=["answered_at", "answer"])
    dossier.supplement_given()
    resume(dossier, spec, at, restart=spec.after_supplement == "restart")
    telling.tell_staff(dossier, "supplement_given", _who_asked(dossier, request))
    return changed


def _added_since(dossier: Dossier, requirement: str, since: datetime) -> bool:
    return dossier.attachments.present().filter(requirement=requirement, added_at__gte=since).exists()


def _who_asked(dossier: Dossier, request: SupplementRequest) -> list:
    people = {request.asked_by_id: request.asked_by}
    if dossier.assignee_id and request.stage == SupplementRequest.Stage.UNIT:
        people[dossier.assignee_id] = dossier.assignee
    return list(people.values())


def attach_all(
    dossier: Dossier, files: dict[str, list[str]], spec: Spec, *, by, at: datetime, purpose: str
) -> set[str]:
    """Put the caller's own uploads with the dossier; returns which documents they were for."""
    rows, errors = submission.own_files(files, by, spec)
    if errors:
        raise Invalid(errors)
    for name, some in rows.items():
        for file in some:
            drafts.put(dossier, file, name, purpose)
    return set(rows)


def check_papers(dossier: Dossier, spec: Spec, by) -> None:
    """Answers that changed may call for other papers; at the counter they are in the clerk's hands."""
    present = set(dossier.attachments.present().values_list("requirement", flat=True)) | set(dossier.papers)
    if owns(dossier, by) and (missing := drafts.missing_documents(spec, dossier.answers, present)):
        raise Invalid(missing)


def correct_answers(dossier: Dossier, spec: Spec, changes: dict[str, Any], *, by, at: datetime) -> list[str]:
    """Replace some answers of a submitted dossier; the whole must be valid, and unit and branch must stay right.

    The former declaration is kept, fees are counted anew. Returns the keys of the questions whose answer changed.
    """
    answers, errors = clean_answers(spec, {**dossier.answers, **changes})
    errors += enclosing.wrong_files(spec, answers, by=by, dossier=dossier)
    if errors:
        raise Invalid(errors)
    before = dossier.answers
    if routing.unit_of(spec, before) != routing.unit_of(spec, answers):  # wherever it was forwarded meanwhile
        raise Refusal(
            _("Thay đổi này đưa hồ sơ sang cơ quan khác. Hãy rút hồ sơ và nộp hồ sơ mới."),
            code="other_unit",
            field=spec.routing_field,
        )
    submission.describe(dossier, spec, answers)
    enclosing.enclose(dossier, spec)
    FormerAnswers.objects.create(dossier=dossier, submission=dossier.submission, answers=before, replaced_at=at)
    dossier.submission += 1
    submission.charge_again(dossier, spec)
    return sorted(key for key in {*before, *answers} if before.get(key) != answers.get(key))


# --- money --------------------------------------------------------------------------------------------------------
def require_payment(dossier: Dossier, spec: Spec, *, label: str, amount: int, at: datetime) -> None:
    """PAYMENT_REQUIRED: the count stands still until the cashier writes the receipt down."""
    owe(subject_type=dossier.owes_as, subject_id=dossier.pk, items=[(NOTICE, label, 1, amount)])
    dossier.ask_payment()
    if dossier.count_from:
        Pause.objects.create(dossier=dossier, reason="payment", started_at=at)
    due = timing.payment_due(spec, dossier, at)
    wait_for_applicant(dossier, timers.PAYMENT, due, at)
    telling.tell_applicant(dossier, "payment_required", amount=vnd(amount), due=telling.moment(due), reason=label)


def settle_payment(dossier: Dossier, spec: Spec, *, receipt_number: str, by, at: datetime) -> int:
    """The cashier enters the receipt's number: everything due is settled, and a waiting dossier goes on."""
    amount = settle(subject_type=dossier.owes_as, subject_id=dossier.pk, receipt_number=receipt_number, by=by)
    if dossier.status == Status.PAYMENT_REQUIRED:
        dossier.payment_settled()
        resume(dossier, spec, at, restart=False)
    telling.tell_applicant(dossier, "payment_settled", amount=vnd(amount))
    if dossier.assignee_id and dossier.status == Status.IN_PROCESS:
        telling.tell_staff(dossier, "step_waiting", [dossier.assignee], step=spec.steps_by_key[dossier.step].name)
    return amount


def due_amount(dossier: Dossier) -> int:
    return Obligation.objects.about(dossier.owes_as, dossier.pk).due().amount()


# --- going on -----------------------------------------------------------------------------------------------------
def resume(dossier: Dossier, spec: Spec, at: datetime, *, restart: bool) -> None:
    """Back from waiting. Before reception the time to answer starts anew; after it the count restarts or moves on."""
    dossier.return_status = ""
    timers.stop(dossier, timers.SUPPLEMENT, timers.PAYMENT)
    pause = Pause.objects.filter(dossier=dossier, ended_at=None).first()
    if pause:
        pause.ended_at = at
        pause.save(update_fields=["ended_at"])
    if dossier.status == Status.REGISTERED:
        dossier.answer_by = timing.answer_by(dossier.branch, at)
        dossier.urgent_at = dossier.answer_by
        dossier.save()
        timers.start_answering(dossier, at)
        return
    if restart:  # D61 art. 19.4: from zero, when the full dossier is there
        reception.begin_count(dossier, spec, at)
    else:
        dossier.first_due_at = timing.promise(dossier, spec, pauses=dossier.pauses.all())
        if dossier.repromised_at is None:
            dossier.due_at = dossier.first_due_at
        elif pause:  # the date promised anew stands, later by the pause
            dossier.due_at = timing.after_pause(dossier, spec, pause.started_at, at)
    dossier.urgent_at = dossier.due_at
    dossier.save()
    timers.start_counting(dossier, at)
    if dossier.step:
        step = dossier.items.open().filter(kind="step")
        step.update(due_at=timing.step_due(dossier, spec, dossier.step, at))
    waits_for_officer = dossier.status == Status.IN_PROCESS and dossier.assignee_id is None
    if waits_for_officer or (dossier.status == Status.RECEIVED and not spec.immediate):
        timers.set_for(dossier, timers.HANDOVER, at)
