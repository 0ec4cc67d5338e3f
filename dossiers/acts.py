"""The one door: what this person may do with this dossier now, and doing it.

An act is named, has inputs (the same `Field` as a form's questions, so that the browser, the API and the checks agree),
a permission (the FSM transition's own where there is one), and a reason why not. `perform` locks, looks the act up
among those available, cleans its input, runs the service, and writes the record, all in one transaction.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import can_proceed

from branches.models import Role
from branches.selectors import Duties, duties_of
from dossiers.errors import Conflict, Invalid, NotAllowed, NotNow, StepUpRequired
from dossiers.models import Dossier
from dossiers.models.permissions import conflicted, tries
from dossiers.recording import Trail, actor_for
from dossiers.services import requests, steps
from procedures.answers import FieldError, clean_value
from procedures.answers import Invalid as InvalidValue
from procedures.schema import field_schema
from procedures.spec import Field, Spec
from procedures.versions import read
from worktime import now

RELATED = ("branch", "unit", "version", "procedure", "owner", "assignee", "ward")


@dataclass
class Case:
    """A dossier as one person meets it: who they are to it, and what they may need to decide."""

    dossier: Dossier
    user: Any

    @cached_property
    def duties(self) -> Duties:
        return duties_of(self.user)

    @property
    def signs_as(self) -> str:
        """ "KT. …" while this person signs in a leader's place, or ""."""
        posting = self.duties.at_unit(self.step_unit_id, Role.LEADER)
        return posting.capacity if posting else ""

    @cached_property
    def spec(self) -> Spec:
        return read(self.dossier.version_id)

    @cached_property
    def due_amount(self) -> int:
        return requests.due_amount(self.dossier)

    @cached_property
    def at(self):
        return now()

    @cached_property
    def facts(self) -> dict:
        return {**self.dossier.answers, **steps.facts(self.dossier)}

    @cached_property
    def my_items(self) -> list:
        """Open work asked of a unit this person belongs to; whoever tries a draft belongs to all."""
        units = set(self.duties.units())
        if not units and not self.dossier.is_scratch:
            return []
        asked = [i for i in self.dossier.items.all() if i.kind != "step" and i.state == "open"]
        if self.dossier.is_scratch:
            return asked if tries(self.dossier, self.user) else []
        if conflicted(self.dossier, self.user):
            return []
        return [i for i in asked if i.unit_id in units]

    @cached_property
    def step_unit_id(self) -> int | None:
        """The unit whose people do the present step."""
        step = self.spec.steps_by_key.get(self.dossier.step)
        if not step or not step.unit_kind or step.unit_kind == self.spec.unit_kind:
            return self.dossier.unit_id
        item = next((i for i in self.dossier.items.all() if i.kind == "step" and i.state == "open"), None)
        return item.unit_id if item else self.dossier.unit_id


@dataclass(frozen=True)
class Act:
    """One thing that can be done. `fields(case)` are its inputs; `refusal(case)` says why not now, or ""."""

    name: str
    label: Any
    run: Callable[[Case, dict], dict | None]  # may return what the record should say besides
    transition: str = ""
    permission: Callable[[Case], bool] | None = None
    refusal: Callable[[Case], str] | None = None
    fields: Callable[[Case], list[Field]] = lambda case: []
    primary: bool = False
    danger: bool = False
    role: str = ""  # in which of several postings it is done: a deputy's, as leader, is recorded as "KT."
    signs: bool = False  # a decision: whoever does it shows the second factor again
    quiet: bool = False  # changes nothing of the course (a note): not shown as a decision
    key: str = ""
    extra_schema: Callable[[Case], dict] | None = None
    already: Callable[[Case], bool] | None = None  # what is asked is so already: doing it again is no mistake

    def permitted(self, case: Case) -> bool:
        if self.permission:
            return self.permission(case)
        # The transition's own permission, whatever the state is now: "not yours" and "not now" are different answers.
        transitions = getattr(case.dossier, self.transition)._django_fsm.transitions
        return next(iter(transitions.values())).has_perm(case.dossier, case.user)

    def available(self, case: Case) -> bool:
        if self.transition and not can_proceed(getattr(case.dossier, self.transition)):
            return False
        return self.permitted(case) and not (self.refusal and self.refusal(case))


@dataclass
class Action:
    """An act offered to somebody: what a screen or a program needs to offer it."""

    act: Act
    fields: list[Field]
    case: Case = field(repr=False)

    @property
    def name(self) -> str:
        return self.act.name

    @property
    def label(self) -> str:
        return str(self.act.label)

    def input_schema(self) -> dict[str, Any]:
        """JSON Schema 2020-12 of the input; an example that would be accepted is in `examples`."""
        schema = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "properties": {f.key: field_schema(f) for f in self.fields},
            "required": [f.key for f in self.fields if f.required],
            "additionalProperties": False,
            "examples": [{f.key: f.example for f in self.fields if f.required}],
        }
        if self.act.extra_schema:
            schema["properties"] |= self.act.extra_schema(self.case)
        return schema


