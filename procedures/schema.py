"""A version's form as JSON Schema 2020-12, so that another program can build and check answers.

The server says at least as much as the schema: what the schema refuses, `clean_answers` refuses, or cleans into what
the schema takes (24/11/2026, "1.500.000", spaces in a number), since people write so. The checks that JSON Schema
cannot say (a tax code's check digit, a ward that exists, a day not in the future) are named in `x-check`.
"""

from functools import lru_cache
from typing import Any

from django.utils.translation import get_language

from procedures.answers import EARLIEST, MAX_LENGTH, MAX_ROWS, NUMBER_MAX, work_out
from procedures.conditions import as_schema, holds, paths_of
from procedures.explained import words_of
from procedures.parts import SILENT, example_of, parts_of
from procedures.spec import REPEATED, Field, Spec
from procedures.versions import read
from procedures.words import spoken


def form_schema(version_id: int) -> dict[str, Any]:
    """The schema of the object of answers of a released version, its texts in the reader's language."""
    return _form_schema(version_id, get_language())


@lru_cache(maxsize=512)
def _form_schema(version_id: int, _language: str) -> dict[str, Any]:
    return build(spoken(read(version_id)))


def build(spec: Spec) -> dict[str, Any]:
    fields = tuple(spec.fields.values())
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": spec.short_name,
        **_object(fields, spec),
        "examples": [example_answers(spec)],
        "x-sections": [_section(s) for s in spec.sections],
    }


def _section(section) -> dict[str, Any]:
    notes = {f.key: f.label for f in section.fields if f.kind == "note"}
    said = {
        "key": section.key,
        "title": section.title,
        "fields": [f.key for f in section.fields if f.kind != "note"],
    }
    return {**said, "notes": notes} if notes else said


def example_answers(spec: Spec) -> dict[str, Any]:
    """A valid set of answers made of the fields' examples, each asked only when its condition holds."""
    answers: dict[str, Any] = {}
    for f in spec.fields.values():
        if f.kind == "computed":
            work_out([f], answers)
        elif f.kind != "note" and holds(f.condition, answers):
            answers[f.key] = example_of(f)
    work_out(spec.fields.values(), answers)
    return answers


def _object(fields: tuple[Field, ...], spec: Spec | None = None, row: tuple[Field, ...] = ()) -> dict[str, Any]:
    """The schema of an object of answers to `fields`, of the whole form or of one `row`."""
    asked = [f for f in fields if f.kind != "note"]
    must = [f for f in asked if f.required and f.kind not in SILENT]
    rules = [(f, _rule(f, fields)) for f in must if f.condition]
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {f.key: field_schema(f, spec, row) for f in asked},
        "required": [f.key for f in must if not f.condition],
        "additionalProperties": False,
    }
    for f, rule in rules:
        if rule is None:  # only the server can say whether it must be answered
            schema["properties"][f.key].setdefault("x-check", "condition")
    if said := [{"if": rule, "then": {"required": [f.key]}} for f, rule in rules if rule is not None]:
        schema["allOf"] = said
    return schema


def _rule(field: Field, known: tuple[Field, ...]) -> dict[str, Any] | None:
    """The condition over the answers as they are sent, or None where only the server knows: it reads what is not in
    this object, what is worked out, or the ward of an address that may come by its former name."""
    kinds = {f.key: f.kind for f in known}
    for path in paths_of(field.condition):
        first, _dot, rest = path.partition(".")
        if kinds.get(first, "computed") == "computed" or (kinds[first] == "address" and rest == "ward"):
            return None
    return as_schema(field.condition)


def field_schema(f: Field, spec: Spec | None = None, row: tuple[Field, ...] = ()) -> dict[str, Any]:
    """The schema of one answer. `spec` and `row` give the names that a condition is explained with."""
    schema = {"title": f.label, **(_rows(f, spec) if f.kind in REPEATED else _TYPES[f.kind](f))}
    if f.kind not in SILENT:
        schema["examples"] = [example_of(f)]
    if f.hint:
        schema["description"] = f.hint
    if f.condition:
        schema["x-condition"] = dict(f.condition)
        if spec is not None:
            schema["x-condition-words"] = words_of(f.condition, spec, row=row)
    if f.privacy != "none":
        schema["x-privacy"] = f.privacy
    return schema


