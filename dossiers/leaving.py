"""When a posting is over, what the person still had on the desk goes on by the routing rules, the reason written down.

Their rights ended with the day itself, whatever happens here: this only keeps dossiers from waiting for nobody.
"""

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from audit.services import SYSTEM
from branches.models import Posting, Role
from dossiers import timers
from dossiers.life import OPEN, Status
from dossiers.models import Dossier, WorkItem
from dossiers.recording import Trail
from dossiers.services import reception
from worktime import clocks, now
from worktime.models import Clock

BATCH = 100
SOON, BUSY = timedelta(milliseconds=1), timedelta(seconds=5)
NEEDED = ("branch", "unit", "version", "procedure", "owner", "assignee")


def register() -> None:
    clocks.register(Posting.END, ended, lock=clocks.subject_lock(Posting))


def ended(clock: Clock) -> datetime | None:
    """The clock of a posting's end: move a batch, and go on at once until nothing is left."""
    posting = Posting.objects.select_related("user", "unit").filter(pk=clock.subject_id).first()
    if posting is None or posting.end is None:
        return None
    at = now()
    if posting.end > at:  # the end was moved by an update that set no clock
        return posting.end
    if posting.unit_id is None or _still_works_there(posting):
        return None
    moved, left = release(posting, at)
    if not left:
        return None
    return max(clock.next_fire_at, at) + (SOON if moved else BUSY)


def _still_works_there(posting: Posting) -> bool:
    """Another posting of the same person goes on where this one ended."""
    others = Posting.objects.in_force().filter(user_id=posting.user_id, unit_id=posting.unit_id)
    return others.filter(role__in=[Role.OFFICER, Role.LEADER]).exists()


def release(posting: Posting, at: datetime) -> tuple[int, bool]:
    """Move up to BATCH dossiers and the work items beside them; how many moved, and whether more can be moved.

    What cannot be given to anybody today waits unassigned for the unit's next morning; a dossier that waits for its
    applicant goes on as soon as somebody is at work (services.assignment).
    """
    day = timezone.localtime(posting.end) - timedelta(days=1)
    reason = _("%(name)s hết phân công tại %(unit)s sau ngày %(day)s.") % {
        "name": posting.user, "unit": posting.unit, "day": f"{day:%d/%m/%Y}",
    }  # fmt: skip
    rows = Dossier.objects.filter(status__in=OPEN, assignee_id=posting.user_id, unit_id=posting.unit_id)
    ids = list(rows.order_by("urgent_at", "pk").values_list("pk", flat=True)[: BATCH + 1])
    locked = Dossier.objects.select_for_update(of=("self",), skip_locked=True).select_related(*NEEDED)
    taken = list(locked.filter(pk__in=ids[:BATCH], assignee_id=posting.user_id).order_by("pk"))
    moved = sum(hand_on(dossier, at, reason=reason) for dossier in taken)
    items, items_left = _release_items(posting, at, reason)
    return moved + items, len(ids) > BATCH or len(taken) < min(len(ids), BATCH) or items_left


def hand_on(dossier: Dossier, at: datetime, *, reason: str) -> bool:
    """Give a locked dossier to another officer than it has; nobody there: unassigned until the unit's next morning."""
    trail, leaving = Trail(dossier, SYSTEM), dossier.assignee_id
    officer = reception.choose(dossier, without=leaving)
    if officer is not None:
        reception.give_to(dossier, officer, at, template="dossier_reassigned", reason=reason)
    elif dossier.status == Status.IN_PROCESS:
        dossier.assignee = dossier.assigned_at = None
        dossier.items.open().filter(assignee_id=leaving).update(assignee=None)
        timers.set_for(dossier, timers.HANDOVER, reception.next_morning(dossier, at))
    else:
        return False
    dossier.save(update_fields=["assignee", "assigned_at"])
    trail.write("reassign", at=at, note=reason)
    return True


def _release_items(posting: Posting, at: datetime, reason: str) -> tuple[int, bool]:
    """Work that was this person's in dossiers which are not: it goes back to the whole unit."""
    items = WorkItem.objects.open().filter(assignee_id=posting.user_id, unit_id=posting.unit_id)
    others = items.exclude(dossier__assignee_id=posting.user_id, dossier__unit_id=posting.unit_id)
    ids = list(others.order_by("dossier_id").values_list("dossier_id", flat=True).distinct()[: BATCH + 1])
    locked = Dossier.everything.select_for_update(of=("self",), skip_locked=True)
    taken = list(locked.filter(pk__in=ids[:BATCH]).order_by("pk"))
    for dossier in taken:
        names = list(items.filter(dossier=dossier).values_list("name", flat=True))
        items.filter(dossier=dossier).update(assignee=None)
        Trail(dossier, SYSTEM).write("release_item", at=at, note=reason, items=names)
    return len(taken), len(ids) > len(taken)
