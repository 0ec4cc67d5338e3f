"""Dossiers as plain data for the API; the shapes are declared in api_shapes."""

from collections import defaultdict
from collections.abc import Iterable

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.services import readable
from dossiers import timing
from dossiers.acts import available
from dossiers.life import NATIONAL_CODE
from dossiers.models import Dossier, StoredFile
from dossiers.models.dossier import owns
from dossiers.reading import answers_for, kept_files
from dossiers.timeline import words
from payments.models import Obligation
from procedures.answers import dropped
from procedures.spec import Spec
from procedures.versions import read
from worktime import now


def named(row) -> dict | None:
    return {"code": row.code, "name": row.name} if row else None


def _step(dossier: Dossier, spec: Spec) -> dict | None:
    step = spec.steps_by_key.get(dossier.step)
    return {"key": step.key, "name": step.name} if step else None


def local(moment):
    """A moment with the city's offset, as the law counts it: 2026-11-26T17:00:00+07:00."""
    return timezone.localtime(moment) if moment else None


def _iso(moment):
    return local(moment).isoformat() if moment else None


def _href(dossier: Dossier) -> str:
    return reverse("api:dossier", args=[dossier.code])


def estimated(dossier: Dossier, spec: Spec):
    return dossier.due_at or timing.estimate(spec, dossier.unit, now())


def submitted(dossier: Dossier, spec: Spec, before: Iterable[Dossier], given: dict) -> dict:
    """The answer to a submit of the answers `given`; plain JSON, since it is kept for the same key."""
    return {
        "code": dossier.code,
        "status": str(dossier.status),
        "answer_by": _iso(dossier.answer_by),
        "estimated_due_at": _iso(estimated(dossier, spec)),
        "due_at": _iso(dossier.due_at),
        "unit": named(dossier.unit),
        "branch": named(dossier.branch),
        "href": _href(dossier),
        "warnings": warnings(before) + not_asked(spec, given, dossier.answers),
    }


def warnings(before: Iterable[Dossier]) -> list[dict]:
    return [
        {
            "code": "filed_before",
            "message": _("Người này đang có hồ sơ cùng thủ tục, mã %(code)s.") % {"code": dossier.code},
            "dossier": dossier.code,
        }
        for dossier in before
    ]


def not_asked(spec: Spec, given: dict, answers: dict) -> list[dict]:
    """Which answers were left out, because the others do not call for them."""
    said = _("Câu hỏi “%(label)s” không cần với các câu trả lời khác; câu trả lời này không được nhận.")
    return [
        {"code": "not_asked", "message": said % {"label": f.label}, "field": f.key}
        for f in dropped(spec, given, answers)
    ]


def due_fees(spec: Spec, answers: dict, channel: str) -> list[dict]:
    return [
        {"key": due.fee.key, "label": due.fee.label, "count": due.count, "amount": due.amount}
        for due in spec.fees_due(answers, channel)
    ]


def file_shape(file: StoredFile) -> dict:
    return {
        "id": str(file.pk),
        "name": file.name,
        "size": file.size,
        "content_type": file.content_type,
        "sha256": file.sha256,
    }


def whole(dossier: Dossier, user, *, revealed: bool = False) -> dict:
    """The dossier as this person may see it; for staff with the personal answers masked unless `revealed`."""
    spec = read(dossier.version_id)
    return {
        **summary(dossier, spec),
        "version": spec.number,
        "national_status": NATIONAL_CODE[dossier.status],
        "ward": named(dossier.ward),
        "answer_by": local(dossier.answer_by),
        "estimated_due_at": local(estimated(dossier, spec)),
        "received_at": local(dossier.received_at),
        "first_due_at": local(dossier.first_due_at),
        "repromised_at": local(dossier.repromised_at),
        "completed_at": local(dossier.completed_at),
        "outcome": dossier.outcome,
        "outcome_note": dossier.outcome_note,
        "return_by": dossier.return_by,
        "answers": answers_for(dossier, spec, user, revealed=revealed),
        "documents": _documents(dossier, spec, user),
        "fees": _fees(dossier),
        "timeline": _timeline(dossier, public=owns(dossier, user)),
        "actions": [_action(dossier, action) for action in available(dossier, user)],
        "warnings": [],
    }


