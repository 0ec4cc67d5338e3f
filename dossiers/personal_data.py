"""What this room keeps about a person: their dossiers, the files in them, and drafts."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from accounts.personal_data import Holder, StoredCopy, Subject, register
from audit.labels import label_of_act
from audit.services import readable
from dossiers.life import Status
from dossiers.models import Attachment, Dossier
from dossiers.reading import answers_for, kept_files
from dossiers.services import drafts
from dossiers.storage import Quarantined, open_file
from dossiers.timeline import words
from payments.models import Obligation
from procedures.versions import read

MOMENTS = ("created_at", "submitted_at", "received_at", "due_at", "completed_at", "closed_at")


def _rows(user):
    return Dossier.objects.filter(owner=user).order_by("pk")


def export(user) -> list[dict]:
    rows = _rows(user).select_related("version", "procedure", "branch", "unit", "ward")
    return [_dossier(dossier, user) for dossier in rows]


def _dossier(dossier: Dossier, user) -> dict:
    spec = read(dossier.version_id)
    fees = Obligation.objects.about("dossier", dossier.pk).order_by("pk")
    return {
        "code": dossier.code,
        "procedure": {"code": dossier.procedure.code, "name": spec.name},
        "status": dossier.get_status_display(),
        "outcome": dossier.get_outcome_display(),
        "channel": dossier.get_channel_display(),
        "branch": str(dossier.branch or ""),
        "unit": str(dossier.unit or ""),
        **{name: getattr(dossier, name) for name in MOMENTS},
        "applicant": {
            "name": dossier.applicant_name,
            "phone": dossier.applicant_phone,
            "email": dossier.applicant_email,
            "personal_number": dossier.applicant_number,
        },
        "return_by": dossier.get_return_by_display(),
        "return_address": dossier.return_address,
        "answers": answers_for(dossier, spec, user),
        "former_answers": list(dossier.former_answers.values("submission", "answers", "replaced_at")),
        "supplements": list(dossier.supplements.values("reason", "asked_at", "due_at", "answered_at", "answer")),
        "fees": list(fees.values("label", "amount", "created_at", "settled_at", "receipt_number", "cancelled_at")),
        "files": list(_attachments(dossier, user).values("pk", "file__name", "requirement", "purpose", "added_at")),
        "course": list(_course(dossier)),
    }


def _course(dossier: Dossier) -> Iterator[dict]:
    """What happened, as the applicant reads it on the dossier's page."""
    for entry in readable(dossier.chain):
        if words(dossier, entry, entry.after or {}):
            yield {"at": entry.at, "act": label_of_act(entry.act, entry.after)}


def _attachments(dossier: Dossier, user):
    kept = kept_files(dossier, read(dossier.version_id), user)
    return Attachment.objects.present().readable_by(user).filter(dossier=dossier).exclude(file__in=kept).order_by("pk")


def files(user) -> Iterator[StoredCopy]:
    for dossier in _rows(user):
        folder = dossier.code or f"nhap-{dossier.pk}"
        for attachment in _attachments(dossier, user).select_related("file"):
            yield StoredCopy(f"tep/{folder}/{attachment.file.name}", lambda file=attachment.file: _open(file))


def _open(file):
    try:
        return open_file(file)
    except Quarantined as error:
        raise FileNotFoundError(file.pk) from error


def subjects(user) -> Iterator[Subject]:
    for pk, code in _rows(user).values_list("pk", "code"):
        yield Subject("dossier", pk, code or _("bản nháp"))


def keeps(user) -> list[str]:
    number = _rows(user).exclude(status=Status.DRAFT).count()
    if not number:
        return []
    said = _(
        "%(number)s hồ sơ đã nộp được lưu trữ theo Luật Lưu trữ và quy định của từng thủ tục, không xóa theo yêu cầu."
    )
    return [said % {"number": number}]


def erase(user) -> None:
    """Drafts; what was submitted belongs to the file of the authority."""
    for pk in list(_rows(user).filter(status=Status.DRAFT).values_list("pk", flat=True)):
        drafts.discard(dossier_id=pk)


def register_own() -> None:
    register(
        Holder(
            "dossiers", _l("Hồ sơ và bản nháp"), export, erase, lambda user: _rows(user).count(), keeps, files, subjects
        )
    )
