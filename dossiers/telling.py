"""Who is told what about a dossier. Messages are stored in the act's own transaction (see notifications)."""

from collections.abc import Iterable

from django.db.models import Q

from branches.models import Delegation, Posting, Role
from dossiers.models import Dossier
from notifications.services import Letter, Recipient, send_many
from procedures.telling import moment
from procedures.versions import read

AT_BRANCH = (Role.CLERK, Role.CASHIER, Role.BRANCH_HEAD)
AT_UNIT = (Role.OFFICER, Role.LEADER)
MOST = 20  # people told of one thing


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
    if not dossier.is_scratch:
        send_many(applicant_letters(dossier, template, **more))


def tell_staff(dossier: Dossier, template: str, users: Iterable, *, dedupe: str = "", **more) -> None:
    if not dossier.is_scratch:
        send_many(staff_letters(dossier, template, users, dedupe=dedupe, **more))


def people(role: str, dossier: Dossier, *, unit_id: int | None = None, limit: int = MOST) -> list:
    """Who holds `role` for this dossier today: in its branch, its unit (who signs "KT." there too), or the Centre."""
    postings = Posting.objects.at_work().filter(role=role).select_related("user")
    if role in AT_BRANCH:
        postings = postings.filter(branch_id=dossier.branch_id)
    elif role in AT_UNIT:
        postings = postings.filter(unit_id=unit_id or dossier.unit_id)
    found = {p.user_id: p.user for p in postings.order_by("pk")[:limit]}
    if role == Role.LEADER:
        delegations = Delegation.objects.in_force().filter(unit_id=unit_id or dossier.unit_id).select_related("deputy")
        found |= {d.deputy_id: d.deputy for d in delegations[:limit]}
    return list(found.values())


def post(role: str, about: Dossier | Posting) -> tuple[str, int | None]:
    """The place at which `role` is held for this dossier, or by this posting; the Centre is one place."""
    return role, about.branch_id if role in AT_BRANCH else about.unit_id if role in AT_UNIT else None


def people_of_many(asked: Iterable[tuple[str, Dossier]]) -> dict[tuple[str, int | None], list]:
    """`people` of many dossiers in one query, by `post`."""
    held: dict[tuple[str, int | None], list[Posting]] = {post(role, dossier): [] for role, dossier in asked}
    where = Q(pk__in=[])
    for role in {role for role, _place in held}:
        places = [place for one, place in held if one == role]
        at = {"branch_id__in": places} if role in AT_BRANCH else {"unit_id__in": places} if role in AT_UNIT else {}
        where |= Q(role=role, **at)
    for posting in Posting.objects.at_work().filter(where).select_related("user").order_by("pk"):
        held[post(posting.role, posting)].append(posting)
    return {one: list({p.user_id: p.user for p in postings[:MOST]}.values()) for one, postings in held.items()}


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
