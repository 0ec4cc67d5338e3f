"""Declaring relatives and companies, and what was done before somebody said so (issue 5 §2)."""

from datetime import date, datetime, time

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.models import AuditEntry
from audit.services import Actor, record
from branches.models import RelativeDeclaration
from dossiers import leaving
from dossiers.errors import Refusal
from dossiers.life import OPEN
from dossiers.models import Dossier, LateDeclaration
from dossiers.models.permissions import numbers_of
from worktime import now

CHUNK = 500


@transaction.atomic
def declare(declaration: RelativeDeclaration, *, actor: Actor) -> RelativeDeclaration:
    """Store what a member of staff declares: acts done too early are noted, dossiers on their desk go to others.

    The record names the kind of relation and the days, never who the relative is.
    """
    declaration.declared_at = at = now()
    declaration.save(force_insert=True)
    _note_late(declaration)
    _hand_on(declaration, at)
    _record(declaration, "relative_declared", actor, at)
    return declaration


@transaction.atomic
def end(declaration_id: int, *, by, actor: Actor, on: date | None = None) -> RelativeDeclaration:
    """The relation is over after the day `on` (today). Raises DoesNotExist for what is not this person's.

    A right that was given up by declaring never comes back for the days before.
    """
    declaration = RelativeDeclaration.objects.select_for_update().get(pk=declaration_id, user=by)
    today = timezone.localdate(now())
    if declaration.ends_on is not None and declaration.ends_on <= today:
        raise Refusal(_("Khai báo này đã kết thúc."), code="ended")
    declaration.ends_on = max(on or today, today, declaration.starts_on)
    declaration.save(update_fields=["ends_on"])
    _record(declaration, "relative_ended", actor, now())
    return declaration


def _note_late(declaration: RelativeDeclaration) -> None:
    """Acts between the beginning of the relation and its declaration, one row each."""
    since = datetime.combine(declaration.starts_on, time(), timezone.get_default_timezone())
    acts = AuditEntry.objects.filter(
        actor_id=declaration.user_id, subject_type="dossier", at__gte=since, at__lt=declaration.declared_at
    )
    if declaration.ends_on:
        acts = acts.filter(at__date__lte=declaration.ends_on)
    done: dict[int, list[tuple[str, datetime]]] = {}
    for pk, act, after, at in acts.order_by("at").values_list("subject_id", "act", "after", "at"):
        if is_act(act, after):
            done.setdefault(pk, []).append(((after or {}).get("label") or act, at))
    late = [
        LateDeclaration(declaration=declaration, dossier=dossier, act=label[:200], acted_at=at)
        for dossier in _about(declaration, list(done))
        for label, at in done[dossier.pk]
    ]
    LateDeclaration.objects.bulk_create(late)


def is_act(act: str, after: dict | None) -> bool:
    """Whether an entry is something done for the office: those carry the label under which it was offered, a look
    at the dossier does not."""
    return "label" in (after or {}) or act in ("submit_at_counter", "check_paper", "add_result")


def _about(declaration: RelativeDeclaration, ids: list[int]) -> list[Dossier]:
    """Those of the dossiers that are about the person or company declared."""
    found = []
    for start in range(0, len(ids), CHUNK):
        rows = Dossier.objects.filter(pk__in=ids[start : start + CHUNK])
        rows = rows.exclude(owner_id=declaration.user_id).only("version_id", "answers", "number_index", "is_scratch")
        found += [dossier for dossier in rows if declaration.number_index in numbers_of(dossier)]
    return found


def _hand_on(declaration: RelativeDeclaration, at: datetime) -> None:
    """Open dossiers that this person may not go on with are given to somebody else."""
    if not RelativeDeclaration.objects.in_force().filter(pk=declaration.pk).exists():
        return
    mine = Dossier.objects.filter(status__in=OPEN, assignee_id=declaration.user_id).order_by("pk")
    for dossier in mine.select_for_update(of=("self",)).select_related(*leaving.NEEDED):
        if declaration.number_index in numbers_of(dossier):
            leaving.hand_on(dossier, at, reason=_("%(name)s có quan hệ thân thích.") % {"name": dossier.assignee})


def _record(declaration: RelativeDeclaration, act: str, actor: Actor, at: datetime) -> None:
    record(
        chain=f"staff:{declaration.user_id}",
        act=act,
        actor=actor,
        subject_type="relative",
        subject_id=declaration.pk,
        after={
            "relation": declaration.relation,
            "starts_on": declaration.starts_on.isoformat(),
            "ends_on": declaration.ends_on.isoformat() if declaration.ends_on else None,
        },
        at=at,
    )
