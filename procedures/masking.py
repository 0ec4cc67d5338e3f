"""A form's answers as staff read them before they ask for the personal ones: the same shape, masked values.

Masked are personal numbers, telephones, e-mail addresses and days about a person, and whole every answer whose
question has the privacy class "sensitive" (Law 91/2025/QH15). Names and places of living stay: work is told by
them.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from keys import masking
from procedures.parts import parts_of
from procedures.spec import Field

_BY_KIND = {"personal_number": masking.number, "phone": masking.phone, "email": masking.email}


def mask(field: Field, value: Any) -> Any:
    """One answer, masked where its question is about what must not be seen by the way."""
    if value in (None, "", [], {}):
        return value
    if field.privacy == "sensitive":
        return masking.HIDDEN
    if field.kind in _BY_KIND:
        return _BY_KIND[field.kind](str(value))
    if field.kind == "date":
        return masking.day(value) if _is_personal_day(field) else value
    parts = parts_of(field)
    if isinstance(value, list) and parts:
        return [masked(parts, row) for row in value]
    return masked(parts, value) if parts and isinstance(value, Mapping) else value


def _is_personal_day(field: Field) -> bool:
    """A question about a person; the parts of a person have no class of their own."""
    return field.privacy == "personal" or field.key == "birth_date"


def masked(fields: Iterable[Field], answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers with the personal ones masked; a key that no question has (kept from an older form) hidden whole."""
    if not isinstance(answers, Mapping):  # kept under an older form, of another kind
        return masking.HIDDEN
    known = {f.key: f for f in fields}
    return {k: mask(known[k], v) if k in known else masking.HIDDEN for k, v in answers.items()}


def hidden_in(fields: Iterable[Field], answers: Mapping[str, Any]) -> list[Field]:
    """The questions whose answers `masked` changes: what a reveal shows."""
    return list(_hidden_in(fields, answers))


def _hidden_in(fields: Iterable[Field], answers: Mapping[str, Any]) -> Iterator[Field]:
    for field in fields:
        value = answers.get(field.key)
        if value is not None and mask(field, value) != value:
            yield field