def summary(dossier: Dossier, spec: Spec | None = None) -> dict:
    spec = spec or read(dossier.version_id)
    return {
        "code": dossier.code,
        "procedure": {"code": spec.code, "name": spec.short_name},
        "status": str(dossier.status),
        "status_label": str(dossier.get_status_display()),
        "step": _step(dossier, spec),
        "applicant_name": dossier.applicant_name,
        "channel": dossier.channel,
        "branch": named(dossier.branch),
        "unit": named(dossier.unit),
        "submitted_at": local(dossier.submitted_at),
        "urgent_at": local(dossier.urgent_at),
        "due_at": local(dossier.due_at),
    }


def _documents(dossier: Dossier, spec: Spec, user) -> list[dict]:
    files = defaultdict(list)
    kept = kept_files(dossier, spec, user)
    attachments = dossier.attachments.present().readable_by(user).exclude(file__in=kept)
    for attachment in attachments.select_related("file").order_by("pk"):
        files[attachment.requirement].append(attachment)
    asked = [
        {
            "key": d.key,
            "name": d.name,
            "required": d.required,
            "condition": d.condition,
            "files": _files(files.pop(d.key, [])),
        }
        for d in spec.asks(dossier.answers)
    ]
    others = [
        {"key": key, "name": _name(spec, key), "required": False, "condition": {}, "files": _files(rows)}
        for key, rows in files.items()
    ]
    return asked + others


def _name(spec: Spec, key: str) -> str:
    return spec.fields[key].label if key in spec.fields else _("Giấy tờ khác")


def _files(attachments) -> list[dict]:
    return [
        {
            "id": a.file_id,
            "name": a.file.name,
            "size": a.file.size,
            "content_type": a.file.content_type,
            "url": reverse("dossiers:file", args=[a.pk]),
            "purpose": a.purpose,
        }
        for a in attachments
    ]


def _fees(dossier: Dossier) -> list[dict]:
    rows = Obligation.objects.about("dossier", dossier.pk).filter(cancelled_at=None).order_by("pk")
    return [
        {
            "label": o.label,
            "count": o.count,
            "amount": o.amount,
            "paid": o.settled_at is not None,
            "receipt_number": o.receipt_number,
        }
        for o in rows
    ]


def _timeline(dossier: Dossier, *, public: bool) -> list[dict]:
    """The dossier's record. The applicant reads what concerns them: no internal notes, no reasons among staff."""
    shown = []
    for entry in readable(dossier.chain):
        after = entry.after or {}
        said = words(dossier, entry, after)
        if public and not said and "status" not in after and "step" not in after:
            continue
        shown.append(
            {
                "at": local(entry.at),
                "act": entry.act,
                "label": said[0] if said else after.get("label") or entry.act,
                "status": after.get("status"),
                "step": after.get("step"),
                "note": (said[1] if said else "") if public else entry.note,
            }
        )
    return shown


def _action(dossier: Dossier, action) -> dict:
    return {
        "name": action.name,
        "label": action.label,
        "primary": action.act.primary,
        "danger": action.act.danger,
        "step_up": action.act.signs,
        "href": reverse("api:action", args=[dossier.code, action.name]),
        "input": action.input_schema(),
    }


def looked_up(dossier: Dossier) -> dict:
    step = read(dossier.version_id).steps_by_key.get(dossier.step)
    return {
        "code": dossier.code,
        "procedure": dossier.version.short_name,
        "status": str(dossier.status),
        "status_label": str(dossier.get_status_display()),
        "step": (step.public_name or step.name) if step else None,
        "submitted_at": local(dossier.submitted_at),
        "due_at": local(dossier.due_at),
    }
