"""What happens when a dossier's clock fires. The sweep (worktime.clocks) has locked the dossier's row already."""

from collections.abc import Callable
from datetime import datetime

from django.utils.translation import gettext as _

from audit.services import SYSTEM
from branches.models import Role
from dossiers import telling, timers
from dossiers.life import Status
from dossiers.models import Dossier, Threshold, WorkItem
from dossiers.recording import Trail
from dossiers.services import changing, reception
from notifications.services import Letter, send_many
from worktime import clocks, now
from worktime.models import Clock

Next = datetime | tuple[datetime, str] | None


def register() -> None:
    lock = clocks.subject_lock(Dossier)
    clocks.register(timers.DUE, due, due_many, lock=lock)
    for kind, handler in {
        timers.ANSWER: answer,
        timers.HANDOVER: hand_over,
        timers.SUPPLEMENT: supplement,
        timers.PAYMENT: payment,
    }.items():
        clocks.register(kind, handler, lock=lock)
    clocks.register(timers.ITEM, item_due, lock=lock_dossiers_of_items)


def lock_dossiers_of_items(item_ids: list[int]) -> set[int]:
    """An item's subject is its dossier: lock that row, as every service does."""
    pairs = dict(WorkItem.objects.filter(pk__in=item_ids).values_list("pk", "dossier_id"))
    locked = clocks.subject_lock(Dossier)(sorted(set(pairs.values())))
    return {pk for pk in item_ids if pairs.get(pk) in locked or pk not in pairs}


def load(clock: Clock) -> Dossier:
    return Dossier.objects.select_related("branch", "unit", "version", "procedure", "owner", "assignee").get(
        pk=clock.subject_id
    )


def answer(clock: Clock) -> Next:
    """An online dossier nobody has answered: the clerks at three quarters of the time, the branch's head at its end."""
    dossier = load(clock)
    if dossier.status != Status.REGISTERED:
        return None
    due_words = telling.moment(dossier.answer_by)
    if clock.stage == "warn":
        telling.tell_staff(dossier, "answer_warning", telling.people(Role.CLERK, dossier), due=due_words)
        if dossier.answer_by > max(clock.next_fire_at, now()):
            return dossier.answer_by, "late"
    telling.tell_staff(dossier, "dossier_overdue", telling.people(Role.BRANCH_HEAD, dossier), due=due_words)
    return None


def hand_over(clock: Clock) -> Next:
    """The hand-over that the worker did not make, or the officer who was not there."""
    reception.hand_over_by_system(clock.subject_id)
    return None  # tried again later: hand_over has set the clock itself


def due(clock: Clock) -> Next:
    """A threshold of the promise: everyone whose moment has come is told, then the clock goes to the next one."""
    return due_many([clock]).get(clock.pk)


def due_many(found: list[Clock]) -> dict[int, Next]:
    """`due` for a whole batch: dossiers, thresholds and people are read once, messages stored in one statement."""
    dossiers, thresholds, at = running(found), timers.active(), now()
    nexts, reminders = {}, []
    for clock in found:
        dossier = dossiers[clock.subject_id]
        if dossier.status not in (Status.RECEIVED, Status.IN_PROCESS):
            continue
        moments, until = timers.moments_of(dossier, thresholds), max(at, clock.next_fire_at)
        # A handler that failed was moved ahead; the stage still names the threshold it owes.
        since = min([clock.next_fire_at, *(moment for moment, t in moments if str(t.pk) == clock.stage)])
        reached = sorted((moment, t.pk, t) for moment, t in moments if since <= moment <= until)
        reminders += [(dossier, threshold) for _moment, _pk, threshold in reached]
        if following := timers.first_after(moments, until):
            nexts[clock.pk] = following[0], str(following[1].pk)
    remind(reminders)
    return nexts


def running(found: list[Clock]) -> dict[int, Dossier]:
    """The dossiers of these clocks with what a reminder says of them. Raises DoesNotExist when one is gone."""
    rows = Dossier.objects.select_related("branch", "unit", "assignee").only(*SAID)
    dossiers = rows.in_bulk([clock.subject_id for clock in found])
    if gone := {clock.subject_id for clock in found} - dossiers.keys():
        raise Dossier.DoesNotExist(f"no dossier {min(gone)}")
    return dossiers


SAID = (
    "code",
    "status",
    "version_id",
    "count_from",
    "due_at",
    "first_due_at",
    "answer_by",
    "branch",
    "unit",
    "assignee",
)


def remind(reminders: list[tuple[Dossier, Threshold]]) -> None:
    """Tell the officer in charge, or whoever holds the threshold's role for the dossier today."""
    asked = [(t.role, dossier) for dossier, t in reminders if not _has_officer(dossier, t)]
    people = telling.people_of_many(asked)
    letters = []
    for dossier, threshold in reminders:
        officer = [dossier.assignee] if _has_officer(dossier, threshold) else None
        letters += _reminder(dossier, threshold, officer or people[telling.post(threshold.role, dossier)])
    send_many(letters)


def _has_officer(dossier: Dossier, threshold: Threshold) -> bool:
    return threshold.role == Role.OFFICER and dossier.assignee_id is not None


def _reminder(dossier: Dossier, threshold: Threshold, people: list) -> list[Letter]:
    dedupe = f"due:{dossier.pk}:{dossier.due_at:%Y%m%d%H%M}:{threshold.pk}"
    more = {"percent": threshold.value} if threshold.kind == Threshold.Kind.SHARE else {}
    return telling.staff_letters(dossier, threshold.template, people, dedupe=dedupe, **more)


def supplement(clock: Clock) -> Next:
    return _waiting(
        clock,
        Status.SUPPLEMENT_REQUIRED,
        "supplement_reminder",
        lambda dossier: dossier.supplements.filter(answered_at=None).latest("asked_at").due_at,
        _("Không bổ sung giấy tờ đúng hạn."),
    )


def payment(clock: Clock) -> Next:
    return _waiting(
        clock,
        Status.PAYMENT_REQUIRED,
        "payment_reminder",
        lambda dossier: dossier.urgent_at,
        _("Không thực hiện nghĩa vụ tài chính đúng hạn."),
    )


def _waiting(clock: Clock, status: str, reminder: str, deadline: Callable[[Dossier], datetime], reason: str) -> Next:
    """Remind the applicant; at the deadline stop the dossier (DOMAIN §4)."""
    dossier = load(clock)
    if dossier.status != status:
        return None
    until = deadline(dossier)
    if now() < until:
        telling.tell_applicant(dossier, reminder, due=telling.moment(until))
        return until, "stop"
    at, trail = now(), Trail(dossier, SYSTEM)
    changing.stop(dossier, reason=reason, at=at)
    trail.write("stop", at=at, note=reason)
    return None


def item_due(clock: Clock) -> Next:
    """An opinion or a linked result is late: its unit's leader and the officer who waits are told (DOMAIN §6.4)."""
    item = WorkItem.objects.select_related("unit").filter(pk=clock.subject_id).first()
    if item is None or item.state not in (WorkItem.State.OPEN, WorkItem.State.WAITING):
        return None
    dossier = Dossier.objects.select_related("branch", "unit", "version", "assignee").get(pk=item.dossier_id)
    people = telling.people(Role.LEADER, dossier, unit_id=item.unit_id) + (
        [dossier.assignee] if dossier.assignee_id else []
    )
    telling.tell_staff(
        dossier,
        "opinion_late",
        people,
        dedupe=f"item:{item.pk}:late",
        unit=str(item.unit),
        due=telling.moment(item.due_at),
    )
    return None
