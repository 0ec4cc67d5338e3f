"""The JSON Schema of a procedure's file, made of the dataclasses and tables that store it, so that it cannot drift.

What a part may say are the attributes of its dataclass; how long a text may be and how large a number stands in the
columns of its table; what a choice may be stands below or in procedures.spec.
"""

from collections.abc import Iterator
from dataclasses import MISSING, fields
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

from django.db import models
from django.utils.translation import gettext as _
from jsonschema import Draft202012Validator

from branches.models import UnitKind
from procedures.models import (
    DocumentRequirement,
    FeeExemption,
    FeeRule,
    FieldGroupVersion,
    FormField,
    FormSection,
    LifeEvent,
    Move,
    Procedure,
    ProcedureVersion,
    Step,
    StepItem,
)
from procedures.spec import (
    EFFECTS,
    FIELD_KINDS,
    PRODUCES,
    ROLES,
    TIME_UNITS,
    Document,
    Exemption,
    Fee,
    FeeRow,
    Field,
    Spec,
)
from procedures.spec import Item as ItemSpec
from procedures.spec import Move as MoveSpec
from procedures.spec import Section as SectionSpec
from procedures.spec import Step as StepSpec

ID = "/api/v1/catalogue-schema/"
_UNIT_KINDS = tuple(UnitKind.values)
_MODELS = {
    SectionSpec: FormSection, Field: FormField, Document: DocumentRequirement, Fee: FeeRule, Exemption: FeeExemption,
    StepSpec: Step, ItemSpec: StepItem, MoveSpec: Move, Spec: ProcedureVersion,
}  # fmt: skip
_CHOICES: dict[tuple[type, str], tuple[str, ...]] = {
    (Field, "kind"): FIELD_KINDS,
    (Field, "privacy"): ("none", "personal", "sensitive"),
    (Fee, "per"): ("dossier", "copy", "page", "row"),
    (Fee, "channel"): ("any", "online", "counter"),
    (ItemSpec, "kind"): ("opinion", "linked"),
    (ItemSpec, "unit_kind"): _UNIT_KINDS,
    (ItemSpec, "unit"): TIME_UNITS,
    (StepSpec, "role"): ROLES,
    (StepSpec, "unit_kind"): ("", *_UNIT_KINDS),
    (StepSpec, "unit"): ("", *TIME_UNITS),
    (StepSpec, "produces"): PRODUCES,
    (MoveSpec, "role"): ("", *ROLES),
    (Spec, "audience"): ("citizen", "business", "both"),
    (Spec, "unit_kind"): _UNIT_KINDS,
    (Spec, "after_supplement"): ("restart", "resume"),
}
_EACH_OF: dict[tuple[type, str], tuple[str, ...]] = {  # what the items of a list may be
    (MoveSpec, "effects"): EFFECTS,
    (Spec, "channels"): ("online", "counter"),
    (Spec, "returns"): ("counter", "online", "post"),
}
_EXPRESSION = {
    "type": ["string", "object", "number"],
    "description": "An expression as text (docs/conditions.md), or its tree.",
}
_SPECIAL: dict[tuple[type, str], dict] = {
    (Field, "options"): {
        "type": "array",
        "items": {
            "type": "array",
            "prefixItems": [{"type": ["string", "integer", "number"], "maxLength": 200}, {"type": "string"}],
            "minItems": 2,
            "maxItems": 2,
        },
    },
    (Spec, "code"): {"type": "string", "pattern": r"^\d\.\d{6}$"},
    (Spec, "english"): {"type": "object", "additionalProperties": {"type": "string"}},
}
_PARTS = {SectionSpec: "section", Field: "field", Document: "document", Fee: "fee", FeeRow: "fee_row",
          Exemption: "exemption", StepSpec: "step", ItemSpec: "item", MoveSpec: "move"}  # fmt: skip
_HIDDEN = {"version_id", "procedure_id", "number", "time_amount", "time_unit", "sections", "steps", "moves", "family",
           "immediate"}  # fmt: skip


