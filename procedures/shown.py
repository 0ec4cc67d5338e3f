"""Answers as a person reads them."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from branches.models import Role
from keys.masking import HIDDEN
from places.gazetteer import former_wards, ward_codes
from procedures.parts import parts_of
from procedures.spec import REPEATED, Field


@dataclass(frozen=True)
class Shown:
    """An answer to show: one `text`; or the `parts` of a composite; or `rows` under the `head` of a group or table.

    `file` is what the page knows of a file (name, address). `hidden`: the text says who alone may read the answer.
    """

    field: Field
    text: str = ""
    parts: tuple["Shown", ...] = ()
    head: tuple[Field, ...] = ()
    rows: tuple[tuple["Shown", ...], ...] = ()
    file: Any = None
    hidden: bool = False

    def __bool__(self) -> bool:
        return bool(self.text)

    def __str__(self) -> str:
        return self.text


def show(
    field: Field, value: Any, *, files: Mapping[str, Any] | None = None, roles: Collection[str] | None = None
) -> Shown:
    """The answer with its inner shape, for a page that draws fieldsets and tables.

    `files` gives what is known of a file by its id; `roles` are those of the reader among staff (None: not staff).
    """
    if not may_read(field, roles):
        return Shown(field, only_for(field), hidden=True)
    if value == HIDDEN:
        return Shown(field, HIDDEN)
    text = shown(field, value)
    if not text:
        return Shown(field)
    if field.kind in REPEATED:
        head = tuple(f for f in field.fields if f.kind != "note")
        rows = (tuple(show(f, row.get(f.key), files=files, roles=roles) for f in head) for row in value)
        return Shown(field, text, head=head, rows=tuple(rows))
    if field.kind in ("person", "business", "land_parcel"):
        parts = (show(f, value.get(f.key)) for f in parts_of(field))
        return Shown(field, text, parts=tuple(p for p in parts if p.text))
    if field.kind in ("file", "image"):
        return Shown(field, text, file=(files or {}).get(value))
    return Shown(field, text)


def may_read(field: Field, roles: Collection[str] | None) -> bool:
    """Whether staff of these roles may read the answer; who is not staff (None) reads their own."""
    return roles is None or not field.seen_by or bool(set(field.seen_by) & set(roles))


def only_for(field: Field) -> str:
    names = {role: str(label) for role, label in Role.choices}
    return _("Chỉ %(roles)s được xem.") % {"roles": ", ".join(names.get(r, r).lower() for r in field.seen_by)}


def readable(fields: Iterable[Field], answers: Mapping[str, Any], roles: Collection[str] | None) -> dict[str, Any]:
    """The answers without those that staff of these roles may not read, in rows too; others are left as they are."""
    known = {f.key: f for f in fields}
    kept = {k: v for k, v in answers.items() if k not in known or may_read(known[k], roles)}
    for key, value in kept.items():
        inner = known[key].fields if key in known else ()
        if inner and isinstance(value, list):
            kept[key] = [readable(inner, row, roles) for row in value]
    return kept


def shown(field: Field, value: Any) -> str:
    """An answer in one text. A file has no name here: whoever shows it knows the file."""
    if value in (None, "", [], {}):
        return ""
    if value == HIDDEN:  # masked whole, whatever its kind
        return HIDDEN
    try:
        return _SHOWN.get(field.kind, _plain)(field, value)
    except (TypeError, ValueError, AttributeError):  # kept under an older form, of another kind: shown as it is
        return str(value)


def _plain(_field: Field, value: Any) -> str:
    return str(value)


def _number(_field: Field, value: Any) -> str:
    return f"{value:,}".replace(",", "\0").replace(".", ",").replace("\0", ".")


def _phone(_field: Field, value: str) -> str:
    return "0" + value[3:] if value.startswith("+84") else value


def _parts(field: Field, value: Mapping[str, Any]) -> str:
    said = ((f, shown(f, value.get(f.key))) for f in parts_of(field))
    return "\n".join(f"{f.label}: {text}" for f, text in said if text)


def _period(field: Field, value: Mapping[str, Any]) -> str:
    start, end = (shown(f, value.get(f.key)) for f in parts_of(field))
    return f"{start} – {end}" if start and end else start or end


def _address(field: Field, value: Mapping[str, Any]) -> str:
    line, ward = value.get("line", ""), ward_codes().get(value.get("ward", ""), value.get("ward", ""))
    said = ", ".join(filter(None, [line, ward]))
    former = former_wards().get(value.get("former_ward", ""))
    return said + (" " + _("(trước đây là %(name)s)") % {"name": former} if former else "")


def _rows(field: Field, value: list) -> str:
    return "\n".join(f"{n}. {'; '.join(_row(field.fields, row))}" for n, row in enumerate(value, 1))


def _row(fields: Iterable[Field], row: Mapping[str, Any]) -> list[str]:
    said = ((f, shown(f, row.get(f.key))) for f in fields)
    return [f"{f.label}: {text}".replace("\n", ", ") for f, text in said if text]


_SHOWN = {
    "date": lambda field, value: f"{date.fromisoformat(value):%d/%m/%Y}",
    "yes_no": lambda field, value: _("Có") if value else _("Không"),
    "choice": lambda field, value: dict(field.options).get(value, value),
    "many": lambda field, value: "; ".join(dict(field.options).get(v, v) for v in value),
    "ward": lambda field, value: ward_codes().get(value, value),
    "money": lambda field, value: f"{value:,}".replace(",", ".") + " ₫",
    "number": _number, "computed": _number, "phone": _phone, "period": _period, "address": _address,
    "person": _parts, "business": _parts, "land_parcel": _parts, "group": _rows, "table": _rows,
    "file": lambda field, value: _("Có tệp kèm theo"), "image": lambda field, value: _("Có ảnh kèm theo"),
}  # fmt: skip
