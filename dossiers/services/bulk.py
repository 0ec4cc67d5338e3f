"""The same act on several dossiers: what would happen to each, and doing it, each in its own transaction."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from branches.models import Role
from branches.selectors import duties_of
from dossiers import timing
from dossiers.acts import RELATED, Case, acts_for, perform, state_of
from dossiers.errors import Refusal
from dossiers.life import Status
from dossiers.models import Dossier
from dossiers.routing import officers_at_work
from procedures.versions import read
from worktime import now

LIMIT = 100


@dataclass(frozen=True)
class Line:
    """One dossier of the preview: `why` it cannot be, or "" and what it will be promised."""

    dossier: Dossier
    why: str
    promise: datetime | None = None
    seen: str = ""


@dataclass(frozen=True)
class Outcome:
    """What became of one dossier: `why` it failed, or "". `before`: the username of its officer before."""

    dossier: Dossier
    why: str = ""
    before: str = ""


def chosen(user, ids: Iterable[int]) -> list[Dossier]:
    """The dossiers with these ids that the person may see, in the order of the queue; at most LIMIT."""
    rows = Dossier.objects.visible_to(user).exclude(status=Status.DRAFT).filter(pk__in=list(ids)[:LIMIT])
    return list(rows.select_related(*RELATED).order_by("urgent_at", "pk"))


def preview(user, ids: Iterable[int], name: str) -> list[Line]:
    """What the act would do to each dossier now."""
    return [_line(Case(dossier, user), name) for dossier in chosen(user, ids)]


def _line(case: Case, name: str) -> Line:
    dossier = case.dossier
    acts = [act for act in acts_for(case) if act.name == name]
    if any(act.available(case) for act in acts):
        promise = (
            timing.estimate(read(dossier.version_id), dossier.unit, now()) if name == "receive" else dossier.due_at
        )
        return Line(dossier, "", promise, state_of(dossier))
    if not any(act.permitted(case) for act in acts):
        return Line(dossier, _("Anh/chị không có quyền làm việc này với hồ sơ này."))
    return Line(dossier, _("Hồ sơ đang “%(status)s”.") % {"status": dossier.get_status_display()})


def perform_each(user, ids: Iterable[int], name: str, data: dict, *, seen: dict[int, str], **meta) -> list[Outcome]:
    """Do the act to each; one that fails does not hold up the others."""
    outcomes = []
    for dossier in chosen(user, ids):
        before = dossier.assignee.username if dossier.assignee_id else ""
        try:
            done = perform(dossier.pk, name, data, user=user, seen=seen.get(dossier.pk, ""), **meta)
            outcomes.append(Outcome(done, before=before))
        except Refusal as refusal:
            outcomes.append(Outcome(dossier, why=refusal.message))
    return outcomes


def officers_for(user, dossiers: Iterable[Dossier]) -> list[tuple[str, str]]:
    """(username, name and unit) of the officers at work in those units of the dossiers that the person leads."""
    led = set(duties_of(user).units(Role.LEADER))
    people: dict[str, str] = {}
    for unit_id, field_id in {(d.unit_id, d.procedure.field_of_law_id) for d in dossiers if d.unit_id in led}:
        for posting in officers_at_work(unit_id, field_id).select_related("user", "unit"):
            people[posting.user.username] = f"{posting.user} · {posting.unit}"
    return sorted(people.items(), key=lambda pair: pair[1])
