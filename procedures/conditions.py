"""Conditions over answers and facts: when a field is asked, a paper is needed, a fee is due, a move is open.

A condition is plain JSON, so that it travels in a row, a YAML file and a schema alike:

    {"field": "relation", "is": "father"}        one value
    {"field": "relation", "in": ["father", "mother"]}
    {"field": "late", "is": true}
    {"all": [c, …]}   {"any": [c, …]}   {"not": c}
    {}                                           always true

`field` names an answer of the form or a fact that the caller adds (see dossiers.facts).
"""

from collections.abc import Iterator, Mapping
from typing import Any

Condition = Mapping[str, Any]


def holds(condition: Condition, facts: Mapping[str, Any]) -> bool:
    """Whether `condition` is true of `facts`. A missing fact makes a comparison false."""
    if not condition:
        return True
    if "all" in condition:
        return all(holds(c, facts) for c in condition["all"])
    if "any" in condition:
        return any(holds(c, facts) for c in condition["any"])
    if "not" in condition:
        return not holds(condition["not"], facts)
    value = facts.get(condition["field"])
    wanted = condition["in"] if "in" in condition else [condition["is"]]
    if isinstance(value, list):
        return any(v in wanted for v in value)
    return value is not None and any(value == w and isinstance(value, bool) == isinstance(w, bool) for w in wanted)


def fields_of(condition: Condition) -> Iterator[str]:
    """The names a condition reads."""
    for key in ("all", "any"):
        for inner in condition.get(key, ()):
            yield from fields_of(inner)
    if "not" in condition:
        yield from fields_of(condition["not"])
    if "field" in condition:
        yield condition["field"]


def problems(condition: Any) -> Iterator[str]:
    """What is wrong with the shape of a condition, in words; nothing when it is sound."""
    if not isinstance(condition, Mapping):
        yield f"điều kiện phải là một bảng khóa–giá trị, không phải {condition!r}"
        return
    if not condition:
        return
    keys = set(condition)
    if keys in ({"all"}, {"any"}):
        inner = next(iter(condition.values()))
        if not isinstance(inner, list) or not inner:
            yield "all/any cần một danh sách điều kiện"
            return
        for c in inner:
            yield from problems(c)
    elif keys == {"not"}:
        yield from problems(condition["not"])
    elif keys == {"field", "is"}:
        if isinstance(condition["is"], (list, dict)):
            yield "is cần một giá trị đơn"
    elif keys == {"field", "in"}:
        if not isinstance(condition["in"], list) or not condition["in"]:
            yield "in cần một danh sách giá trị"
    else:
        yield f"không hiểu điều kiện {dict(condition)!r}"


def as_schema(condition: Condition) -> dict[str, Any]:
    """The same condition as JSON Schema 2020-12 over the object of answers."""
    if not condition:
        return {}
    if "all" in condition:
        return {"allOf": [as_schema(c) for c in condition["all"]]}
    if "any" in condition:
        return {"anyOf": [as_schema(c) for c in condition["any"]]}
    if "not" in condition:
        return {"not": as_schema(condition["not"])}
    wanted = condition["in"] if "in" in condition else [condition["is"]]
    return {
        "properties": {
            condition["field"]: {"anyOf": [{"enum": wanted}, {"type": "array", "contains": {"enum": wanted}}]}
        },
        "required": [condition["field"]],
    }
