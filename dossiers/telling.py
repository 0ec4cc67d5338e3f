"""Who is told what about a dossier. Messages are stored in the act's own transaction (see notifications)."""

from collections.abc import Iterable

from django.utils import timezone

from branches.models import Posting, Role
from dossiers.models import Dossier
from notifications.services import Letter, Recipient, send_many
from procedures.versions import read


def moment(at) -> str:
    """A moment as people here write it: 15:30 ngày 24/11/2026."""
    return f"{timezone.localtime(at):%H:%M ngày %d/%m/%Y}" if at else ""


def context_of(dossier: Dossier, **more) -> dict:
    return {
        "code": dossier.code,
        "procedure": read(dossier.version_id).short_name,
        "branch": str(dossier.branch or ""),
        "unit": str(dossier.unit or ""),
        "due": moment(dossier.due_at or dossier.answer_by),
        **more,
    }


def applicant_letters(dossier: Dossier, template: str, **more) -> list[Letter]:
    to = Recipient(
        user_id=dossier.owner_id,
        name=dossier.applicant_name,
        email=dossier.applicant_email,
        phone=dossier.applicant_phone,
        language=dossier.owner.language if dossier.owner_id else "vi",
    )
    return [
        _letter(
            dossier,
            template,
            to,
            f"/ho-so/{dossier.code}/" if dossier.owner_id else f"/tra-cuu/?ma={dossier.code}",
            more,
        )
    ]


def staff_letters(dossier: Dossier, template: str, users: Iterable, *, dedupe: str = "", **more) -> list[Letter]:
    letters = []
    for user in users:
        # Staff read their inbox on the desk all day; e-mail would only double it.
        to = Recipient(user_id=user.pk, name=str(user), language=user.language)
        letters.append(
            _letter(dossier, template, to, f"/can-bo/ho-so/{dossier.code}/", more, dedupe and f"{dedupe}:{user.pk}")
        )
    return letters


def tell_applicant(dossier: Dossier, template: str, **more) -> None:
    send_many(applicant_letters(dossier, template, **more))


def tell_staff(dossier: Dossier, template: str, users: Iterable, *, dedupe: str = "", **more) -> None:
    send_many(staff_letters(dossier, template, users, dedupe=dedupe, **more))


def people(role: str, dossier: Dossier, *, unit_id: int | None = None, limit: int = 20) -> list:
    """Who holds `role` for this dossier today: in its branch, its unit, or the Centre."""
    postings = Posting.objects.at_work().filter(role=role).select_related("user")
    if role in (Role.CLERK, Role.CASHIER, Role.BRANCH_HEAD):
        postings = postings.filter(branch_id=dossier.branch_id)
    elif role in (Role.OFFICER, Role.LEADER):
        postings = postings.filter(unit_id=unit_id or dossier.unit_id)
    return list({p.user_id: p.user for p in postings.order_by("pk")[:limit]}.values())


def _letter(dossier: Dossier, template: str, to: Recipient, link: str, more: dict, dedupe: str = "") -> Letter:
    return Letter(
        template,
        to,
        context_of(dossier, **more),
        link=link,
        subject_type="dossier",
        subject_id=dossier.pk,
        dedupe_key=dedupe,
    )
