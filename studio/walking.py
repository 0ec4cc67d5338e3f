"""What the page of a trial shows: the acts grouped by who would do them, the reminders that would come, what waits."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.services import readable
from branches.models import Role
from dossiers import desk, timeline, timers, timing
from dossiers.acts import Action, state_of
from dossiers.errors import Refusal
from dossiers.life import CLOSED, Status
from dossiers.models import Attachment, Dossier
from dossiers.selectors import promise_of
from payments.models import Obligation
from procedures.drawing import Heat, describe, draw
from procedures.shown import Shown, show
from procedures.spec import Spec
from studio import trying
from worktime import now

CITIZEN, ASKED = "citizen", "asked"
_WHO = {
    "receive": Role.CLERK, "hand_over": Role.CLERK, "refuse": Role.CLERK, "return_result": Role.CLERK,
    "settle_payment": Role.CASHIER, "reassign": Role.LEADER, "finish_item": ASKED,
    "give_supplement": CITIZEN, "correct": CITIZEN, "withdraw": CITIZEN, "rate": CITIZEN,
}  # fmt: skip
_ORDER = (CITIZEN, Role.CLERK, Role.CASHIER, Role.OFFICER, Role.LEADER, ASKED)


@dataclass
class Group:
    """A role, and what it could do now."""

    key: str
    label: str
    place: str
    actions: list[Action] = field(default_factory=list)


def groups_of(dossier: Dossier, actions: list[Action]) -> list[Group]:
    """The acts by the role that would do them, whoever has the way forward first; unit or branch named beside it."""
    groups: dict[str, Group] = {}
    for action in actions:
        if action.act.quiet:
            continue
        key = _who(dossier, action)
        groups.setdefault(key, Group(key, _label(key), _place(dossier, key, action))).actions.append(action)
    found = [groups[key] for key in _ORDER if key in groups]
    return sorted(found, key=lambda group: not any(a.act.primary for a in group.actions))


def _who(dossier: Dossier, action: Action) -> str:
    move = action.case.spec.move(action.name, dossier.step) if dossier.step else None
    if move:
        return move.role if move.role in (Role.CLERK, Role.LEADER) else Role.OFFICER
    if action.name in ("ask_supplement", "ask_payment") and dossier.status == Status.REGISTERED:
        return Role.CLERK
    return _WHO.get(action.name, Role.OFFICER)


def _label(key: str) -> str:
    labels = {CITIZEN: _("Người dân"), ASKED: _("Cơ quan được hỏi ý kiến, liên thông")}
    return labels.get(key) or str(Role(key).label)


def _place(dossier: Dossier, key: str, action: Action) -> str:
    if key in (Role.CLERK, Role.CASHIER):
        return str(dossier.branch)
    if key in (Role.OFFICER, Role.LEADER):
        elsewhere = action.case.spec.move(action.name, dossier.step) and action.case.step_unit_id != dossier.unit_id
        return str(_step_unit(dossier)) if elsewhere else str(dossier.unit)
    if key == ASKED:
        return ", ".join(dict.fromkeys(str(item.unit) for item in action.case.my_items))
    return ""


def _step_unit(dossier: Dossier):
    return next(i.unit for i in dossier.items.all() if i.kind == "step" and i.state == "open")


# --- reminders that never come ------------------------------------------------------------------------------------
def reminders_of(dossier: Dossier) -> list[tuple[datetime, str]]:
    """(moment, what would happen) of every clock that a real dossier would have running now, the soonest first."""
    found = _own(dossier)
    for item in dossier.items.all():
        if item.kind != "step" and item.state == "open" and item.due_at:
            said = {"unit": item.unit, "name": item.name}
            found.append((item.due_at, _("báo trễ cho lãnh đạo %(unit)s và chuyên viên: %(name)s") % said))
    return sorted(found, key=lambda pair: pair[0])


def _own(dossier: Dossier) -> list[tuple[datetime, str]]:
    if dossier.status == Status.REGISTERED:
        calendar = timing.branch_calendar(dossier.branch)
        warned = timers.moment_at_share(dossier.submitted_at, dossier.answer_by, 75, calendar)
        return [
            (warned, _("nhắc cán bộ tiếp nhận: sắp hết giờ trả lời")),
            (dossier.answer_by, _("báo trưởng chi nhánh: chưa trả lời người nộp")),
        ]
    if dossier.status in (Status.SUPPLEMENT_REQUIRED, Status.PAYMENT_REQUIRED):
        asked_at = timing.reminder_before(dossier.urgent_at, timing.branch_calendar(dossier.branch), dossier.saved_at)
        return [(asked_at, _("nhắc người nộp")), (dossier.urgent_at, _("dừng xử lý nếu người nộp không trả lời"))]
    if dossier.status in (Status.RECEIVED, Status.IN_PROCESS) and dossier.due_at:
        moments = timers.moments_of(dossier, timers.active())
        return [(at, _("nhắc %(who)s: hẹn trả %(when)s") % _said(t, dossier)) for at, t in moments]
    return []


def _said(threshold, dossier: Dossier) -> dict[str, str]:
    return {"who": threshold.get_role_display().lower(), "when": f"{timezone.localtime(dossier.due_at):%d/%m}"}


# --- the page -----------------------------------------------------------------------------------------------------
def picture_of(dossier: Dossier, spec: Spec) -> str:
    """The drawing of the version, with the trial where it stands now and at the work that is open in it."""
    if dossier.is_draft or dossier.step not in spec.steps_by_key:
        return draw(spec)
    at = now()
    open_items = [i for i in dossier.items.all() if i.state == "open"]
    places = {i.step if i.kind == "step" else f"{i.step}.{i.key}": i for i in open_items}
    return draw(spec, heat={p: Heat(1, (at - i.opened_at) / timedelta(hours=1), i.is_late) for p, i in places.items()})


def page_of(dossier: Dossier, user) -> dict:
    """Everything the page of a trial shows. `broken` says, in words, where the version led nowhere."""
    try:
        spec = trying.spec_of(dossier.version_id)
        return {"spec": spec, "broken": "", **_facts(dossier, spec, user)}
    except Refusal as refusal:
        return {"spec": None, "broken": refusal.message, "groups": []}
    except trying.BROKEN as error:
        return {"spec": None, "broken": trying.unready(error).message, "groups": []}


def _facts(dossier: Dossier, spec: Spec, user) -> dict:
    step = spec.steps_by_key.get(dossier.step)
    gone = bool(dossier.step) and step is None
    facts = {
        "step": step,
        "gone": gone,
        "closed": dossier.status in CLOSED,
        "seen": state_of(dossier),
        "picture": picture_of(dossier, spec),
        "sentences": describe(spec),
    }
    if dossier.is_draft:
        files = Attachment.objects.filter(dossier=dossier).present().count()
        return facts | {"groups": [], "files": files, "promise": promise_of(spec, dossier.answers)}
    groups = [] if gone else groups_of(dossier, trying.available(dossier, user))
    return facts | {
        "groups": groups,
        "reminders": [] if gone else reminders_of(dossier),
        "items": desk.items_of(dossier, spec),
        "history": desk.history(dossier, spec),
        "events": [] if gone else timeline.timeline(dossier, spec, readable(dossier.chain)),
        "owed": Obligation.objects.about(dossier.owes_as, dossier.pk).filter(cancelled_at=None).order_by("pk"),
        "sections": _sections(dossier, spec),
    }


def _sections(dossier: Dossier, spec: Spec) -> list[tuple[str, list[Shown]]]:
    """Everything that was answered, as whoever may read all of it sees it."""
    present = dossier.attachments.present().select_related("file")
    files = {str(a.file_id): {"name": a.file.name, "url": reverse("dossiers:file", args=[a.pk])} for a in present}
    parts = [
        (s.title, [show(f, dossier.answers[f.key], files=files) for f in s.fields if f.key in dossier.answers])
        for s in spec.sections
    ]
    return [(title, rows) for title, rows in parts if rows]