def acts_for(case: Case) -> list[Act]:
    """Every act there is for this dossier: the fixed ones and the moves of its present step."""
    from dossiers.act_list import ACTS
    from dossiers.act_moves import moves

    return [*moves(case), *ACTS]


def available(dossier: Dossier, user) -> list[Action]:
    """What `user` may do with `dossier` now, the way forward first."""
    case = Case(dossier, user)
    acts = [act for act in acts_for(case) if act.available(case)]
    acts.sort(key=lambda act: (act.quiet, not act.primary, act.danger))
    return [Action(act, act.fields(case), case) for act in acts]


def lock(dossier_id: int) -> Dossier:
    return Dossier.everything.select_for_update(of=("self",)).select_related(*RELATED).get(pk=dossier_id)


def not_proven() -> None:
    """The step-up of a caller that has none to offer."""
    raise StepUpRequired(_("Việc ký cần xác minh hai lớp thêm một lần. Xin nhập lại mã xác minh."))


def proven() -> None:
    """The step-up of whoever has just shown the second factor, and of the demo's stories, which ask nobody."""


def perform(
    dossier_id: int, name: str, data: dict[str, Any], *, user, ip: str = "", request_id: str = "", seen: str = "",
    step_up: Callable[[], None] = not_proven,
) -> Dossier:  # fmt: skip
    """Do one act, in one transaction, recorded.

    `seen` is the state the person was looking at (`state_of`); when it has changed meanwhile, NotNow. `step_up` is
    called for an act that signs, when nothing else is in its way, and raises StepUpRequired unless the person has just
    shown the second factor. Raises NotAllowed, NotNow, Invalid or another Refusal; nothing is changed then.
    """
    with transaction.atomic():
        case = Case(lock(dossier_id), user)
        if _is_so_already(case, name):
            return case.dossier
        act = _find(case, name, seen)
        cleaned = clean_input(act.fields(case), data, extra=set(act.extra_schema(case)) if act.extra_schema else set())
        if act.signs:
            step_up()
        actor = actor_for(user, case.dossier, case.duties, role=act.role, ip=ip, request_id=request_id)
        trail = Trail(case.dossier, actor)
        more = act.run(case, cleaned)
        more = more if isinstance(more, dict) else {}
        trail.write(name, at=case.at, note=str(cleaned.get("reason", "")), label=str(act.label), **more)
        return case.dossier


def _is_so_already(case: Case, name: str) -> bool:
    acts = [act for act in acts_for(case) if act.name == name and act.already]
    return any(act.permitted(case) and act.already(case) for act in acts)


def state_of(dossier: Dossier) -> str:
    """What a page remembers of the dossier it showed, to notice that somebody was quicker."""
    return f"{dossier.status}|{dossier.step}|{dossier.submission}|{dossier.assignee_id or ''}"


def _find(case: Case, name: str, seen: str) -> Act:
    acts = [act for act in acts_for(case) if act.name == name]
    for act in acts:
        if act.available(case) and (not seen or act.quiet or seen == state_of(case.dossier)):
            return act
    if acts and not any(act.permitted(case) for act in acts):
        if case.duties and conflicted(case.dossier, case.user):
            raise Conflict
        raise NotAllowed(_("Anh/chị không có quyền làm việc này với hồ sơ này."))
    for act in acts:
        if act.refusal and (why := act.refusal(case)):
            raise NotNow(why, code="refused_now")
    raise NotNow(
        _("Hồ sơ đã thay đổi: hiện đang ở trạng thái “%(status)s”. Có thể người khác vừa xử lý; hãy tải lại trang.")
        % {"status": case.dossier.get_status_display()}
    )


def clean_input(fields: list[Field], data: dict[str, Any], *, extra: set[str] = frozenset()) -> dict[str, Any]:
    """Clean an act's input by its fields. Raises Invalid with every mistake."""
    known = {f.key for f in fields} | extra
    errors = [FieldError(str(k)[:80], "unknown", _("Không có ô nhập này.")) for k in data if k not in known]
    cleaned: dict[str, Any] = {k: data[k] for k in extra if k in data}
    for f in fields:
        try:
            value = clean_value(f, data.get(f.key))
        except InvalidValue as invalid:
            errors.append(FieldError(f.key, invalid.code, invalid.message))
            continue
        if value is None and f.required:
            errors.append(FieldError(f.key, "required", _("Hãy điền: %(label)s.") % {"label": f.label}))
        elif value is not None:
            cleaned[f.key] = value
    if errors:
        raise Invalid(errors)
    return cleaned
