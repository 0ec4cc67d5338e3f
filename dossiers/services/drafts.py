"""A draft: started, saved section by section, with files; never taken for a submitted dossier."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from branches.models import Branch
from dossiers import door, storage
from dossiers.errors import NotNow, Refusal
from dossiers.life import Status
from dossiers.models import Attachment, Dossier
from dossiers.services import enclosing
from dossiers.services.enclosing import put, too_many_files
from procedures.answers import FieldError, clean_answers
from procedures.conditions import holds
from procedures.spec import Section, Spec
from worktime import now

__all__ = [
    "account_answers", "attach", "detach", "discard", "lock_draft", "missing_documents", "put", "save_delivery",
    "save_section", "start_draft", "too_many_files",
]  # fmt: skip
MAX_DRAFTS = 50


def start_draft(
    *, spec: Spec, by, owner=None, branch: Branch | None = None, prefill: dict[str, Any] | None = None
) -> Dossier:
    """A new draft of the version in force. `owner` is the citizen's account; a counter draft has none.

    Raises Refusal for a person with too many, and for a procedure that takes no dossiers now.
    """
    door.check_open(spec)
    if Dossier.objects.filter(created_by=by, status=Status.DRAFT).count() >= MAX_DRAFTS:
        raise Refusal(_("Anh/chị đang có quá nhiều bản nháp. Hãy nộp hoặc xóa bớt."), code="too_many_drafts")
    return Dossier.objects.create(
        procedure_id=spec.procedure_id,
        version_id=spec.version_id,
        owner=owner,
        created_by=by,
        channel="online" if owner else "counter",
        branch=branch,
        answers={k: v for k, v in (prefill or {}).items() if k in spec.fields},
        weight=spec.weight,
    )


def account_answers(spec: Spec, user) -> dict[str, Any]:
    """What the account already knows, for the questions that say so (`source: account.…`): never asked twice."""
    known = {}
    for field in spec.fields.values():
        if field.source.startswith("account."):
            name = field.source.removeprefix("account.")
            value = getattr(user, "ward_id" if name == "ward" else name, None)
            if value:
                known[field.key] = value.isoformat() if hasattr(value, "isoformat") else value
    return known


def lock_draft(dossier_id: int) -> Dossier:
    """The draft's row, locked. Raises NotNow when it is submitted already, Dossier.DoesNotExist when it is gone."""
    dossier = Dossier.everything.select_for_update().get(pk=dossier_id)
    if not dossier.is_draft:
        raise NotNow(_("Hồ sơ này đã được nộp, mã %(code)s.") % {"code": dossier.code}, code="already_submitted")
    return dossier


@transaction.atomic
def save_section(*, dossier_id: int, spec: Spec, section: Section, raw: dict[str, Any], by=None) -> list[FieldError]:
    """Save one section of a draft. What is right is saved even when something else in it is wrong; errors come back.

    Answers that this section's new answers no longer call for stay in the draft until submit, in case it was a slip.
    Files among the answers must be uploads of `by` or the draft's already; they are enclosed.
    """
    dossier = lock_draft(dossier_id)
    keys = {f.key for f in section.fields}
    others = {k: v for k, v in dossier.answers.items() if k not in keys}
    cleaned, errors = clean_answers(spec, {**others, **{k: v for k, v in raw.items() if k in keys}}, only=keys)
    wrong = enclosing.wrong_files(spec, cleaned, by=by, dossier=dossier)
    errors += wrong
    strange = {e.question for e in wrong}
    dossier.answers = {**others, **{k: v for k, v in cleaned.items() if k in keys - strange}}
    done = set(dossier.done_sections)
    dossier.done_sections = sorted(done - {section.key} if errors else done | {section.key})
    dossier.saved_at = now()
    dossier.save(update_fields=["answers", "done_sections", "saved_at"])
    enclosing.enclose(dossier, spec)
    return errors


@transaction.atomic
def save_delivery(*, dossier_id: int, branch: Branch, return_by: str, return_address: str) -> None:
    dossier = lock_draft(dossier_id)
    dossier.branch, dossier.return_by, dossier.return_address = branch, return_by, return_address
    dossier.done_sections = sorted({*dossier.done_sections, "delivery"})
    dossier.saved_at = now()
    dossier.save(update_fields=["branch", "return_by", "return_address", "done_sections", "saved_at"])


def attach(*, dossier_id: int, spec: Spec, requirement: str, upload, by) -> Attachment:
    """Store an upload and put it with the draft, under one of the documents the version asks for."""
    if requirement not in spec.documents_by_key:
        raise Refusal(_("Thủ tục này không yêu cầu giấy tờ đó."), code="unknown_document", field="file")
    file = storage.store(upload, name=upload.name, by=by)
    with transaction.atomic():
        dossier = lock_draft(dossier_id)
        attachment = put(dossier, file, requirement)
        Dossier.everything.filter(pk=dossier.pk).update(saved_at=now())
    return attachment


@transaction.atomic
def detach(*, dossier_id: int, attachment_id: int) -> None:
    dossier = lock_draft(dossier_id)
    dossier.attachments.filter(pk=attachment_id).delete()


@transaction.atomic
def discard(*, dossier_id: int) -> None:
    """Throw a draft away. A submitted dossier cannot be (a trigger says so too)."""
    dossier = lock_draft(dossier_id)
    dossier.attachments.all().delete()
    dossier.delete()


def missing_documents(spec: Spec, answers: dict[str, Any], present: set[str]) -> list[FieldError]:
    """Required documents that these answers call for and nobody has attached."""
    return [
        FieldError(f"files.{d.key}", "required", _("Còn thiếu: %(name)s.") % {"name": d.name})
        for d in spec.documents
        if d.required and holds(d.condition, answers) and d.key not in present
    ]
