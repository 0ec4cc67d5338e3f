"""The version's own process: entering steps, the work inside them, following moves."""

from datetime import datetime

from django.utils.translation import gettext as _

from branches.models import CompetentUnit, Role
from branches.selectors import unit_for
from dossiers import telling, timers, timing
from dossiers.errors import Refusal
from dossiers.models import Dossier, WorkItem
from dossiers.models.dossier import Outcome
from procedures.conditions import holds
from procedures.spec import Item, Move, Spec, Step
from worktime.deadlines import working_days_before


def enter_first(dossier: Dossier, spec: Spec, at: datetime) -> None:
    moves = spec.moves_from("")
    if not moves:  # only a draft that is being tried can be so: checks keep it from being published
        raise Refusal(_("Quy trình chưa có đường vào bước đầu tiên."), code="no_first_step")
    _enter(dossier, spec, moves[0], at)


def follow(dossier: Dossier, spec: Spec, move: Move, *, by, at: datetime, result: dict, reason: str = "") -> None:
    """Follow a move: close the step's work with what it produced, enter the next step, make the decision it carries.

    Whoever calls has checked role and condition (dossiers.acts), and saves the dossier's row afterwards.
    """
    dossier.items.filter(kind=WorkItem.Kind.STEP, state=WorkItem.State.OPEN).update(
        state=WorkItem.State.DONE, done_at=at, done_by=by, result={**result, **({"reason": reason} if reason else {})}
    )
    for effect in move.effects:
        _EFFECTS[effect](dossier, spec, by=by, at=at, reason=reason, result=result)
    _enter(dossier, spec, move, at)


def facts(dossier: Dossier) -> dict:
    """What a move's condition may read besides the answers: whether the asked work is done, or late."""
    items = [i for i in dossier.items.all() if i.kind != WorkItem.Kind.STEP and i.step == dossier.step]
    waiting = [i for i in items if i.required and i.state in (WorkItem.State.OPEN, WorkItem.State.WAITING)]
    return {"items_done": not waiting, "items_late": any(i.is_late for i in waiting)}


def is_open(dossier: Dossier, move: Move) -> bool:
    return holds(move.condition, {**dossier.answers, **facts(dossier)}) if move.condition else True


def _enter(dossier: Dossier, spec: Spec, move: Move, at: datetime) -> None:
    step = spec.steps_by_key.get(move.target)
    if step is None:
        raise Refusal(_("Quy trình không có bước “%(key)s”.") % {"key": move.target}, code="no_step")
    unit = _unit_of(dossier, step)
    dossier.move_step(move=move, at=at)
    _open(dossier, spec, step, unit, at)


def open_step(dossier: Dossier, spec: Spec, step: Step, at: datetime) -> None:
    """Open the work of the step the dossier stands on by another way than a move. Raises Refusal: no unit for it."""
    _open(dossier, spec, step, _unit_of(dossier, step), at)


def _open(dossier: Dossier, spec: Spec, step: Step, unit: CompetentUnit | None, at: datetime) -> None:
    WorkItem.objects.create(
        dossier=dossier,
        kind=WorkItem.Kind.STEP,
        step=step.key,
        key=step.key,
        name=step.name,
        role=step.role,
        unit=unit,
        branch_id=dossier.branch_id if step.role == Role.CLERK else None,
        assignee_id=dossier.assignee_id if step.role == Role.OFFICER and unit == dossier.unit else None,
        opened_at=at,
        due_at=timing.step_due(dossier, spec, step.key, at),
    )
    if step.items:
        _ask_others(dossier, step, at)
    if not step.end:
        _tell_step(dossier, step, unit)


def _unit_of(dossier: Dossier, step: Step) -> CompetentUnit | None:
    """The unit that does the step; none where the branch does."""
    if step.role == Role.CLERK:
        return None
    unit = timing.step_unit(dossier, step)
    if unit is None:
        raise Refusal(_("Chưa có cơ quan để làm bước “%(name)s”.") % {"name": step.name}, code="no_unit")
    return unit


def _tell_step(dossier: Dossier, step: Step, unit: CompetentUnit | None) -> None:
    """The leader, and whoever does it in another unit; the officer in charge has the dossier on the desk already."""
    if step.role == Role.LEADER or (unit and unit != dossier.unit):
        workers = telling.people(step.role, dossier, unit_id=unit.pk if unit else None)
        telling.tell_staff(dossier, "step_waiting", workers, step=step.name)


def _ask_others(dossier: Dossier, step: Step, at: datetime) -> None:
    """Open the step's work for other units; what was done on an earlier visit of the step is not asked again."""
    known = set(dossier.items.filter(step=step.key).exclude(kind=WorkItem.Kind.STEP).values_list("key", flat=True))
    for item in step.items:
        if item.key not in known:
            _ask(dossier, step, item, at)


