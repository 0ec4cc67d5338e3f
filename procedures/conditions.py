"""Conditions and formulas over answers and facts: when a field is asked, a paper needed, a fee due, a move open.

Both are plain JSON, so that they travel in a row, a YAML file and a schema alike. `expressions` reads and writes them
as text for people. A condition is one of

    {}                                              always true
    {"all": [c, …]}   {"any": [c, …]}   {"not": c}
    {"field": "relation", "is": "father"}           one value; of several choices, one of those chosen
    {"field": "relation", "in": ["father", "mother"]}
    {"empty": "note"}                               nothing was answered
    {"lt": [a, b]}    and le, gt, ge, eq, ne         two operands, both numbers or both dates (eq, ne: texts too)

and an operand is a number, text or true/false, or one of

    {"field": f}   {"today": true}   {"age": f}   {"age": [f, date]}   {"days": [from, to]}
    {"sum": "group.part"}   {"count": "group"}   {"if": [c, a, b]}
    {"add": [a, b]} and sub, mul, div   {"min": [a, …]}   {"max": [a, …]}   {"round": a}

`field` names an answer of the form, a part of one ("home.ward") or a fact that the caller adds (see
dossiers.services.steps.facts). Inside a row of a group the caller lays the row over the answers: its names come first.
Nothing here raises for any facts whatever: what is missing or of another kind makes a comparison false and a sum None.
"""

import re
import reprlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from procedures.evaluating import COMPARISONS, Condition, Operand, as_date, holds, is_number, scalar, value

__all__ = ["Condition", "Operand", "as_schema", "fields_of", "holds", "paths_of", "problems", "value"]

MAX_DEPTH, MAX_NODES, MAX_VALUES = 20, 200, 500
ARITHMETIC = ("add", "sub", "mul", "div")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*")


# --- what an expression reads -------------------------------------------------------------------------------------
def paths_of(expr: Any) -> Iterator[str]:
    """The names a condition or a formula reads, whole: "home.ward", "children.birth_date"."""
    if not isinstance(expr, Mapping):
        return
    for name, inner in expr.items():
        if name in ("field", "empty", "sum", "count") or (name == "age" and isinstance(inner, str)):
            yield inner
        elif name == "age":
            yield inner[0]
            yield from paths_of(inner[1])
        elif name not in ("is", "in", "today"):
            for x in inner if isinstance(inner, list) else [inner]:
                yield from paths_of(x)


def fields_of(expr: Any) -> Iterator[str]:
    """The questions (or facts) a condition or a formula reads: of a path, its first name."""
    return (path.partition(".")[0] for path in paths_of(expr))


# --- whether it is sound ------------------------------------------------------------------------------------------
def problems(expr: Any, *, formula: bool = False) -> Iterator[str]:
    """What is wrong with the shape of a condition (or of a formula: an operand that gives a number), in words.
    Nothing when it is sound; only what is sound may be given to the other functions."""
    nodes, depth = _size(expr)
    if depth > MAX_DEPTH:
        yield _("lồng nhau quá sâu, tối đa %(limit)s lớp") % {"limit": MAX_DEPTH}
    elif nodes > MAX_NODES:
        yield _("quá dài, tối đa %(limit)s phần") % {"limit": MAX_NODES}
    elif formula:
        if isinstance(expr, (str, bool)):
            yield _("công thức phải cho ra một con số, không phải %(value)s") % {"value": _seen(expr)}
        elif expr != {}:
            yield from _operand_problems(expr)
    else:
        yield from _condition_problems(expr)


def _size(expr: Any) -> tuple[int, int]:
    """Nodes and depth, without recursion and no further than the limits. A long sum is long, not deep."""
    nodes = depth = 0
    waiting = [(expr, 1)]
    while waiting and nodes <= MAX_NODES and depth <= MAX_DEPTH:
        node, level = waiting.pop()
        nodes, depth = nodes + 1, max(depth, level)
        for name, inner in node.items() if isinstance(node, Mapping) else ():
            if name not in ("field", "is", "in"):
                for i, x in enumerate(inner if isinstance(inner, list) else [inner]):
                    waiting.append((x, level if name in ARITHMETIC and i == 0 else level + 1))
    return nodes, depth


