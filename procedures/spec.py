"""One version of a procedure, read whole: an immutable value that every other part works from.

Rows in the database, files of the catalogue and this object say the same thing; `load_catalogue` turns a file into
rows, `versions.read` turns rows into this. Nothing here touches the database.
"""

import hashlib
import json
from dataclasses import MISSING, asdict, dataclass, field, fields, is_dataclass
from functools import cached_property
from typing import Any

from procedures import conditions
from procedures.conditions import holds

FIELD_KINDS = (
    "text", "long_text", "number", "money", "date", "choice", "many", "yes_no",
    "phone", "email", "ward", "personal_number", "tax_code",
    "period", "person", "business", "address", "land_parcel", "file", "image", "group", "table", "computed", "note",
)  # fmt: skip
REPEATED = ("group", "table")  # an answer is a list of rows
TIME_UNITS = ("HOUR", "WORKING_DAY", "DAY")
ROLES = ("CLERK", "OFFICER", "LEADER")
PRODUCES = ("", "check", "minutes", "council", "draft_result", "proof", "opinion", "signature")
EFFECTS = ("approve", "reject", "acknowledge", "complete", "ask_payment")
UNIT_KINDS = (
    "WARD", "POLICE_WARD", "LAND", "CONSTRUCTION", "FINANCE", "HOME_AFFAIRS", "EDUCATION", "POLICE_CITY",
    "CULTURE", "HEALTH", "TOURISM", "AGRICULTURE", "SOCIAL_INSURANCE", "TAX", "FIRE_POLICE",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Field:
    """One question of the form. `minimum`/`maximum` bound numbers, dates ("today" or ISO date) and counts of rows.

    A "computed" answer is worked out by `formula`, a "note" is text to read and takes none, and the questions of one
    row of a "group" or "table" are its `fields` (procedures.parts names the parts of the other composite kinds).
    """

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
    formula: dict = field(default_factory=dict, hash=False)
    fields: tuple["Field", ...] = ()
    seen_by: tuple[str, ...] = ()  # roles of staff that may read the answer; none named: all who see the dossier


@dataclass(frozen=True, slots=True)
class Section:
    key: str
    title: str
    fields: tuple[Field, ...]
    hint: str = ""
    group: str = ""  # the shared group and its version that the section was made from; "" for one of its own
    group_version: int = 0


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
class FeeRow:
    """A row of a table of rates: the first one whose condition holds gives the amount in VND."""

    condition: dict = field(default_factory=dict, hash=False)
    amount: int = 0


@dataclass(frozen=True, slots=True)
class Exemption:
    """Who pays `percent` less, by which legal ground, shown by which document (its key)."""

    key: str
    name: str
    condition: dict = field(default_factory=dict, hash=False)
    percent: int = 100
    ground: str = ""
    proof: str = ""


@dataclass(frozen=True, slots=True)
class Fee:
    """What one pays, in VND: `amount`, or what `rows` or `formula` give, times what `count_field` counts.

    `count_field` is a number question or a repeating group (its rows). `minimum` and `maximum` bound the product.
    """

    key: str
    label: str
    amount: int = 0
    per: str = "dossier"  # dossier, copy, page, row
    count_field: str = ""
    channel: str = "any"  # any, online, counter
    condition: dict = field(default_factory=dict, hash=False)
    formula: dict = field(default_factory=dict, hash=False)
    rows: tuple[FeeRow, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    exemptions: tuple[Exemption, ...] = ()
    assumed: bool = False


@dataclass(frozen=True, slots=True)
class FeeDue:
    """A fee as some answers make it: `count` units, `amount` to pay, and who is exempt of how much."""

    fee: Fee
    count: int
    amount: int
    full_amount: int
    exemption: Exemption | None = None


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
    procedure: str = ""  # the national code of the linked procedure
    result: str = ""  # what a linked item gives the citizen


@dataclass(frozen=True, slots=True)
class Step:
    key: str
    name: str
    role: str
    unit_kind: str = ""  # "" is the dossier's own unit
    share: int = 0  # percent of the whole time, where no fixed time is given
    amount: int | None = None  # a fixed time, with its unit
    unit: str = ""
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
    english: dict[str, str] = field(default_factory=dict, hash=False)  # Vietnamese text → the same in English
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

    def texts(self) -> list[str]:
        """Every text that a citizen reads, once each, in the order of the form: what to translate beside the name."""
        texts = [self.summary, self.result]
        for section in self.sections:
            texts += [section.title, section.hint]
            for f in (g for one in section.fields for g in (one, *one.fields)):
                texts += [f.label, f.hint, *(label for _value, label in f.options)]
        for document in self.documents:
            texts += [document.name, document.full_name, document.condition_text]
        for fee in self.fees:
            texts += [fee.label, *(e.name for e in fee.exemptions)]
        texts += [step.public_name or step.name for step in self.steps]
        texts += [item.result for step in self.steps for item in step.items]
        return [t for t in dict.fromkeys(texts) if t]

    @cached_property
    def in_english(self) -> "Spec":
        """The same version with the texts of `english` in place of the Vietnamese ones; what has none stays."""
        plain = self.as_dict() | {name: getattr(self, name) for name in _IDS}
        plain["short_name"] = self.short_name_en or self.short_name
        return Spec.from_dict(_said(plain, self.english))

    @cached_property
    def first_move(self) -> Move:
        return self.moves_from("")[0]

    def way_forward(self, start: str = "") -> tuple[Step, ...]:
        """The steps after `start` along the primary moves, each once; all from the entry where none is named.

        In a draft in pieces it ends where it leads nowhere.
        """
        way: list[Step] = []
        here = start
        while move := next((m for m in self.moves_from(here) if m.primary or not here), None):
            step = self.steps_by_key.get(move.target)
            if step is None or step in way:
                break
            way.append(step)
            here = step.key
        return tuple(way)

    # --- what the answers make of it ----------------------------------------------------------------------------
    def ward_of(self, answers: dict[str, Any]) -> str | None:
        """The ward that says who is competent: the answer of the routing question, or the ward of that address."""
        answer = answers.get(self.routing_field)
        return (answer.get("ward") if isinstance(answer, dict) else answer) or None

    def asked(self, section: Section, answers: dict[str, Any]) -> tuple[Field, ...]:
        """The fields of `section` that these answers make visible."""
        return tuple(f for f in section.fields if holds(f.condition, answers))

    def asks(self, answers: dict[str, Any]) -> tuple[Document, ...]:
        """The papers that these answers call for, required or not."""
        return tuple(d for d in self.documents if holds(d.condition, answers))

    def fees_due(self, answers: dict[str, Any], channel: str) -> list[FeeDue]:
        """What these answers and this channel make due, exempt ones included; what costs nothing anyhow is left out."""
        at = "counter" if channel == "counter" else "online"
        due = [_due(fee, answers) for fee in self.fees if fee.channel in ("any", at) and holds(fee.condition, answers)]
        return [one for one in due if one.full_amount]

    # --- the same thing as plain data ---------------------------------------------------------------------------
    def as_dict(self) -> dict[str, Any]:
        """Plain data without the ids of this database; what two loads compare."""
        data = asdict(self)
        for key in ("version_id", "procedure_id", "number"):
            del data[key]
        return json.loads(json.dumps(data))

    def as_brief(self) -> dict[str, Any]:
        """`as_dict` without whatever has its default: short to read, and a new attribute changes no digest."""
        return _brief(self)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the content: equal for equal specs, on every machine."""
        return hashlib.sha256(json.dumps(self.as_brief(), sort_keys=True, ensure_ascii=False).encode()).hexdigest()

    @classmethod
    def from_dict(cls, data: dict[str, Any], **ids: Any) -> "Spec":
        """Build from `as_dict` data. Unknown keys raise TypeError; missing ones take their defaults."""
        plain = dict(data)
        plain["sections"] = tuple(_make(Section, s, fields=_fields) for s in data["sections"])
        plain["documents"] = tuple(_make(Document, d) for d in data.get("documents", ()))
        plain["fees"] = tuple(
            _make(Fee, f, rows=_each(FeeRow), exemptions=_each(Exemption)) for f in data.get("fees", ())
        )
        plain["steps"] = tuple(_make(Step, s, items=_each(Item)) for s in data["steps"])
        plain["moves"] = tuple(_make(Move, m, effects=tuple) for m in data["moves"])
        for key in ("channels", "returns", "assumed"):
            if key in plain:
                plain[key] = tuple(plain[key])
        return cls(**plain, **ids)


def _due(fee: Fee, answers: dict[str, Any]) -> FeeDue:
    base = fee.amount
    if fee.rows:
        base = next((row.amount for row in fee.rows if holds(row.condition, answers)), 0)
    elif fee.formula:
        base = round(conditions.value(fee.formula, answers) or 0)
    count = max(1, _counted(answers.get(fee.count_field))) if fee.count_field else 1
    full = max(0, base) * count
    if full:
        full = min(max(full, fee.minimum or 0), fee.maximum if fee.maximum is not None else full)
    entitled = [e for e in fee.exemptions if holds(e.condition, answers)]
    best = max(entitled, key=lambda e: e.percent, default=None)
    amount = full - full * best.percent // 100 if best else full
    return FeeDue(fee, count, amount, full, best)


def _counted(answer: Any) -> int:
    return len(answer) if isinstance(answer, list) else int(answer or 1)


def _fields(rows) -> tuple[Field, ...]:
    return tuple(_make(Field, f, options=_pairs, fields=_fields, seen_by=tuple) for f in rows)


def _each(kind):
    return lambda rows: tuple(_make(kind, row) for row in rows)


def _pairs(options) -> tuple[tuple[str, str], ...]:
    return tuple((str(value), label) for value, label in options)


def _make(kind, data: dict[str, Any], **convert):
    unknown = set(data) - {f.name for f in fields(kind)}
    if unknown:
        raise TypeError(f"{kind.__name__} {data.get('key')!r}: không biết khóa {', '.join(sorted(unknown))}")
    return kind(**{k: convert[k](v) if k in convert else v for k, v in data.items()})


def _brief(thing: Any) -> Any:
    if is_dataclass(thing):
        kept = [f for f in fields(thing) if f.name not in _IDS and getattr(thing, f.name) != _default(f)]
        return {f.name: _brief(getattr(thing, f.name)) for f in kept}
    if isinstance(thing, (list, tuple)):
        return [_brief(item) for item in thing]
    return thing


_SPOKEN = frozenset({
    "summary", "result", "title", "hint", "label", "name", "full_name", "condition_text", "public_name",
})  # fmt: skip


def _said(thing: Any, english: dict[str, str], key: str = "") -> Any:
    """Plain data with every text under a spoken key, and every label of an option, looked up in `english`."""
    if isinstance(thing, dict):
        return {k: v if k == "english" else _said(v, english, k) for k, v in thing.items()}
    if isinstance(thing, list):
        if key == "options":
            return [[value, english.get(label, label)] for value, label in thing]
        return [_said(item, english) for item in thing]
    return english.get(thing, thing) if key in _SPOKEN and isinstance(thing, str) else thing


def _default(f) -> Any:
    return f.default_factory() if f.default_factory is not MISSING else f.default


_IDS = ("version_id", "procedure_id", "number")
