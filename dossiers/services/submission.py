"""Submitting: the one act that makes a draft a dossier, in one transaction, once however often it is asked for."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from branches.models import Branch
from dossiers import routing, telling, timers, timing
from dossiers.codes import next_code
from dossiers.errors import Invalid, KeyReused, NotAllowed, Refusal
from dossiers.life import OPEN
from dossiers.models import Attachment, Dossier, IdempotencyKey, StoredFile
from dossiers.models.dossier import receives
from dossiers.recording import Trail
from dossiers.services import reception
from dossiers.services.drafts import missing_documents
from payments.services import owe
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

    Raises Invalid with every mistake, Refusal when it cannot be routed.
    """
    with transaction.atomic():
        dossier = Dossier.objects.select_for_update(of=("self",)).select_related("branch", "owner").get(pk=dossier_id)
        if not dossier.is_draft:
            return dossier
        present = set(dossier.attachments.present().values_list("requirement", flat=True))
        answers, errors = clean_answers(spec, {k: v for k, v in dossier.answers.items() if k in spec.fields})
        if not at_counter:  # at the counter the papers are in the clerk's hands
            errors += missing_documents(spec, answers, present)
        if errors:
            raise Invalid(errors)
        return _submit(dossier, spec, answers, by=by, actor=actor, at_counter=at_counter)


def file_dossier(
    *, spec: Spec, filing: Filing, by, actor, owner=None, key: str = "", body: Any = None
) -> tuple[Dossier, dict | None]:
    """Make and submit a dossier in one act, for the API. Returns (dossier, earlier answer or None).

    With `key`, the same caller and body get the earlier answer; another body raises KeyReused. Two at once: the
    second waits on the first one's key and then gets its answer.
    """
    at_counter = filing.channel == "counter"
    with transaction.atomic():
        if key and (earlier := _earlier(by, key, body)):
            return earlier.dossier, earlier.answer
        answers, errors = clean_answers(spec, filing.answers)
        files, file_errors = own_files(filing.files, by, spec)
        errors += file_errors
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
        dossier.save(force_insert=True)
        Attachment.objects.bulk_create(
            Attachment(dossier=dossier, file=file, requirement=name) for name, some in files.items() for file in some
        )
        return _submit(dossier, spec, answers, by=by, actor=actor, at_counter=at_counter), None


def _submit(dossier: Dossier, spec: Spec, answers: dict, *, by, actor, at_counter: bool) -> Dossier:
    at = now()
    trail = Trail(dossier, actor)
    place(dossier, spec, answers)
    if at_counter and not receives(dossier, by):
        raise NotAllowed(_("Chỉ cán bộ tiếp nhận của chi nhánh này được nhận hồ sơ tại quầy."))
    dossier.answers = answers
    dossier.submission = 1
    dossier.saved_at = at
    dossier.answer_by = timing.answer_by(dossier.branch, at)
    dossier.urgent_at = dossier.answer_by
    if at_counter:
        dossier.submit_at_counter(at=at, by=by)
        reception.begin_count(dossier, spec, at)
        dossier.urgent_at = dossier.due_at
    else:
        dossier.submit(at=at)
    dossier.code = next_code(dossier.unit, at)
    dossier.save()
    charge(dossier, spec)
    if at_counter:
        reception.after_reception(dossier, spec, at)
    else:
        timers.start_answering(dossier, at)
        telling.tell_applicant(dossier, "dossier_submitted")
    trail.write("submit_at_counter" if at_counter else "submit", at=at, code=dossier.code)
    return dossier


def place(dossier: Dossier, spec: Spec, answers: dict[str, Any]) -> None:
    """Find unit and branch (DOMAIN §3) and copy from the answers what lists and searches need."""
    dossier.unit = routing.unit_of(spec, answers)
    dossier.branch = dossier.branch or routing.default_branch(spec, answers)
    if dossier.branch is None:
        raise Refusal(_("Hãy chọn chi nhánh tiếp nhận."), code="required", field="branch")
    routing.check_branch(spec, answers, dossier.branch)
    dossier.ward_id = answers.get(spec.routing_field)
    dossier.applicant_name = answers.get("applicant_name", "")
    dossier.applicant_phone = answers.get("applicant_phone", "")
    dossier.applicant_email = answers.get("applicant_email", "")
    dossier.applicant_number = answers.get("applicant_personal_number", "")
    business = answers.get("business_name", "")
    dossier.search = fold(
        f"{dossier.applicant_name} {dossier.applicant_phone} 0{dossier.applicant_phone[3:]} {business}"
    )


def charge(dossier: Dossier, spec: Spec) -> None:
    """Record the fees that the answers and the channel make due."""
    due = spec.fees_due(dossier.answers, dossier.channel)
    owe(
        subject_type="dossier",
        subject_id=dossier.pk,
        items=[(fee.key, fee.label, count, amount) for fee, count, amount in due],
    )


def own_files(files: dict[str, list[str]], by, spec: Spec) -> tuple[dict[str, list[StoredFile]], list[FieldError]]:
    """The caller's own uploads by document; another person's file or an unknown document is an error."""
    wanted = {str(pk) for ids in files.values() for pk in ids}
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
    return found, errors


# --- once -----------------------------------------------------------------------------------------------------------
def body_hash(body: Any) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _earlier(caller, key: str, body: Any, route: str = "dossiers") -> IdempotencyKey | None:
    """The answer given to this key before. Takes a lock on the key, so that two at once come one after the other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s), %s)", [f"{route}:{key}", caller.pk])
    row = IdempotencyKey.objects.select_related("dossier").filter(caller=caller, route=route, key=key).first()
    if row and row.body_hash != body_hash(body):
        raise KeyReused(_("Idempotency-Key này đã dùng cho một nội dung khác."))
    return row


def remember(*, caller, key: str, body: Any, dossier: Dossier, answer: dict, route: str = "dossiers") -> None:
    """Keep the answer beside the dossier it is about; call it in the transaction of file_dossier."""
    IdempotencyKey.objects.create(
        caller=caller, route=route, key=key, body_hash=body_hash(body), dossier=dossier, answer=answer
    )


def same_before(*, spec: Spec, answers: dict[str, Any], owner=None) -> Iterable[Dossier]:
    """Open dossiers of the same person for the same procedure, newest first: shown before they file it twice."""
    number = answers.get("applicant_personal_number")
    if not number and owner is None:
        return []
    rows = Dossier.objects.filter(procedure_id=spec.procedure_id, status__in=OPEN)
    rows = rows.filter(applicant_number=number) if number else rows.filter(owner=owner)
    return rows.select_related("branch").order_by("-submitted_at")[:3]
