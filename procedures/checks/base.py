"""What every rule works with: the problem it reports, the place it reports it at, and the version under the lens."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from django.utils.translation import gettext as _

from procedures import conditions
from procedures.spec import REPEATED, Document, Exemption, Fee, Field, Item, Move, Section, Spec, Step

ERROR, WARNING = "error", "warning"
FACTS = ("items_done", "items_late")  # what a move's condition may read besides answers (dossiers.services.steps.facts)
NO_ANSWER = ("note",)


@dataclass(frozen=True)
class Problem:
    """Something wrong with a version: a whole sentence for the admin, at the row it belongs to.

    `part` is head, form, documents, fees, steps, items, moves, texts, routing or time; `key` is the row's key:
    "children.name" for a question of a group, "fee.exemption", "step.item", "move@source"; "" for the whole part.
    """

    level: str
    code: str
    message: str
    part: str
    key: str = ""

    @property
    def is_error(self) -> bool:
        return self.level == ERROR


@dataclass(frozen=True)
class Context:
    """What is true around the version today. None: not known, and nothing is checked against it."""

    held: frozenset[tuple[str, str]] | None = None  # (role, kind of unit) with somebody posted; "" for a branch
    fields_of_law: frozenset[str] | None = None
    wards: frozenset[str] | None = None
    linked: Mapping[str, frozenset[str]] | None = None  # published procedure → those its steps are linked to
    confirmed_time: tuple[int, str, str] | None = None  # amount, unit, legal basis of a version nobody doubts


NOTHING_KNOWN = Context()


@dataclass(frozen=True)
class Place:
    """Where a problem is: the part, the row's key, and what a person calls the row."""

    part: str
    key: str = ""
    name: str = ""

    def error(self, code: str, message: str) -> Problem:
        return self._problem(ERROR, code, message)

    def warning(self, code: str, message: str) -> Problem:
        return self._problem(WARNING, code, message)

    def _problem(self, level: str, code: str, message: str) -> Problem:
        said = f"{self.name}: {message}" if self.name else f"{message[:1].upper()}{message[1:]}"
        return Problem(level, code, f"{said}.", self.part, str(self.key))


@dataclass(frozen=True)
class Question:
    """A question of the form where it stands: its section, the group it is a part of, its place in the order."""

    field: Field
    section: Section
    order: int  # questions of one group share the group's
    group: Field | None = None
    row_order: int = 0

    @property
    def place(self) -> Place:
        key = f"{self.group.key}.{self.field.key}" if self.group else str(self.field.key)
        return Place("form", key, _("Câu hỏi “%(label)s”") % {"label": self.field.label or key})


Found = Iterator[Problem]


@dataclass(frozen=True)
class Case:
    """A version and what is known around it, with the look-ups that several rules need."""

    spec: Spec
    context: Context = field(default=NOTHING_KNOWN)

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        found, order = [], 0
        for section in self.spec.sections:
            for f in section.fields:
                found.append(Question(f, section, order))
                inner = f.fields if f.kind in REPEATED else ()
                found += [Question(part, section, order, f, at) for at, part in enumerate(inner)]
                order += 1
        return tuple(found)

    @cached_property
    def orders(self) -> dict[str, int]:
        """When the answer of each question outside groups is known: a computed one, after all that it reads."""
        own: dict[str, int] = {}
        for q in self.questions:
            if q.group is None:
                own.setdefault(q.field.key, q.order)
        return {key: max((own.get(name, 0) for name in self._read_by(key)), default=at) for key, at in own.items()}

    def _read_by(self, key: str) -> set[str]:
        """A question and, when it is computed, all that its formula reads, through other computed ones too."""
        found, waiting = {key}, [key]
        while waiting:
            f = self.spec.fields.get(waiting.pop())
            if f and f.kind == "computed" and not any(conditions.problems(f.formula, formula=True)):
                new = set(conditions.fields_of(f.formula)) - found
                found |= new
                waiting += new
        return found

    @cached_property
    def exemptions(self) -> tuple[tuple[Fee, Exemption], ...]:
        return tuple((fee, one) for fee in self.spec.fees for one in fee.exemptions)

    @cached_property
    def items(self) -> tuple[tuple[Step, Item], ...]:
        return tuple((step, item) for step in self.spec.steps for item in step.items)


def document_place(document: Document) -> Place:
    return Place("documents", document.key, _("Giấy tờ “%(name)s”") % {"name": document.name or document.key})


def fee_place(fee: Fee) -> Place:
    return Place("fees", fee.key, _("Khoản thu “%(name)s”") % {"name": fee.label or fee.key})


def exemption_place(fee: Fee, one: Exemption) -> Place:
    return Place("fees", f"{fee.key}.{one.key}", _("Miễn, giảm “%(name)s”") % {"name": one.name or one.key})


def step_place(step: Step) -> Place:
    return Place("steps", step.key, _("Bước “%(name)s”") % {"name": step.name or step.key})


def item_place(step: Step, item: Item) -> Place:
    return Place("items", f"{step.key}.{item.key}", _("Việc “%(name)s”") % {"name": item.name or item.key})


def move_place(move: Move) -> Place:
    return Place("moves", f"{move.key}@{move.source}", _("Chuyển bước “%(name)s”") % {"name": move.label or move.key})