@cache
def schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of one file `procedures/<code>.yaml`."""
    shown = {f.name: _of(Spec, f.name, hint) for f, hint in _fields(Spec) if f.name not in _HIDDEN}
    shown |= {
        "time": _closed({"amount": _column(ProcedureVersion, "time_amount"), "unit": {"enum": list(TIME_UNITS)}}),
        "form": {"type": "array", "items": {"anyOf": [_ref("used_group"), _ref("section")]}},
        "process": _process(),
        "life_events": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
        "popularity": _column(Procedure, "popularity"),
        "keywords": {"type": "string"},
        "national_non_territorial": {"type": ["boolean", "null"]},
    }
    needed = [f.name for f, _hint in _fields(Spec) if _needed(f) and f.name in shown and f.name not in _MAY_MISS]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": ID,
        "title": "A procedure of the catalogue",
        **_closed(shown, [*needed, "time", "form", "process"]),
        "$defs": _definitions(),
    }


@cache
def shared_schema(name: str) -> dict[str, Any]:
    """JSON Schema of a file that the procedures' files lean on, by its name."""
    group = _closed(
        {
            "title": _column(FieldGroupVersion, "title", str),
            "prefix": _column(FieldGroupVersion, "prefix", str),
            "version": {**_column(FieldGroupVersion, "number"), "minimum": 1},
            "fields": {"type": "array", "items": _ref("field")},
        },
        ["title", "prefix", "fields"],
    )
    event = _closed({key: _column(LifeEvent, key, str) for key in ("key", "name", "text", "icon")})
    event["properties"]["key"] |= {"pattern": r"^[-a-zA-Z0-9_]+$"}
    step, move = ({"type": "array", "items": _ref(part)} for part in ("step", "move"))
    family = _closed(
        {"name": {"type": "string"}, "immediate": {"type": "boolean"}, "steps": step, "moves": move},
        ["name", "steps", "moves"],
    )
    return {
        "groups.yaml": {"type": "object", "additionalProperties": group},
        "life-events.yaml": {"type": "array", "items": event},
        "families.yaml": {"type": "object", "additionalProperties": family},
        "english.yaml": {"type": "object", "additionalProperties": {"type": "string"}},
    }[name] | {"$defs": _definitions()}


def _definitions() -> dict[str, Any]:
    return {name: _object(part) for part, name in _PARTS.items()} | {"used_group": _used_group()}


_MAY_MISS = ("documents", "fees")


def _fields(part: type) -> Iterator[tuple[Any, Any]]:
    hints = get_type_hints(part)
    for f in fields(part):
        yield f, hints[f.name]


def _needed(f) -> bool:
    return f.default is MISSING and f.default_factory is MISSING


def _closed(properties: dict[str, Any], required=None) -> dict[str, Any]:
    wanted = list(properties) if required is None else list(required)
    return {"type": "object", "properties": properties, "required": wanted, "additionalProperties": False}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/$defs/{name}"}


def _object(part: type) -> dict[str, Any]:
    return _closed(
        {f.name: _of(part, f.name, hint) for f, hint in _fields(part)},
        [f.name for f, _hint in _fields(part) if _needed(f)],
    )


def _of(part: type, name: str, hint: Any) -> dict[str, Any]:
    """One attribute of a part."""
    if (part, name) in _SPECIAL:
        return _SPECIAL[part, name]
    if (part, name) in _CHOICES:
        return {"type": "string", "enum": list(_CHOICES[part, name])}
    if hint is dict:
        return _EXPRESSION
    if hint is Any:
        return {}
    if get_origin(hint) is tuple:
        inner = get_args(hint)[0]
        item = {"type": "string", "maxLength": 60} if inner is str else _ref(_PARTS[inner])
        return {"type": "array", "items": item | _among(part, name)}
    return _column(_MODELS.get(part), name, hint)


def _among(part: type, name: str) -> dict[str, Any]:
    return {"enum": list(_EACH_OF[part, name])} if (part, name) in _EACH_OF else {}


_JSON = {str: "string", int: "integer", bool: "boolean"}


def _column(model: type[models.Model] | None, name: str, hint: Any = int) -> dict[str, Any]:
    """A plain value with the bounds of the column that stores it."""
    kinds = [_JSON.get(kind, "null") for kind in (get_args(hint) or (hint,))]
    found: dict[str, Any] = {"type": kinds if len(kinds) > 1 else kinds[0]}
    column = model._meta.get_field(name) if model and name in {f.name for f in model._meta.fields} else None
    if column is not None and column.get_internal_type() == "CharField":
        found["maxLength"] = column.max_length
    elif "integer" in kinds:
        found |= {"minimum": 0, "maximum": _LARGEST.get(column and column.get_internal_type(), 10**15)}
    return found


_LARGEST = {"PositiveSmallIntegerField": 32_767, "PositiveIntegerField": 2_147_483_647}


def _used_group() -> dict[str, Any]:
    """A section made from a shared group."""
    keys = {"type": "array", "items": {"type": "string"}}
    return _closed(
        {
            "use": {"type": "string"},
            "as": {"type": "string", "maxLength": 60},
            "title": {"type": "string", "maxLength": 150},
            "hint": {"type": "string"},
            "only": keys,
            "without": keys,
            "optional": keys,
            "labels": {"type": "object", "additionalProperties": {"type": "string", "maxLength": 250}},
            "when": _EXPRESSION,
            "more": {"type": "array", "items": _ref("field")},
        },
        ["use"],
    )


