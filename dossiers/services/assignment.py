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
    present = set(
        Posting.objects.at_work()
        .filter(role__in=[Role.OFFICER, Role.LEADER], unit_id__isnull=False)
        .values_list("unit_id", "user_id")
    )
    staffed = {unit_id for unit_id, _user in present}
    open_ones = Dossier.objects.filter(status__in=OPEN, assignee__isnull=False)
    moved = 0
    for unit_id, user_id in open_ones.values_list("unit_id", "assignee_id").distinct():
        if (unit_id, user_id) in present or unit_id not in staffed:  # a leader who took one keeps it
            continue
        theirs = open_ones.filter(unit_id=unit_id, assignee_id=user_id).order_by("urgent_at")
        for dossier_id in list(theirs.values_list("pk", flat=True)[: limit - moved]):
            moved += _reassign_one(dossier_id, unit_id, user_id)
    return moved


@transaction.atomic
def _reassign_one(dossier_id: int, unit_id: int, user_id: int) -> bool:
    """Under the lock it is looked at again: a leader may have given it to somebody meanwhile."""
    dossier = (
        Dossier.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("branch", "unit", "version", "procedure", "owner", "assignee")
        .filter(pk=dossier_id, status__in=OPEN, unit_id=unit_id, assignee_id=user_id)
        .first()
    )
    if dossier is None:
        return False
    at, trail = now(), Trail(dossier, SYSTEM)
    reason = _("%(name)s vắng mặt hoặc hết phân công.") % {"name": dossier.assignee}
    officer = reception.choose(dossier, without=user_id)
    if officer is None:
        return False
    reception.give_to(dossier, officer, at, template="dossier_reassigned", reason=reason)
    dossier.save()
    trail.write("reassign", at=at, note=reason)
    return True
