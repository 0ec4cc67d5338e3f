"""Two versions side by side: every difference in words, and what the newer one asks of people, less or more.

Rows are matched by their keys. Every attribute of every row is looked at, whatever Spec will be made of: what has no
name of its own in `comparing_words` fails a test, not a reader.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from difflib import SequenceMatcher
from typing import Any

from django.utils.translation import gettext as _

from procedures import comparing_words as words
from procedures.spec import Field, Section, Spec
from procedures.totals import Total, totals_of

_PARTS = ("sections", "documents", "fees", "steps", "moves")
_NESTED = {"Section": ("fields",), "Field": ("fields",), "Fee": ("exemptions",), "Step": ("items",)}
_IDS = ("version_id", "procedure_id", "number")


@dataclass(frozen=True)
class Change:
    """One difference. `part` as in `checking.Problem`, `key` the row's; `what` is added, removed, moved or changed.

    For a changed row `attribute` names what changed (as Spec does), `old` and `new` say its values in words.
    """

    part: str
    key: str
    what: str
    sentence: str
    attribute: str = ""
    old: str = ""
    new: str = ""


@dataclass(frozen=True)
class Comparison:
    changes: list[Change]
    totals: list[Total]

    def __bool__(self) -> bool:
        return bool(self.changes)

    @property
    def gains(self) -> list[str]:
        """ "Ít hơn 2 giấy tờ", "Nhanh hơn 3 ngày làm việc": what the totals come to for a citizen."""
        return [total.sentence for total in self.totals if total.sentence]

    @property
    def by_part(self) -> list[tuple[str, list[Change]]]:
        """The changes under the name of their part, in the order in which a comparison tells them; no empty part."""
        told = {name: [c for c in self.changes if c.part == part] for part, name in words.part_names().items()}
        return [(name, changes) for name, changes in told.items() if changes]


def compare(old: Spec, new: Spec) -> Comparison:
    """Every difference between two versions, in the order of the admin's page. Empty for equal content."""
    return Comparison(changes=list(_changes(old, new)), totals=totals_of(old, new))


def in_words(comparison: Comparison) -> str:
    """The whole comparison as lines of text: what becomes the version's change note."""
    lines = list(comparison.gains)
    for name, changes in comparison.by_part:
        lines += [f"{name}:", *(f"- {change.sentence}" for change in changes)]
    return "\n".join(lines) or _("Không có gì thay đổi.")


# --- rows against rows --------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class _Row:
    """A row of a version with what it takes to speak of it."""

    thing: Any
    part: str
    key: str
    called: str = ""  # what tells it from others of the same label
    section: Section | None = None  # where a question stands

    @property
    def name(self) -> str:
        return words.row_name(self.thing, self.called or words.label_of(self.thing))


def _changes(old: Spec, new: Spec) -> Iterator[Change]:
    plain = [f.name for f in fields(Spec) if f.name not in (*_PARTS, *_IDS)]
    for name in plain:
        before, after = getattr(old, name), getattr(new, name)
        if name == "english":
            yield from _english(before, after)
        elif before != after:
            before, after = words.where_they_differ(before, after)
            yield _changed("head", "", "", "Spec", name, words.said(name, before, old), words.said(name, after, new))
    for rows in (_sections, _questions, _documents, _fees, _exemptions, _steps, _items, _moves):
        yield from _rows(rows(old), rows(new), old, new)


def _rows(before: Sequence[_Row], after: Sequence[_Row], old: Spec, new: Spec) -> Iterator[Change]:
    had, has = {row.key: row for row in before}, {row.key: row for row in after}
    for row in before:
        if row.key not in has:
            yield Change(row.part, row.key, "removed", _("Bỏ %(row)s.") % {"row": words.lower(row.name)})
    moved = _moved([key for key in had if key in has], [key for key in has if key in had])
    for key, row in has.items():
        if key not in had:
            yield Change(row.part, key, "added", _("Thêm %(row)s.") % {"row": words.lower(row.name)})
            continue
        if row.section and had[key].section and row.section.key != had[key].section.key:
            yield _to_another_section(had[key], row)
        elif key in moved:
            yield Change(row.part, key, "moved", _("%(row)s đổi chỗ trong thứ tự.") % {"row": row.name})
        yield from _attributes(had[key], row, old, new)


