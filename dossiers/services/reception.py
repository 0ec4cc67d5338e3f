"""At the branch: receive, refuse, hand over to the unit, hand the result back."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from audit.services import SYSTEM
from dossiers import routing, telling, timers, timing, waking
from dossiers.life import Status
from dossiers.models import Dossier
from dossiers.recording import Trail
from dossiers.services import steps
from payments.services import cancel_due
from procedures.spec import Spec
from procedures.versions import read
from worktime import now


def begin_count(dossier: Dossier, spec: Spec, at: datetime) -> None:
    """The count begins: the promise is made (D61 art. 18)."""
    dossier.count_from = at
    dossier.due_at = dossier.first_due_at = timing.promise(dossier, spec)
    dossier.urgent_at = dossier.due_at


def after_reception(dossier: Dossier, spec: Spec, at: datetime) -> None:
    """Set the clocks, wake the hand-over, tell the applicant. An immediate procedure starts at the counter."""
    timers.start_counting(dossier, at)
    if spec.immediate:
        steps.enter_first(dossier, spec, at)
        dossier.save(update_fields=["step", "step_entered_at", "urgent_at"])
    else:
        timers.set_for(dossier, timers.HANDOVER, at)
        if not dossier.is_scratch:  # whoever tries the draft hands it over with their own hands
            transaction.on_commit(lambda: waking.hand_over(dossier.pk), robust=True)
    telling.tell_applicant(dossier, "dossier_received")


def receive(dossier: Dossier, spec: Spec, *, by, at: datetime) -> None:
    dossier.receive(at=at, by=by)
    begin_count(dossier, spec, at)
    dossier.save()
    timers.stop(dossier, timers.ANSWER)
    after_reception(dossier, spec, at)


def refuse(dossier: Dossier, *, reason: str, at: datetime) -> None:
    dossier.refuse(at=at, reason=reason)
    dossier.urgent_at = at
    dossier.save()
    cancel_due(subject_type=dossier.owes_as, subject_id=dossier.pk)
    timers.stop(dossier)
    telling.tell_applicant(dossier, "dossier_refused", reason=reason)


def hand_over(dossier: Dossier, spec: Spec, *, at: datetime) -> None:
    """RECEIVED → IN_PROCESS: the first step of the process, and the officer with the least to do."""
    dossier.hand_over()
    steps.enter_first(dossier, spec, at)
    assign(dossier, at)
    dossier.save()
    timers.stop(dossier, timers.HANDOVER)
    if dossier.assignee_id is None:  # nobody at work today: tried again at the start of the unit's next working day
        timers.set_for(dossier, timers.HANDOVER, next_morning(dossier, at))


def next_morning(dossier: Dossier, at: datetime) -> datetime:
    """Some minutes into the unit's next working day."""
    return timing.next_start(timing.unit_calendar(dossier.unit), at)


def choose(dossier: Dossier, *, without: int | None = None) -> int | None:
    away = {without, *routing.kept_away(dossier)}
    return routing.choose_officer(dossier.unit_id, dossier.procedure.field_of_law_id, without=away)


def assign(dossier: Dossier, at: datetime) -> bool:
    """Give the dossier to the officer with the least weighted open work (DOMAIN §3.3). False when nobody is at work."""
    officer = choose(dossier)
    if officer is None:
        return False
    give_to(dossier, officer, at)
    return True


def give_to(
    dossier: Dossier, officer_id: int, at: datetime, *, template: str = "dossier_transferred", reason: str = ""
) -> None:
    dossier.assignee_id, dossier.assigned_at = officer_id, at
    dossier.items.open().filter(kind="step", role="OFFICER", unit=dossier.unit_id).update(assignee_id=officer_id)
    telling.tell_staff(dossier, template, [dossier.assignee], **({"reason": reason} if reason else {}))


@transaction.atomic
def hand_over_by_system(dossier_id: int) -> bool:
    """The hand-over that the worker or the sweep makes; doing it twice does nothing. True when something was done."""
    dossier = (
        Dossier.objects.select_for_update(of=("self",))
        .select_related("branch", "unit", "version", "procedure", "owner")
        .get(pk=dossier_id)
    )
    at = now()
    trail = Trail(dossier, SYSTEM)
    if dossier.status == Status.RECEIVED and not dossier.version.immediate:
        hand_over(dossier, read(dossier.version_id), at=at)
        trail.write("hand_over", at=at)
        return True
    if dossier.status != Status.IN_PROCESS or dossier.assignee_id is not None:
        return False
    if not assign(dossier, at):
        timers.set_for(dossier, timers.HANDOVER, next_morning(dossier, at))
        return False
    dossier.save()
    timers.stop(dossier, timers.HANDOVER)
    trail.write("assign", at=at)
    return True


def return_result(dossier: Dossier, *, way: str, note: str, by, at: datetime) -> None:
    dossier.return_result(at=at)
    steps.close_open_step(dossier, by=by, at=at)
    dossier.return_by = way or dossier.return_by
    dossier.save()
    timers.stop(dossier)
    telling.tell_applicant(dossier, "result_returned")


def unpaid_reason(dossier: Dossier, amount: int) -> str:
    return _("Còn %(amount)s ₫ phí, lệ phí chưa nộp; thu ngân ghi biên lai trước khi trả kết quả.") % {
        "amount": f"{amount:,}".replace(",", ".")
    }
