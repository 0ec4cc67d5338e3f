"""Acts that change the course of a dossier: withdraw, stop, promise anew, forward, reassign, correct."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from branches.models import CompetentUnit, Role
from dossiers import telling, timers, timing
from dossiers.errors import Refusal
from dossiers.life import Status
from dossiers.models import Dossier, Pause, WorkItem
from dossiers.services import reception, requests
from dossiers.services.steps import cancel_work
from payments.services import cancel_due
from procedures.spec import Spec
from worktime.deadlines import working_days_after


def _end(dossier: Dossier, at: datetime) -> None:
    dossier.urgent_at = at
    dossier.save()
    Pause.objects.filter(dossier=dossier, ended_at=None).update(ended_at=at)
    cancel_work(dossier, at)
    cancel_due(subject_type=dossier.owes_as, subject_id=dossier.pk)
    timers.stop(dossier)


def withdraw(dossier: Dossier, *, reason: str, at: datetime) -> None:
    dossier.withdraw(at=at, reason=reason)
    _end(dossier, at)
    telling.tell_applicant(dossier, "dossier_withdrawn")


def stop(dossier: Dossier, *, reason: str, at: datetime) -> None:
    dossier.stop(at=at, reason=reason)
    _end(dossier, at)
    telling.tell_applicant(dossier, "dossier_stopped", reason=reason)


def may_repromise(dossier: Dossier, at: datetime) -> str:
    """Why a new date may not be promised now, or "" (D61 art. 19.9: once, and at the latest the day before)."""
    if dossier.decided_at:
        return _("Đã ký quyết định.")
    if dossier.repromised_at:
        return _("Đã hẹn lại một lần, không được hẹn lại lần nữa.")
    if timezone.localdate(at) >= timezone.localdate(dossier.due_at):
        return _("Phải xin lỗi và hẹn lại chậm nhất một ngày trước ngày hẹn trả.")
    return ""


def repromise(dossier: Dossier, *, days: int, reason: str, at: datetime) -> None:
    """The apology with reason and new date (paper 04): `days` working days after the promise in force."""
    calendar = timing.unit_calendar(dossier.unit)
    dossier.due_at = working_days_after(dossier.due_at, days, calendar)
    dossier.urgent_at, dossier.repromised_at = dossier.due_at, at
    dossier.save()
    timers.start_counting(dossier, at)
    telling.tell_applicant(dossier, "apology_repromised", reason=reason)


def forward(dossier: Dossier, spec: Spec, *, unit: CompetentUnit, reason: str, at: datetime) -> None:
    """To the right unit: the code stays, the clock goes on, the trail shows it (DOMAIN §3.4)."""
    if unit.kind != spec.unit_kind or unit.pk == dossier.unit_id:
        raise Refusal(_("Chỉ chuyển được đến cơ quan khác cùng loại."), code="wrong_unit", field="unit")
    own = dossier.items.open().filter(kind=WorkItem.Kind.STEP, unit_id=dossier.unit_id)  # another unit's step stays
    own.exclude(role=Role.CLERK).update(unit=unit, assignee=None)
    dossier.unit, dossier.assignee, dossier.assigned_at = unit, None, None
    if dossier.status == Status.IN_PROCESS and not reception.assign(dossier, at):
        timers.set_for(dossier, timers.HANDOVER, reception.next_morning(dossier, at))
    dossier.save()


def reassign(dossier: Dossier, *, officer_id: int, reason: str, at: datetime) -> None:
    if officer_id == dossier.assignee_id:
        raise Refusal(_("Hồ sơ đang do chính người này xử lý."), code="same_officer", field="officer")
    reception.give_to(dossier, officer_id, at, template="dossier_reassigned", reason=reason)
    dossier.save()
    timers.stop(dossier, timers.HANDOVER)


def correct(dossier: Dossier, spec: Spec, *, answers: dict, files: dict, by, at: datetime) -> list[str]:
    """While REGISTERED the applicant corrects: a recorded new submission of the same dossier (DOMAIN §4)."""
    changed = requests.correct_answers(dossier, spec, answers, by=by, at=at)
    requests.attach_all(dossier, files, spec, by=by, at=at, purpose="document")
    requests.check_papers(dossier, spec, by)
    dossier.saved_at = at
    dossier.save()
    return changed
