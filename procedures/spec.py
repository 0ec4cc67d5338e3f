"""One version of a procedure, read whole: an immutable value that every other part works from.

Rows in the database, files of the catalogue and this object say the same thing; `load_catalogue` turns a file into
rows, `versions.read` turns rows into this. Nothing here touches the database.
"""

import hashlib
import json
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from typing import Any

from procedures.conditions import holds

FIELD_KINDS = (
    "text", "long_text", "number", "money", "date", "choice", "many", "yes_no",
    "phone", "email", "ward", "personal_number", "tax_code",
)  # fmt: skip
TIME_UNITS = ("HOUR", "WORKING_DAY", "DAY")
ROLES = ("CLERK", "OFFICER", "LEADER")
PRODUCES = ("", "check", "minutes", "council", "draft_result", "proof")
EFFECTS = ("approve", "reject", "acknowledge", "complete", "ask_payment")
UNIT_KINDS = (
    "WARD", "POLICE_WARD", "LAND", "CONSTRUCTION", "FINANCE", "HOME_AFFAIRS", "EDUCATION", "POLICE_CITY",
    "CULTURE", "HEALTH", "TOURISM", "AGRICULTURE", "SOCIAL_INSURANCE", "TAX", "FIRE_POLICE",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Field:
    """One question of the form. `minimum`/`maximum` bound numbers, money and dates ("today" or ISO date)."""

    key: str
    kind: str
    label: str
    hint: str = ""
    example: Any = None
    required: bool = True
    options: tuple[tuple[str, str], ...] = ()
    minimum: Any = None
    maximum: Any = None
    max_length: int | None = None
    pattern: str = ""
    decimals: int = 0
    condition: dict = field(default_factory=dict, hash=False)
    source: str = ""  # where an answer already given can be offered from: "account.full_name", …
    privacy: str = "none"  # none, personal, sensitive


@dataclass(frozen=True, slots=True)
class Section:
    key: str
    title: str
    fields: tuple[Field, ...]
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A paper to hand in. `name` is short and plain; `full_name` is the law's wording."""

    key: str
    name: str
    full_name: str = ""
    required: bool = True
    condition: dict = field(default_factory=dict, hash=False)
    condition_text: str = ""
    originals: int = 0
    copies: int = 0
    assumed: bool = False


@dataclass(frozen=True, slots=True)
class Fee:
    """`amount` in VND, per dossier, or per unit counted by the number field `count_field`."""

    key: str
    label: str
    amount: int
    per: str = "dossier"  # dossier, copy, page
    count_field: str = ""
    channel: str = "any"  # any, online, counter
    condition: dict = field(default_factory=dict, hash=False)
    assumed: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """Work asked of another unit inside a step: an opinion, or a linked result with its own deadline."""

    key: str
    kind: str  # opinion, linked
    name: str
    unit_kind: str
    amount: int
    unit: str = "WORKING_DAY"
    required: bool = True
    after: str = ""  # another item that must be done first


@dataclass(frozen=True, slots=True)
class Step:
    key: str
    name: str
    role: str
    share: int = 0  # percent of the whole time
    produces: str = ""
    items: tuple[Item, ...] = ()
    end: bool = False
    public_name: str = ""  # what the citizen reads on the timeline


@dataclass(frozen=True, slots=True)
class Move:
    key: str
    label: str
    source: str  # "" enters the process
    target: str
    role: str = ""
    condition: dict = field(default_factory=dict, hash=False)
    needs_reason: bool = False
    effects: tuple[str, ...] = ()
    primary: bool = False  # the way forward


@dataclass(frozen=True)
class Spec:
    code: str
    name: str
    short_name: str
    field_of_law: str
    ministry: str
    audience: str
    unit_kind: str
    family: str
    time_amount: int
    time_unit: str
    sections: tuple[Section, ...]
    documents: tuple[Document, ...]
    fees: tuple[Fee, ...]
    steps: tuple[Step, ...]
    moves: tuple[Move, ...]
    short_name_en: str = ""
    summary: str = ""
    result: str = ""
    routing_field: str = ""
    any_branch: bool = True
    immediate: bool = False  # decided in the same session, never handed over
    channels: tuple[str, ...] = ("online", "counter")
    returns: tuple[str, ...] = ("counter", "online")  # ways to get the result: counter, post, online
    supplement_days: int = 10
    after_supplement: str = "restart"  # restart (D61 art. 19.4) or resume
    payment_days: int = 30
    weight: int = 1
    legal_basis: str = ""
    assumed: tuple[str, ...] = ()  # what nobody has confirmed: "time", "documents", "fees", "form", …
    version_id: int | None = None
    procedure_id: int | None = None
    number: int | None = None

    # --- looking things up --------------------------------------------------------------------------------------
    @cached_property
    def fields(self) -> dict[str, Field]:
        return {f.key: f for s in self.sections for f in s.fields}

    @cached_property
    def steps_by_key(self) -> dict[str, Step]:
        return {s.key: s for s in self.steps}

    @cached_property
    def documents_by_key(self) -> dict[str, Document]:
        return {d.key: d for d in self.documents}

    def moves_from(self, step: str) -> tuple[Move, ...]:
        return tuple(m for m in self.moves if m.source == step)

    def move(self, key: str, source: str) -> Move | None:
        return next((m for m in self.moves if m.key == key and m.source == source), None)

    @cached_property
    def first_move(self) -> Move:
        return self.moves_from("")[0]

    # --- what the answers make of it ----------------------------------------------------------------------------
    def asked(self, section: Section, answers: dict[str, Any]) -> tuple[Field, ...]:
        """The fields of `section` that these answers make visible."""
        return tuple(f for f in section.fields if holds(f.condition, answers))

    def asks(self, answers: dict[str, Any]) -> tuple[Document, ...]:
        """The papers that these answers call for, required or not."""
        return tuple(d for d in self.documents if holds(d.condition, answers))

    def fees_due(self, answers: dict[str, Any], channel: str) -> list[tuple[Fee, int, int]]:
        """(fee, count, amount in VND) for each fee that these answers and this channel make due; zero ones left out."""
        at = "counter" if channel == "counter" else "online"
        due = []
        for fee in self.fees:
            if fee.channel not in ("any", at) or not holds(fee.condition, answers):
                continue
            count = max(1, int(answers.get(fee.count_field) or 1)) if fee.count_field else 1
            if fee.amount:
                due.append((fee, count, fee.amount * count))
        return due

    # --- the same thing as plain data ---------------------------------------------------------------------------
    def as_dict(self) -> dict[str, Any]:
        """Plain data without the ids of this database; what two loads compare."""
        data = asdict(self)
        for key in ("version_id", "procedure_id", "number"):
            del data[key]
        return json.loads(json.dumps(data))

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the content: equal for equal specs, on every machine."""
        return hashlib.sha256(json.dumps(self.as_dict(), sort_keys=True, ensure_ascii=False).encode()).hexdigest()

    @classmethod
    def from_dict(cls, data: dict[str, Any], **ids: Any) -> "Spec":
        """Build from `as_dict` data. Unknown keys raise TypeError; missing ones take their defaults."""
        plain = dict(data)
        plain["sections"] = tuple(
            Section(**{**s, "fields": tuple(_make(Field, f, options=_pairs) for f in s["fields"])})
            for s in data["sections"]
        )
        plain["documents"] = tuple(_make(Document, d) for d in data["documents"])
        plain["fees"] = tuple(_make(Fee, f) for f in data["fees"])
        plain["steps"] = tuple(
            _make(Step, {**s, "items": tuple(_make(Item, i) for i in s.get("items", ()))}) for s in data["steps"]
        )
        plain["moves"] = tuple(_make(Move, m, effects=tuple) for m in data["moves"])
        for key in ("channels", "returns", "assumed"):
            if key in plain:
                plain[key] = tuple(plain[key])
        return cls(**plain, **ids)


def _pairs(options) -> tuple[tuple[str, str], ...]:
    return tuple((str(value), label) for value, label in options)


def _make(kind, data: dict[str, Any], **convert):
    unknown = set(data) - {f.name for f in fields(kind)}
    if unknown:
        raise TypeError(f"{kind.__name__} {data.get('key')!r}: không biết khóa {', '.join(sorted(unknown))}")
    return kind(**{k: convert[k](v) if k in convert else v for k, v in data.items()})