def _to_another_section(before: _Row, after: _Row) -> Change:
    old, new = before.section.title, after.section.title
    said = _("%(row)s chuyển từ phần “%(old)s” sang phần “%(new)s”.") % {"row": after.name, "old": old, "new": new}
    return Change(after.part, after.key, "moved", said, "", old, new)


def _moved(old: list[str], new: list[str]) -> set[str]:
    """The keys that no longer stand in the order they stood in, as few as may be."""
    kept = {
        key
        for block in SequenceMatcher(a=old, b=new, autojunk=False).get_matching_blocks()
        for key in old[block.a : block.a + block.size]
    }
    return set(new) - kept


def _attributes(before: _Row, after: _Row, old: Spec, new: Spec) -> Iterator[Change]:
    kind = type(after.thing).__name__
    for f in fields(after.thing):
        if f.name == "key" or f.name in _NESTED.get(kind, ()):
            continue
        a, b = getattr(before.thing, f.name), getattr(after.thing, f.name)
        if a != b:
            a, b = words.where_they_differ(a, b)
            said = (words.said(f.name, a, old, before.thing), words.said(f.name, b, new, after.thing))
            yield _changed(after.part, after.key, after.name, kind, f.name, *said)


def _changed(part: str, key: str, row: str, kind: str, name: str, old: str, new: str) -> Change:
    what = words.attribute_name(kind, name)
    about = f"{row}: {what}" if row else f"{what[:1].upper()}{what[1:]}"
    sentence = words.from_to(about, old, new)
    return Change(part, key, "changed", sentence, name, old, new)


def _english(old: dict[str, str], new: dict[str, str]) -> Iterator[Change]:
    for text in dict.fromkeys([*old, *new]):
        a, b = old.get(text, ""), new.get(text, "")
        if a != b:
            about = _("Tiếng Anh của “%(text)s”") % {"text": words.short(text)}
            sentence = words.from_to(about, words.quoted(a), words.quoted(b))
            yield Change("texts", text[:80], "changed", sentence, "english", words.quoted(a), words.quoted(b))


# --- the rows of a version ----------------------------------------------------------------------------------------
def _plain(name: str, part: str, key: Callable[[Any], str] = lambda thing: thing.key) -> Callable[[Spec], list[_Row]]:
    return lambda spec: _numbered(_Row(thing, part, key(thing)) for thing in getattr(spec, name))


_sections = _plain("sections", "form", lambda section: f"{section.key}/")  # a section may have a question's key
_documents = _plain("documents", "documents")
_fees = _plain("fees", "fees")
_steps = _plain("steps", "steps")
_moves = _plain("moves", "moves", lambda move: f"{move.key}@{move.source}")


def _questions(spec: Spec) -> list[_Row]:
    labels = Counter(f.label for section in spec.sections for f in section.fields)
    return _numbered(row for s in spec.sections for f in s.fields for row in _with_parts(f, s, labels[f.label] > 1))


def _with_parts(f: Field, section: Section, ambiguous: bool) -> Iterator[_Row]:
    yield _Row(f, "form", f.key, f"{section.title} – {f.label}" if ambiguous else "", section)
    for part in f.fields:
        yield _Row(part, "form", f"{f.key}.{part.key}", f"{f.label} – {part.label}", section)


def _exemptions(spec: Spec) -> list[_Row]:
    return _numbered(_Row(e, "fees", f"{fee.key}.{e.key}") for fee in spec.fees for e in fee.exemptions)


def _items(spec: Spec) -> list[_Row]:
    return _numbered(_Row(i, "items", f"{step.key}.{i.key}") for step in spec.steps for i in step.items)


def _numbered(rows: Iterable[_Row]) -> list[_Row]:
    """Rows of one key (a broken draft may have them) stay apart."""
    seen: dict[str, int] = {}
    found = []
    for row in rows:
        seen[row.key] = seen.get(row.key, 0) + 1
        again = f"{row.key} ({seen[row.key]})" if seen[row.key] > 1 else row.key
        found.append(replace(row, key=again))
    return found
