"""Submitting: the one act that makes a draft a dossier, in one transaction, once however often it is asked for."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from branches.models import Branch
from branches.selectors import duties_of
from dossiers import door, routing, telling, timers, timing
from dossiers.codes import next_code, scratch_code
from dossiers.errors import Conflict, Invalid, KeyReused, NotAllowed, Refusal
from dossiers.life import OPEN
from dossiers.models import Attachment, Dossier, IdempotencyKey, StoredFile
from dossiers.models.dossier import Channel, receives
from dossiers.models.permissions import conflicted
from dossiers.recording import Trail
from dossiers.services import drafts, enclosing, reception
from dossiers.services.drafts import missing_documents
from keys.ring import blind
from payments.services import owe, recount
from places.text import fold
from procedures.answers import FieldError, clean_answers
from procedures.spec import Spec
from worktime import now


@dataclass
class Filing:
    """Everything a submit needs beside the version. `files`: document key → ids of files the caller uploaded."""

    answers: dict[str, Any]
    files: dict[str, list[str]] = field(default_factory=dict)
    branch: Branch | None = None
    channel: str = "online"
    return_by: str = "counter"
    return_address: str = ""


def submit_draft(*, dossier_id: int, spec: Spec, by, actor, at_counter: bool = False) -> Dossier:
    """Submit a draft from the browser. Submitting it again answers with the same dossier, whoever was first.

    Raises Invalid with every mistake, Refusal when it cannot be routed, when the procedure takes no dossiers now, or
    when another version is in force than `spec`: nobody submits questions that they have not seen.
    """
    with transaction.atomic():
        locked = Dossier.everything.select_for_update(of=("self",))
        dossier = locked.select_related("branch", "owner").get(pk=dossier_id)
        if not dossier.is_draft:
            return dossier
        if not dossier.is_scratch:
            door.check_open(spec)
        present = set(dossier.attachments.present().values_list("requirement", flat=True))
        answers, errors = clean_answers(spec, {k: v for k, v in dossier.answers.items() if k in spec.fields})
        errors += enclosing.wrong_files(spec, answers, by=by, dossier=dossier)
        if not at_counter:  # at the counter the papers are in the clerk's hands
            errors += missing_documents(spec, answers, present)
        if errors:
            raise Invalid(errors)
        place(dossier, spec, answers)
        dossier.channel = Channel.COUNTER if at_counter else dossier.channel
        dossier.moved_from = None
        dossier.save()
        return _submit(dossier, spec, by=by, actor=actor, at_counter=at_counter)


def file_dossier(*, spec: Spec, filing: Filing, by, actor, owner=None, entered: bool = False) -> Dossier:
    """Make and submit a dossier in one act, for the API. Raises Invalid, NotAllowed or another Refusal.

    `entered`: the caller has `spec` from `door.entered` just now, so that it need not be checked again.
    """
    at_counter = filing.channel == Channel.COUNTER
    with transaction.atomic():
        if not entered:
            door.check_open(spec)
        answers, errors = clean_answers(spec, filing.answers)
        errors += enclosing.wrong_files(spec, answers, by=by)
        files, file_errors = own_files(filing.files, by, spec)
        errors += file_errors + _delivery_errors(spec, filing)
        if not at_counter:
            errors += missing_documents(spec, answers, set(files))
        if errors:
            raise Invalid(errors)
        dossier = Dossier(
            procedure_id=spec.procedure_id,
            version_id=spec.version_id,
            owner=owner,
            created_by=by,
            channel=filing.channel,
            branch=filing.branch,
            return_by=filing.return_by,
            return_address=filing.return_address,
            weight=spec.weight,
        )
        place(dossier, spec, answers)
        dossier.save(force_insert=True)
        if files:
            Attachment.objects.bulk_create(
                Attachment(dossier=dossier, file=file, requirement=name)
                for name, some in files.items()
                for file in some
            )
        return _submit(dossier, spec, by=by, actor=actor, at_counter=at_counter)


def _submit(dossier: Dossier, spec: Spec, *, by, actor, at_counter: bool) -> Dossier:
    """The placed draft becomes a dossier: promise, code, fees, clocks, message, record; one transaction."""
    at = now()
    trail = Trail(dossier, actor)
    if at_counter and not receives(dossier, by):
        if conflicted(dossier, by) and duties_of(by):
            raise Conflict
        raise NotAllowed(_("Chỉ cán bộ tiếp nhận của chi nhánh này được nhận hồ sơ tại quầy."))
    dossier.submission = 1
    dossier.answer_by = dossier.urgent_at = timing.answer_by(dossier.branch, at)
    if at_counter:
        dossier.submit_at_counter(at=at, by=by)
        reception.begin_count(dossier, spec, at)
    else:
        dossier.submit(at=at)
    enclosing.enclose(dossier, spec)
    charge(dossier, spec)
    dossier.code = scratch_code(dossier, at) if dossier.is_scratch else next_code(dossier.unit, at)
    dossier.save(update_fields=_SUBMIT_SETS)
    if at_counter:
        reception.after_reception(dossier, spec, at)
    else:
        timers.start_answering(dossier, at)
        telling.tell_applicant(dossier, "dossier_submitted")
    trail.write("submit_at_counter" if at_counter else "submit", at=at, code=dossier.code)
    return dossier


_SUBMIT_SETS = (
    "code", "status", "submission", "submitted_at", "answer_by", "urgent_at", "received_at", "received_by",
    "count_from", "due_at", "first_due_at",
)  # fmt: skip


def place(dossier: Dossier, spec: Spec, answers: dict[str, Any]) -> None:
    """Find unit and branch (DOMAIN §3), and take over the answers."""
    dossier.unit = routing.unit_of(spec, answers)
    dossier.branch = dossier.branch or routing.default_branch(spec, answers)
    if dossier.branch is None:
        raise Refusal(_("Hãy chọn chi nhánh tiếp nhận."), code="required", field="branch")
    routing.check_branch(spec, answers, dossier.branch)
    describe(dossier, spec, answers)


def describe(dossier: Dossier, spec: Spec, answers: dict[str, Any]) -> None:
    """Take over the answers, and copy from them what lists and searches need."""
    dossier.answers = answers
    dossier.ward_id = spec.ward_of(answers)
    dossier.applicant_name = answers.get("applicant_name", "")
    dossier.applicant_phone = answers.get("applicant_phone", "")
    dossier.applicant_email = answers.get("applicant_email", "")
    dossier.applicant_number = answers.get("applicant_personal_number", "")
    dossier.search = fold(f"{dossier.applicant_name} {answers.get('business_name', '')}")


def charge(dossier: Dossier, spec: Spec) -> None:
    """Record the fees that the answers and the channel make due."""
    owe(subject_type=dossier.owes_as, subject_id=dossier.pk, items=_fee_items(dossier, spec))


def charge_again(dossier: Dossier, spec: Spec) -> None:
    """The answers changed: owe what they make due now, less what is paid."""
    recount(subject_type=dossier.owes_as, subject_id=dossier.pk, items=_fee_items(dossier, spec))


def _fee_items(dossier: Dossier, spec: Spec) -> list[tuple[str, str, int, int]]:
    due = spec.fees_due(dossier.answers, dossier.channel)
    return [(one.fee.key, one.fee.label, one.count, one.amount) for one in due if one.amount]


def _delivery_errors(spec: Spec, filing: Filing) -> list[FieldError]:
    """The way of return must be one this procedure has; by post needs an address."""
    if filing.return_by not in spec.returns:
        return [FieldError("return_by", "choice", _("Thủ tục này không trả kết quả bằng cách đó."))]
    if filing.return_by == "post" and not filing.return_address:
        return [FieldError("return_address", "required", _("Hãy ghi địa chỉ để gửi bưu chính."))]
    return []


def _is_uuid(text: Any) -> bool:
    try:
        UUID(str(text))
    except ValueError:
        return False
    return True


def own_files(files: dict[str, list[str]], by, spec: Spec) -> tuple[dict[str, list[StoredFile]], list[FieldError]]:
    """The caller's own uploads by document; another person's file or an unknown document is an error."""
    wanted = {str(pk) for ids in files.values() for pk in ids if _is_uuid(pk)}
    rows = {str(f.pk): f for f in StoredFile.objects.filter(pk__in=wanted, uploaded_by=by)} if wanted else {}
    found: dict[str, list[StoredFile]] = {}
    errors = []
    for name, ids in files.items():
        if name not in spec.documents_by_key:
            errors.append(FieldError(f"files.{name}", "unknown", _("Thủ tục này không yêu cầu giấy tờ đó.")))
        elif strangers := [pk for pk in ids if str(pk) not in rows]:
            errors.append(FieldError(f"files.{name}", "not_found", _("Không thấy tệp %(id)s.") % {"id": strangers[0]}))
        elif ids:
            found[name] = [rows[pk] for pk in dict.fromkeys(map(str, ids))]
    if len(wanted) > settings.FILES_MAX_PER_DOSSIER:
        errors.append(FieldError("files", "too_many_files", drafts.too_many_files()))
    return found, errors


# --- once ---------------------------------------------------------------------------------------------------------
def body_hash(body: Any) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def earlier_answer(*, caller, key: str, body: Any, route: str = "dossiers") -> dict | None:
    """The answer given to this key before, or None. Raises KeyReused when it was given to another body."""
    rows = IdempotencyKey.objects.filter(caller=caller, route=route, key=key)
    found = rows.values_list("body_hash", "answer").first()
    if found is None:
        return None
    if found[0] != body_hash(body):
        raise KeyReused(_("Idempotency-Key này đã dùng cho một nội dung khác."))
    return found[1]


def remember(*, caller, key: str, body: Any, dossier: Dossier, answer: dict, route: str = "dossiers") -> None:
    """Keep the answer beside the dossier it is about; call it in the transaction of file_dossier.

    When the same key is at work twice at once, the second waits here for the first and raises IntegrityError (the
    constraint `one_answer_a_key`): its whole submit is undone, and the caller answers with `earlier_answer`.
    """
    IdempotencyKey.objects.create(
        caller=caller, route=route, key=key, body_hash=body_hash(body), dossier=dossier, answer=answer
    )


def same_before(*, spec: Spec, answers: dict[str, Any], owner=None) -> Iterable[Dossier]:
    """Open dossiers of the same person for the same procedure, newest first: shown before they file it twice.

    `owner` is the account that asks: it is told of its own dossiers only, since anybody can type anybody's number.
    Without an account it is staff who ask, and the personal number finds the person.
    """
    number = answers.get("applicant_personal_number")
    if not number and owner is None:
        return []
    rows = Dossier.objects.filter(procedure_id=spec.procedure_id, status__in=OPEN)
    rows = rows.filter(owner=owner) if owner else rows.filter(number_index=blind("number", number))
    return rows.select_related("branch").order_by("-submitted_at")[:3]
