"""A version's form as JSON Schema 2020-12, so that another program can build and check answers.

The server says at least as much as the schema: what the schema refuses, `clean_answers` refuses, or cleans into what
the schema takes (24/11/2026, "1.500.000", spaces in a number), since people write so. The checks that JSON Schema
cannot say (a tax code's check digit, a ward that exists, a day not in the future) are named in `x-check`.
"""

from functools import lru_cache
from typing import Any

from procedures.answers import EARLIEST, MAX_LENGTH, NUMBER_MAX
from procedures.conditions import as_schema, holds
from procedures.spec import Field, Spec
from procedures.versions import read


@lru_cache(maxsize=512)
def form_schema(version_id: int) -> dict[str, Any]:
    """The schema of the object of answers of a released version."""
    return build(read(version_id))


def build(spec: Spec) -> dict[str, Any]:
    rules = [
        {"if": as_schema(f.condition), "then": {"required": [f.key]}}
        for f in spec.fields.values()
        if f.required and f.condition
    ]
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": spec.short_name,
        "type": "object",
        "properties": {f.key: field_schema(f) for f in spec.fields.values()},
        "required": [f.key for f in spec.fields.values() if f.required and not f.condition],
        "additionalProperties": False,
        "examples": [example_answers(spec)],
        "x-sections": [{"key": s.key, "title": s.title, "fields": [f.key for f in s.fields]} for s in spec.sections],
    }
    if rules:
        schema["allOf"] = rules
    return schema


def example_answers(spec: Spec) -> dict[str, Any]:
    """A valid set of answers made of the fields' examples, each asked only when its condition holds."""
    answers: dict[str, Any] = {}
    for f in spec.fields.values():
        if holds(f.condition, answers):
            answers[f.key] = f.example
    return answers


def field_schema(f: Field) -> dict[str, Any]:
    schema = {"title": f.label, "examples": [f.example], **_TYPES[f.kind](f)}
    if f.hint:
        schema["description"] = f.hint
    if f.condition:
        schema["x-condition"] = dict(f.condition)
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
}