def _seen(x: Any) -> str:
    """Something wrong as it is shown: never long, never an error of its own."""
    if isinstance(x, bool):
        return _("đúng") if x else _("sai")
    try:
        return reprlib.repr(x)
    except ValueError:  # a number of thousands of digits
        return "…"


def _condition_problems(c: Any) -> Iterator[str]:
    if not isinstance(c, Mapping):
        yield _("điều kiện phải là một bảng khóa–giá trị, không phải %(value)s") % {"value": _seen(c)}
    elif "field" in c:
        yield from _field_problems(c)
    elif len(c) == 1:
        name, inner = next(iter(c.items()))
        if name in ("all", "any"):
            if not isinstance(inner, list) or not inner:
                yield _("all/any cần một danh sách điều kiện")
                return
            for x in inner:
                yield from _condition_problems(x)
        elif name == "not":
            yield from _condition_problems(inner)
        elif name == "empty":
            yield from _name_problems(inner)
        elif name in COMPARISONS:
            yield from _pair_problems(name, inner, _ordered if name not in ("eq", "ne") else None)
        else:
            yield _("không hiểu điều kiện %(value)s") % {"value": _seen(c)}
    elif c:
        yield _("không hiểu điều kiện %(value)s") % {"value": _seen(c)}


def _field_problems(c: Condition) -> Iterator[str]:
    yield from _name_problems(c["field"])
    if set(c) == {"field", "is"}:
        values = [c["is"]]
    elif set(c) == {"field", "in"}:
        values = c["in"]
    else:
        yield _("không hiểu điều kiện %(value)s") % {"value": _seen(c)}
        return
    if not isinstance(values, list) or not values:
        yield _("in cần một danh sách giá trị")
    elif len(values) > MAX_VALUES:
        yield _("danh sách có %(count)s giá trị, tối đa %(limit)s") % {"count": len(values), "limit": MAX_VALUES}
    else:
        for x in values:
            yield from _literal_problems(x)


def _name_problems(name: Any) -> Iterator[str]:
    if not isinstance(name, str) or not NAME.fullmatch(name):
        yield _("%(name)s không phải là tên câu hỏi: chỉ dùng chữ không dấu, số và gạch dưới") % {"name": _seen(name)}


def _literal_problems(x: Any) -> Iterator[str]:
    if not isinstance(x, (str, int, float)):
        yield _("cần một giá trị đơn (chữ, số, đúng hoặc sai), không phải %(value)s") % {"value": _seen(x)}
    elif scalar(x) is None:
        yield _("số quá lớn, tối đa 10^18")


def _pair_problems(name: str, inner: Any, literal: Callable[[Any], Iterator[str]] | None = None) -> Iterator[str]:
    if not isinstance(inner, list) or len(inner) != 2:
        yield _("%(name)s cần hai giá trị") % {"name": name}
        return
    for x in inner:
        yield from _operand_problems(x, literal)


def _ordered(x: Any) -> Iterator[str]:
    if isinstance(x, bool) or (isinstance(x, str) and not as_date(x)):
        yield _("so sánh hơn kém chỉ dùng cho số và ngày, không dùng cho %(value)s") % {"value": _seen(x)}


def _numeric(x: Any) -> Iterator[str]:
    if isinstance(x, (str, bool)):
        yield _("phép tính chỉ dùng số, không dùng %(value)s") % {"value": _seen(x)}


def _dated(x: Any) -> Iterator[str]:
    if not as_date(x):
        yield _("cần một ngày, không phải %(value)s") % {"value": _seen(x)}