def _process() -> dict[str, Any]:
    """Whole lists of steps and moves, or a family's changed here and there."""
    step, move = (_object(part)["properties"] for part in (StepSpec, MoveSpec))
    change, arrow = _closed(step, ()), _closed(move, ())
    return _closed(
        {
            "family": {"type": "string", "maxLength": 20},
            "immediate": {"type": "boolean"},
            "steps": {
                "anyOf": [
                    {"type": "object", "additionalProperties": change},
                    {"type": "array", "items": _ref("step")},
                ]
            },
            "moves": {
                "anyOf": [
                    {"type": "object", "additionalProperties": {"anyOf": [{"type": "null"}, arrow]}},
                    {"type": "array", "items": _ref("move")},
                ]
            },
            "add_steps": {
                "type": "array",
                "items": _closed({**step, "after": {"type": "string"}}, ["key", "name", "role", "after"]),
            },
            "add_moves": {"type": "array", "items": _ref("move")},
        },
        ["family"],
    )


# --- saying what is wrong -----------------------------------------------------------------------------------------
MOST = 50  # mistakes said of one file: nobody reads more at once


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(schema())


def mistakes(data: Any) -> list[tuple[tuple, str]]:
    """Where and how `data` is not a procedure's file: paths and sentences, not more than a person would read."""
    return _mistakes(_validator(), data)


def shared_mistakes(name: str, data: Any) -> list[tuple[tuple, str]]:
    """The same for a file that the procedures' files lean on."""
    return _mistakes(Draft202012Validator(shared_schema(name)), data)


def _mistakes(validator: Draft202012Validator, data: Any) -> list[tuple[tuple, str]]:
    found: list[tuple[tuple, str]] = []
    for error in validator.iter_errors(data):
        error = _deepest(error)
        found.append(((*error.absolute_path, *_strangers(error)[:1]), _sentence(error, data)))
        if len(found) >= MOST:
            break
    return found


def _deepest(error):
    """Of alternatives, what is wrong with the one that was meant: the one that goes furthest before it fails."""
    while error.context:
        shape = isinstance(error.instance, dict) and "use" in error.instance
        branches: dict[int, list] = {}
        for one in error.context:
            branches.setdefault(one.schema_path[0], []).append(one)
        meant = branches.get(0 if shape else 1) if error.schema.get("items") is None and len(branches) == 2 else None
        if isinstance(error.instance, dict) and not shape and "key" not in error.instance:
            meant = branches.get(0)
        error = max(meant or error.context, key=lambda one: len(one.absolute_path))
    return error


_TYPES = {
    "string": lambda: _("chữ"), "integer": lambda: _("số nguyên"), "number": lambda: _("số"),
    "boolean": lambda: _("true hoặc false"), "array": lambda: _("một danh sách"),
    "object": lambda: _("các cặp khóa và giá trị"), "null": lambda: _("trống"),
}  # fmt: skip


def _sentence(error, data: Any) -> str:
    where = ".".join(_named(data, error.absolute_path)) or _("tệp")
    said = _SAID.get(error.validator, lambda e: _("không hợp lệ"))(error)
    return f"{where}: {said}."


def _named(thing: Any, path) -> Iterator[str]:
    """The path in words that the file's author knows: rows by their keys, not by their numbers."""
    for part in path:
        thing = thing[part]
        key = (thing.get("key") or thing.get("use")) if isinstance(part, int) and isinstance(thing, dict) else None
        yield key if isinstance(key, str) else str(part + 1 if isinstance(part, int) else part)[:60]


def _strangers(error) -> list[str]:
    """The keys that the format does not know, where that is what is wrong."""
    if error.validator != "additionalProperties":
        return []
    return [key for key in error.instance if key not in error.schema.get("properties", ())]


def _unknown(error) -> str:
    return _("không biết khóa %(keys)s") % {"keys": ", ".join(f"“{key[:60]}”" for key in _strangers(error)[:5])}


def _missing(error) -> str:
    missing = [name for name in error.validator_value if name not in error.instance]
    return _("thiếu khóa %(keys)s") % {"keys": ", ".join(f"“{key}”" for key in missing)}


def _type(error) -> str:
    wanted = error.validator_value if isinstance(error.validator_value, list) else [error.validator_value]
    return _("phải là %(kind)s") % {"kind": _(" hoặc ").join(_TYPES[kind]() for kind in wanted)}


_SAID = {
    "additionalProperties": _unknown,
    "required": _missing,
    "type": _type,
    "enum": lambda e: _("phải là một trong: %(values)s") % {"values": ", ".join(v or "“”" for v in e.validator_value)},
    "maxLength": lambda e: (
        _("dài %(length)d ký tự, tối đa %(limit)d") % {"length": len(e.instance), "limit": e.validator_value}
    ),
    "minimum": lambda e: _("nhỏ nhất là %(limit)s") % {"limit": e.validator_value},
    "maximum": lambda e: _("lớn nhất là %(limit)s") % {"limit": e.validator_value},
    "minItems": lambda e: _("cần ít nhất %(limit)d mục") % {"limit": e.validator_value},
    "maxItems": lambda e: _("có nhiều nhất %(limit)d mục") % {"limit": e.validator_value},
    "uniqueItems": lambda e: _("có mục lặp lại"),
    "pattern": lambda e: _("không đúng dạng, ví dụ đúng: 1.234567"),
}
