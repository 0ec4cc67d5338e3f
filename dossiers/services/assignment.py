"""Dossiers whose officer is away or no longer posted there go to somebody at work, with the reason written down."""

from django.db import transaction
from django.utils.translation import gettext as _

from audit.services import SYSTEM
from branches.models import Posting, Role
from dossiers.life import OPEN
from dossiers.models import Dossier
from dossiers.recording import Trail
from dossiers.services import reception
from worktime import now


def reassign_absent(limit: int = 500) -> int:
    """Move up to `limit` open dossiers; returns how many moved. Doing it again does nothing."""
    moved = 0
    for dossier_id in list(_stranded().values_list("pk", flat=True)[:limit]):
        moved += _reassign_one(dossier_id)
    return moved


def _stranded():
    """Open dossiers whose officer is not at work today in their unit. A leader who took one keeps it."""
    at_work = (
        Posting.objects.at_work()
        .filter(role__in=[Role.OFFICER, Role.LEADER], unit_id__isnull=False)
        .values_list("unit_id", "user_id")
    )
    present = set(at_work)
    pairs = (
        Dossier.objects.filter(status__in=OPEN, assignee__isnull=False).values_list("unit_id", "assignee_id").distinct()
    )
    absent = [pair for pair in pairs if pair not in present]
    stranded = Dossier.objects.none()
    for unit_id, user_id in absent:
        stranded |= Dossier.objects.filter(status__in=OPEN, unit_id=unit_id, assignee_id=user_id)
    return stranded.order_by("urgent_at")


@transaction.atomic
def _reassign_one(dossier_id: int) -> bool:
    dossier = (
        Dossier.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("branch", "unit", "version", "procedure", "owner", "assignee")
        .filter(pk=dossier_id, status__in=OPEN)
        .first()
    )
    if dossier is None or dossier.assignee is None:
        return False
    at, trail = now(), Trail(dossier, SYSTEM)
    reason = _("%(name)s vắng mặt hoặc hết phân công.") % {"name": dossier.assignee}
    officer = reception.choose(dossier, without=dossier.assignee_id)
    if officer is None:
        return False
    reception.give_to(dossier, officer, at, template="dossier_reassigned", reason=reason)
    dossier.save()
    trail.write("reassign", at=at, note=reason)
    return True