def _operand_problems(x: Any, literal: Callable[[Any], Iterator[str]] | None = None) -> Iterator[str]:
    """`literal` says what a literal in this place may not be."""
    if not isinstance(x, Mapping):
        wrong = list(_literal_problems(x)) or (list(literal(x)) if literal else [])
        yield from wrong
        return
    name, inner = next(iter(x.items())) if len(x) == 1 else (None, None)
    if name in ("field", "count"):
        yield from _name_problems(inner)
    elif name == "sum":
        yield from _name_problems(inner)
        if isinstance(inner, str) and "." not in inner:
            yield _("sum cần tên nhóm và tên câu hỏi trong nhóm, ví dụ con.so_tien; không phải %(name)s") % {
                "name": _seen(inner)
            }
    elif name == "age":
        yield from _age_problems(inner)
    elif name == "days":
        yield from _pair_problems(name, inner, _dated)
    elif name in ARITHMETIC:
        yield from _pair_problems(name, inner, _numeric)
    elif name == "round":
        yield from _operand_problems(inner, _numeric)
    elif name in ("min", "max") and isinstance(inner, list) and inner:
        for a in inner:
            yield from _operand_problems(a, _ordered)
    elif name == "if" and isinstance(inner, list) and len(inner) == 3:
        yield from _condition_problems(inner[0])
        yield from _operand_problems(inner[1], literal)
        yield from _operand_problems(inner[2], literal)
    elif not (name == "today" and inner is True):
        yield _("không hiểu phép tính %(value)s") % {"value": _seen(x)}


def _age_problems(inner: Any) -> Iterator[str]:
    if isinstance(inner, list) and len(inner) == 2:
        yield from _name_problems(inner[0])
        yield from _operand_problems(inner[1], _dated)
    else:
        yield from _name_problems(inner)


# --- the same as JSON Schema --------------------------------------------------------------------------------------
def as_schema(condition: Condition) -> dict[str, Any] | None:
    """The same condition as JSON Schema 2020-12 over the object of cleaned answers, or None where JSON Schema cannot
    say all of it (arithmetic, dates, one answer against another). Where it can, its verdict is that of `holds`."""
    if not condition:
        return {}
    if "field" in condition:
        wanted = list(condition["in"] if "in" in condition else [condition["is"]])
        one = {"anyOf": [{"enum": wanted}, {"type": "array", "contains": {"enum": wanted}}]}
        return _at(condition["field"], one)
    name, inner = next(iter(condition.items()))
    if name in ("all", "any"):
        parts = [as_schema(c) for c in inner]
        return None if None in parts else {"allOf" if name == "all" else "anyOf": parts}
    if name == "not":
        part = as_schema(inner)
        return None if part is None else {"not": part}
    if name == "empty":
        return {"not": _at(inner, {"not": {"enum": [None, "", [], {}]}})}
    return _compared(name, *inner)


def _at(path: str, schema: dict[str, Any]) -> dict[str, Any]:
    first, _dot, rest = path.partition(".")
    return {"properties": {first: {"type": "object", **_at(rest, schema)} if rest else schema}, "required": [first]}


_TURNED = {"eq": "eq", "ne": "ne", "lt": "gt", "le": "ge", "gt": "lt", "ge": "le"}
_BOUND = {"lt": "exclusiveMaximum", "le": "maximum", "gt": "exclusiveMinimum", "ge": "minimum"}


def _compared(name: str, a: Operand, b: Operand) -> dict[str, Any] | None:
    if isinstance(b, Mapping):
        name, a, b = _TURNED[name], b, a
    if not isinstance(a, Mapping) or "field" not in a or isinstance(b, Mapping) or scalar(b) is None:
        return None
    if name == "eq":
        return _at(a["field"], {"const": b})
    if name == "ne":
        kind = "number" if is_number(b) else "boolean" if isinstance(b, bool) else "string"
        return _at(a["field"], {"type": kind, "not": {"const": b}})
    return _at(a["field"], {"type": "number", _BOUND[name]: b}) if is_number(b) else None