def _text(f: Field) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string", "maxLength": f.max_length or MAX_LENGTH[f.kind]}
    if f.required:
        schema["minLength"] = 1
        schema["pattern"] = r"\S"
    if f.pattern:
        # A required answer of nothing but spaces is no answer, whatever its own pattern says.
        schema["pattern"] = rf"^(?=.*\S)(?:{f.pattern})$" if f.required else f"^(?:{f.pattern})?$"
    return schema


def _number(f: Field) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "number" if f.decimals else "integer"}
    if f.decimals:  # not multipleOf: 0.3 is no multiple of 0.1 where numbers are binary
        schema |= {"x-decimals": f.decimals, "x-check": "decimals"}
    low = max(f.minimum or 0, 0) if f.kind == "money" else f.minimum
    schema["minimum"] = low if low is not None else -NUMBER_MAX
    schema["maximum"] = f.maximum if f.maximum is not None else NUMBER_MAX
    return schema


def _date(f: Field) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string", "format": "date", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
    limits = {"x-minimum": f.minimum or EARLIEST} | ({"x-maximum": f.maximum} if f.maximum else {})
    return {**schema, **limits, "x-check": "date-range"}


def _options(f: Field) -> dict[str, Any]:
    return {"enum": [v for v, _ in f.options], "x-labels": {v: label for v, label in f.options}}


def _parts(f: Field) -> dict[str, Any]:
    parts = parts_of(f)
    schema = _object(parts)
    checked = {"x-check": "period"} if f.kind == "period" else {}
    if f.kind == "address":  # by its ward of today, or by a former one that the server looks up
        former = {"type": "string", "pattern": r"^[0-9]{5}$", "x-check": "former-ward", "title": "Phường/xã cũ"}
        schema["properties"]["former_ward"] = former
        schema["required"] = ["line"]
        schema["anyOf"] = [{"required": ["ward"]}, {"required": ["former_ward"]}]
        checked = {"x-check": "ward"}
    return schema | checked


def _rows(f: Field, spec: Spec | None) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "array", "items": _object(f.fields, spec, row=f.fields)}
    least = max(f.minimum or 0, 1 if f.required else 0)
    return schema | ({"minItems": least} if least else {}) | {"maxItems": f.maximum or MAX_ROWS}


def _file(f: Field) -> dict[str, Any]:
    return {"type": "string", "format": "uuid", "x-source": "/api/v1/files/", "x-check": "file"}


_TYPES = {
    "text": _text,
    "long_text": _text,
    "number": _number,
    "money": _number,
    "date": _date,
    "choice": lambda f: {"type": "string", **_options(f)},
    "many": lambda f: {
        "type": "array",
        "items": {"type": "string", **_options(f)},
        "uniqueItems": True,
        **({"minItems": 1} if f.required else {}),
    },
    "yes_no": lambda f: {"type": "boolean"},
    "phone": lambda f: {"type": "string", "pattern": r"^(\+[1-9][0-9]{3,14}|0[0-9]{8,10})$", "x-check": "phone"},
    "email": lambda f: {"type": "string", "format": "email", "maxLength": 254, "x-check": "email"},
    "ward": lambda f: {"type": "string", "pattern": r"^[0-9]{5}$", "x-check": "ward", "x-source": "/api/v1/wards/"},
    "personal_number": lambda f: {"type": "string", "pattern": r"^0[0-9]{11}$"},
    "tax_code": lambda f: {"type": "string", "pattern": r"^[0-9]{10}(-?[0-9]{3})?$", "x-check": "tax-code"},
    **dict.fromkeys(("period", "person", "business", "address", "land_parcel"), _parts),
    "file": _file,
    "image": _file,
    "computed": lambda f: {
        "type": "number" if f.decimals else "integer",
        "readOnly": True,
        "x-formula": dict(f.formula),
    },
}
