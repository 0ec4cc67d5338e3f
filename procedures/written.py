"""The canonical text of a condition or a formula: what `expressions.parse` reads back as the same tree."""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from procedures.conditions import ARITHMETIC
from procedures.evaluating import COMPARISONS, as_date, is_number

# The spellings of each operation; the first is the canonical one. "_" may be typed as a space.
FUNCTIONS = {
    "empty": ("trống", "empty"), "age": ("tuổi", "age"), "days": ("số_ngày", "days"), "sum": ("tổng", "sum"),
    "count": ("số_dòng", "count"), "min": ("nhỏ_nhất", "min"), "max": ("lớn_nhất", "max"),
    "round": ("làm_tròn", "round"), "if": ("nếu", "if"),
}  # fmt: skip
SIGNS = {
    "eq": "=",
    "ne": "≠",
    "lt": "<",
    "le": "≤",
    "gt": ">",
    "ge": "≥",
    "add": "+",
    "sub": "-",
    "mul": "×",
    "div": "÷",
}
_RESERVED = ("and", "or", "not", "in", "true", "false", "today")  # a question called so is written in `…`


# --- one shape for what means the same ----------------------------------------------------------------------------
def normalised(expr: Any) -> Any:
    """The tree that the text of `expr` gives back: it means the same, said in the plainest way."""
    if not isinstance(expr, Mapping):
        return int(expr) if isinstance(expr, float) and expr.is_integer() else expr
    if "is" in expr and is_number(expr["is"]):
        return {"eq": [{"field": expr["field"]}, normalised(expr["is"])]}
    if "field" in expr:
        return {k: [normalised(x) for x in v] if k == "in" else v for k, v in expr.items()}
    for name, inner in expr.items():
        if name in ("all", "any"):
            return _joined(name, inner)
        if name in ("eq", "ne") and (plain := _plain(name, inner)):
            return plain
        return {name: [normalised(x) for x in inner] if isinstance(inner, list) else normalised(inner)}
    return {}


def _joined(name: str, inner: list) -> dict[str, Any]:
    parts: list[dict] = []
    for part in map(normalised, inner):
        parts += part.get(name, [part])
    if name == "all":
        parts = [part for part in parts if part]
    elif {} in parts:
        return {}
    return parts[0] if len(parts) == 1 else {name: parts} if parts else {}


def _plain(name: str, pair: list) -> dict[str, Any] | None:
    """An answer against a text or true/false is a choice, not a sum. `ne` is false where nothing was answered."""
    field, wanted = pair if isinstance(pair[0], Mapping) else reversed(pair)
    if not isinstance(field, Mapping) or "field" not in field or not isinstance(wanted, (str, bool)):
        return None
    same = {"field": field["field"], "is": wanted}
    return same if name == "eq" else {"all": [{"not": {"empty": field["field"]}}, {"not": same}]}


# --- from tree to text --------------------------------------------------------------------------------------------
_OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _ATOM = range(7)  # how tightly each holds together


def text_of(expr: Any) -> str:
    """The canonical text of a sound condition or formula: `parse(text_of(c)) == normalised(c)`, as long as the text
    has no more than 2,000 characters."""
    plain = normalised(expr)
    return "" if plain == {} else _text(plain, _OR)


def _text(expr: Any, around: int) -> str:
    own, text = _written(expr)
    return f"({text})" if own < around else text


def _written(expr: Any) -> tuple[int, str]:
    """How tightly the outermost part of the text holds together, and the text."""
    if not isinstance(expr, Mapping):
        return _ATOM, _constant(expr)
    if not expr:
        return _ATOM, "đúng"
    if "field" in expr:
        return _field(expr)
    name, inner = next(iter(expr.items()))
    if name == "all":
        return _AND, " và ".join(_text(c, _NOT) for c in inner)
    if name == "any":
        return _OR, " hoặc ".join(_text(c, _AND) for c in inner)
    if name == "not":
        return _negated(inner)
    if name in COMPARISONS:
        return _COMPARE, f" {SIGNS[name]} ".join(_text(x, _SUM) for x in inner)
    if name in ARITHMETIC:
        own = _SUM if name in ("add", "sub") else _PRODUCT
        return own, f"{_text(inner[0], own)} {SIGNS[name]} {_text(inner[1], own + 1)}"
    if name == "today":
        return _ATOM, "hôm_nay"
    return _ATOM, f"{FUNCTIONS[name][0]}({', '.join(_arguments(name, inner))})"


def _arguments(name: str, inner: Any) -> Iterator[str]:
    inner = inner if isinstance(inner, list) else [inner]
    for i, x in enumerate(inner):
        is_name = name in ("empty", "sum", "count") or (name == "age" and i == 0)
        yield _named(x) if is_name else _text(x, _OR)


def _field(expr: Mapping[str, Any], equals: str = "=", among: str = "trong") -> tuple[int, str]:
    name = _named(expr["field"])
    if "in" in expr:
        return _COMPARE, f"{name} {among} ({', '.join(_constant(x) for x in expr['in'])})"
    if "is" not in expr or (expr["is"] is True and equals == "="):
        return _ATOM, name
    return _COMPARE, f"{name} {equals} {_constant(expr['is'])}"


def _negated(inner: Mapping[str, Any]) -> tuple[int, str]:
    if not inner:
        return _ATOM, "sai"
    if "in" in inner or ("is" in inner and inner["is"] is not True):
        return _field(inner, "≠", "không trong")
    return _NOT, f"không {_text(inner, _NOT)}"


def _named(name: str) -> str:
    return f"`{name}`" if name.lower() in _RESERVED else name


def _constant(x: Any) -> str:
    if isinstance(x, bool):
        return "đúng" if x else "sai"
    if isinstance(x, str):
        day = as_date(x)
        return f"{day:%d/%m}/{day.year:04}" if day else _quoted(x)
    text = format(Decimal(repr(x)), "f")
    if re.fullmatch(r"-?[1-9]\d{0,2}\.\d{3}", text):
        return f"{text}0"  # else it would look like thousands
    return f"{int(x):_}" if isinstance(x, int) and abs(x) >= 10_000 else text


def _quoted(text: str) -> str:
    plain = unicodedata.is_normalized("NFC", text) and all(unicodedata.category(c)[0] != "C" for c in text)
    return json.dumps(text, ensure_ascii=not plain)