def _ask(dossier: Dossier, step: Step, item: Item, at: datetime) -> None:
    unit = unit_for(item.unit_kind, dossier.ward_id)
    if unit is None:
        raise Refusal(_("Chưa có cơ quan để giao việc: %(name)s.") % {"name": item.name}, code="no_unit")
    waits = bool(item.after)
    row = WorkItem.objects.create(
        dossier=dossier,
        kind=item.kind,
        state=WorkItem.State.WAITING if waits else WorkItem.State.OPEN,
        step=step.key,
        key=item.key,
        name=item.name,
        role=Role.OFFICER,
        unit=unit,
        required=item.required,
        after=item.after,
        opened_at=None if waits else at,
        due_at=None if waits else timing.item_due(item, unit, at, dossier.due_at),  # its time begins when it opens
    )
    if not waits:
        timers.start_item(row)
        _tell_unit(dossier, row)


def _tell_unit(dossier: Dossier, item: WorkItem) -> None:
    workers = telling.people(Role.OFFICER, dossier, unit_id=item.unit_id)
    telling.tell_staff(dossier, "opinion_asked", workers, reason=item.name, due=telling.moment(item.due_at))


def finish_item(dossier: Dossier, spec: Spec, item: WorkItem, *, by, at: datetime, text: str) -> None:
    """A unit gives its opinion or its result. Work that waited for it opens."""
    WorkItem.objects.filter(pk=item.pk).update(state=WorkItem.State.DONE, done_at=at, done_by=by, result={"text": text})
    timers.stop_item(item)
    for waiting in dossier.items.filter(state=WorkItem.State.WAITING, after=item.key, step=item.step):
        asked = next(i for i in spec.steps_by_key[waiting.step].items if i.key == waiting.key)
        waiting.state, waiting.opened_at = WorkItem.State.OPEN, at
        waiting.due_at = timing.item_due(asked, waiting.unit, at, dossier.due_at)
        waiting.save(update_fields=["state", "opened_at", "due_at"])
        timers.start_item(waiting)
        _tell_unit(dossier, waiting)
    if not dossier.items.asked().open().filter(step=item.step, required=True).exists() and dossier.assignee_id:
        telling.tell_staff(dossier, "step_waiting", [dossier.assignee], step=_("đã đủ ý kiến và kết quả liên thông"))


def close_open_step(dossier: Dossier, *, by, at: datetime) -> None:
    """The result is handed over: the last step's work is done."""
    dossier.items.filter(kind=WorkItem.Kind.STEP).open().update(state=WorkItem.State.DONE, done_at=at, done_by=by)


def cancel_asked(dossier: Dossier, at: datetime) -> None:
    """Nobody needs any more what other units were asked and have not given."""
    for item in dossier.items.asked().open():
        timers.stop_item(item)
    dossier.items.asked().open().update(state=WorkItem.State.CANCELLED, done_at=at)


def cancel_work(dossier: Dossier, at: datetime) -> None:
    """The dossier ends: nobody works on it any more."""
    dossier.items.open().update(state=WorkItem.State.CANCELLED, done_at=at)


# --- what a move brings about -------------------------------------------------------------------------------------
def _decide(outcome: str):
    def effect(dossier: Dossier, spec: Spec, *, by, at, reason, result) -> None:
        dossier.outcome, dossier.decided_at, dossier.decided_by = outcome, at, by
        dossier.outcome_note = reason or result.get("summary") or _signed(result) or dossier.outcome_note

    return effect


def _signed(result: dict) -> str:
    """The paper that a leader has confirmed as signed, as people cite it."""
    if not result.get("decision_number"):
        return ""
    return _("%(title)s, số %(number)s") % {"title": result["decision_title"], "number": result["decision_number"]}


def _complete(dossier: Dossier, spec: Spec, *, by, at, reason, result) -> None:
    early = dossier.due_at and at < working_days_before(dossier.due_at, 1, timing.unit_calendar(dossier.unit))
    dossier.complete(at=at)
    timers.stop(dossier, timers.DUE, timers.HANDOVER)
    cancel_asked(dossier, at)
    if dossier.outcome == Outcome.REJECTED:
        telling.tell_applicant(dossier, "result_rejected", reason=dossier.outcome_note or "—")
    else:  # an early result is announced before its day (D61 art. 20.4)
        telling.tell_applicant(dossier, "result_ready_early" if early else "result_ready")


def _ask_payment(dossier: Dossier, spec: Spec, *, by, at, reason, result) -> None:
    from dossiers.services import requests

    requests.require_payment(dossier, spec, label=result["payment_label"], amount=result["payment_amount"], at=at)


_EFFECTS = {
    "approve": _decide(Outcome.APPROVED),
    "reject": _decide(Outcome.REJECTED),
    "acknowledge": _decide(Outcome.ACKNOWLEDGED),
    "complete": _complete,
    "ask_payment": _ask_payment,
}
