"""From the rows of the page to a version: as a Spec without saving, and saved in one transaction."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from django.core.cache import cache

from audit.models import AuditEntry
from audit.services import Actor, entries, record
from places.text import clean
from procedures import drafts, versions
from procedures.admin.rows import Board
from procedures.comparing import compare
from procedures.models import (
    DocumentRequirement,
    FeeExemption,
    FeeRule,
    FormField,
    FormSection,
    Move,
    ProcedureVersion,
    Step,
    StepItem,
)
from procedures.spec import Spec

ACT = "edit_version"
_DAY = 24 * 3600
# Most dependent first: the order of deleting; the other way round, the order of making.
_PARTS = (
    ("moves", Move), ("items", StepItem), ("steps", Step), ("exemptions", FeeExemption), ("fees", FeeRule),
    ("documents", DocumentRequirement), ("fields", FormField), ("sections", FormSection),
)  # fmt: skip


# --- the rows as a Spec ---------------------------------------------------------------------------------------------
def spec_of(version: ProcedureVersion, board: Board, english: dict[str, str] | None = None) -> Spec:
    """What the page says now, whether or not it can be saved: rows with mistakes stand as far as they were read."""
    sent = {part: board[part].rows() for part, _model in _PARTS}
    sections = _section_keys(board)
    fees = _plain(sent["fees"], versions.FEE)
    data = {name: getattr(version, name) for name in (*versions.HEAD, *versions.LISTS)} | {
        "code": version.procedure.code,
        "sections": [
            section | {"fields": _fields(sent["fields"], sections, section["key"])}
            for section in _plain(sent["sections"], versions.SECTION)
        ],
        "documents": _plain(sent["documents"], versions.DOCUMENT),
        "fees": [fee | {"exemptions": _of(sent["exemptions"], versions.EXEMPTION, "fee", fee)} for fee in fees],
        **process_of(board),
    }
    if english is not None:
        data["english"] = english
    return Spec.from_dict(data, version_id=version.pk, procedure_id=version.procedure_id, number=version.number)


def process_of(board: Board) -> dict[str, list[dict[str, Any]]]:
    """The steps with their items, and the moves, as plain data."""
    items, steps = board["items"].rows(), _plain(board["steps"].rows(), versions.STEP)
    return {
        "steps": [step | {"items": _of(items, versions.ITEM, "step", step)} for step in steps],
        "moves": _plain(board["moves"].rows(), versions.MOVE),
    }


def _plain(rows: Iterable, names: Iterable[str]) -> list[dict[str, Any]]:
    return [{name: getattr(row, name) for name in names} for row in rows]


def _of(rows: Iterable, names: tuple[str, ...], column: str, parent: dict) -> list[dict[str, Any]]:
    return _plain((row for row in rows if getattr(row, column) == parent["key"]), names)


def _section_keys(board: Board) -> dict[int, str]:
    """Row of a question (by identity) → the key of its section."""
    return {
        id(form.instance): getattr(form, "cleaned_data", {}).get("section_key", "")
        for form in board["fields"].standing()
    }


def _fields(rows: list[FormField], sections: dict[int, str], section: str) -> list[dict[str, Any]]:
    own = [row for row in rows if sections.get(id(row)) == section]
    return [
        plain | {"fields": [p | {"fields": []} for p in _of(own, versions.FIELD, "parent", plain)]}
        for plain in _plain((row for row in own if not row.parent), versions.FIELD)
    ]


def english_of(vietnamese: Iterable[str], english: Iterable[str]) -> dict[str, str]:
    """The translations as they were sent, text by text; what is empty is left out."""
    pairs = zip(vietnamese, english, strict=False)
    return {vi: said for vi, en in pairs if (said := clean(en, multiline=True)) and vi}


# --- saving ---------------------------------------------------------------------------------------------------------
def save(version: ProcedureVersion, board: Board, english: dict[str, str], *, by, actor: Actor) -> bool:
    """Save the head and every row of a draft, count the edition and record it. False when nothing had changed.

    In the caller's transaction, with the procedure's row locked and every form valid.
    """
    stored = drafts.readable(version)  # None: rows of another shape than the form takes; all that is saved is new
    note = ProcedureVersion.objects.values_list("note", flat=True).get(pk=version.pk)
    new = spec_of(version, board, english)
    if stored is not None and new.digest == stored.digest and note == version.note:
        return False
    _replace(version, board)
    version.english = english
    version.save()
    drafts.touched(version, by)
    changes = compare(stored, new).changes if stored is not None else []
    record(
        chain=f"procedure:{version.procedure_id}",
        act=ACT,
        actor=actor,
        subject_type="procedure",
        subject_id=version.procedure_id,
        after={"version": version.number, "edition": version.edition, "changes": [c.sentence for c in changes[:20]]},
    )
    return True


def _replace(version: ProcedureVersion, board: Board) -> None:
    """The rows are values known by their keys: written anew, no swap of keys can trip over a unique constraint."""
    for _part, model in _PARTS:
        model.objects.filter(version=version).delete()
    keys = _section_keys(board)
    sections: dict[str, FormSection] = {}
    for part, model in reversed(_PARTS):
        rows = board[part].rows()
        for row in rows:
            row.pk, row.version = None, version
            if part == "fields":
                row.section = sections[keys[id(row)]]
        model.objects.bulk_create(rows)
        if part == "sections":
            sections = {row.key: row for row in rows}


# --- two admins at once ---------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Conflict:
    """Somebody saved the draft after this page was opened: who, when, and what they changed since."""

    edition: int
    who: str = ""
    at: Any = None
    changes: list[str] = field(default_factory=list)
    known: bool = True  # whether what this admin had opened is still there to compare with


def remember(version: ProcedureVersion, spec: Spec) -> None:
    """Keep what an admin opens, so that a later page can say what changed since."""
    cache.add(_opened(version, version.edition), spec.as_dict(), _DAY)


def conflict_with(version: ProcedureVersion, seen: int, stored: Spec) -> Conflict:
    """What was saved of the draft since edition `seen`."""
    entry = _last_entry(version)
    who, at = (entry.actor_label, entry.at) if entry else ("", version.saved_at)
    opened = cache.get(_opened(version, seen))
    if opened is None:
        return Conflict(version.edition, who, at, known=False)
    changes = compare(replace(Spec.from_dict(opened), version_id=version.pk), stored).changes
    return Conflict(version.edition, who, at, [change.sentence for change in changes])


def _last_entry(version: ProcedureVersion) -> AuditEntry | None:
    saved = entries(f"procedure:{version.procedure_id}").filter(act=ACT, after__version=version.number)
    return saved.order_by("-seq").first()


def _opened(version: ProcedureVersion, edition: int) -> str:
    """The moment it was made tells the draft from another of the same number in a database made anew."""
    return f"draft:{version.pk}:{version.created_at.timestamp()}:{edition}"
