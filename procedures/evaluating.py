"""What a condition or a formula (see `conditions` for the language) comes to, over answers and facts.

Nothing here raises for any facts whatever: what is missing or of another kind makes a comparison false and a sum None.
"""

import math
import operator
from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from django.utils import timezone

from worktime import now

Condition = Mapping[str, Any]
Operand = Any

LARGEST = 10**18  # beyond it a number is a mistake, not an amount of money
COMPARISONS = {
    "eq": operator.eq, "ne": operator.ne, "lt": operator.lt, "le": operator.le, "gt": operator.gt, "ge": operator.ge,
}  # fmt: skip


# --- conditions ---------------------------------------------------------------------------------------------------
def holds(condition: Condition, facts: Mapping[str, Any]) -> bool:
    """Whether `condition` (without `problems`) is true of `facts`. A missing fact makes a comparison false."""
    if not condition:
        return True
    if "field" in condition:
        return _is_one_of(condition, facts)
    name, inner = next(iter(condition.items()))
    return _CONDITIONS[name](inner, facts)


def _is_one_of(condition: Condition, facts: Mapping[str, Any]) -> bool:
    found = _find(condition["field"], facts)
    wanted = condition["in"] if "in" in condition else (condition["is"],)
    if isinstance(found, list):
        return any(_same(v, w) for v in found for w in wanted)
    return found is not None and any(_same(found, w) for w in wanted)


def _same(a: Any, b: Any) -> bool:
    return a == b and isinstance(a, bool) == isinstance(b, bool)  # true is not 1 to anybody but Python


def _comparison(name: str) -> Callable[[list, Mapping], bool]:
    test, alike = COMPARISONS[name], _alike if name in ("eq", "ne") else _in_order

    def compare(pair: list, facts: Mapping[str, Any]) -> bool:
        a, b = value(pair[0], facts), value(pair[1], facts)
        return alike(a, b) and test(a, b)

    return compare


def _alike(a: Any, b: Any) -> bool:
    return (is_number(a) and is_number(b)) or (isinstance(a, (str, bool)) and type(a) is type(b))


def _in_order(a: Any, b: Any) -> bool:
    return (is_number(a) and is_number(b)) or (as_date(a) is not None and as_date(b) is not None)


_CONDITIONS: dict[str, Callable[[Any, Mapping], bool]] = {
    "all": lambda inner, facts: all(holds(c, facts) for c in inner),
    "any": lambda inner, facts: any(holds(c, facts) for c in inner),
    "not": lambda inner, facts: not holds(inner, facts),
    "empty": lambda name, facts: _find(name, facts) in (None, "", [], {}),
    **{name: _comparison(name) for name in COMPARISONS},
}


# --- operands -----------------------------------------------------------------------------------------------------
def value(operand: Operand, facts: Mapping[str, Any]) -> int | float | str | bool | None:
    """What `operand` (without `problems`) comes to; a date is its ISO text. None where something is missing, of
    another kind, divided by zero, or larger than 10^18."""
    if not isinstance(operand, Mapping):
        return scalar(operand)
    if not operand:
        return None
    name, inner = next(iter(operand.items()))
    return _OPERANDS[name](inner, facts)


def is_number(x: Any) -> bool:
    return isinstance(x, (int, float)) and not isinstance(x, bool)


def as_date(x: Any) -> date | None:
    """The day that an ISO date ("2026-11-24") names, or None."""
    return _parsed(x) if isinstance(x, str) and len(x) == 10 else None


@lru_cache(maxsize=4096)
def _parsed(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text[4] == text[7] == "-" else None
    except ValueError:
        return None


def scalar(x: Any) -> int | float | str | bool | None:
    if is_number(x):
        return x if -LARGEST <= x <= LARGEST else None
    return x if isinstance(x, (str, bool)) else None


def _find(name: str, facts: Mapping[str, Any]) -> Any:
    if "." not in name:
        return facts.get(name)
    found: Any = facts
    for part in name.split("."):
        if not isinstance(found, Mapping):
            return None
        found = found.get(part)
    return found


def _today(_inner: Any, facts: Mapping[str, Any]) -> str:
    given = facts.get("today")
    return given if as_date(given) else timezone.localdate(now()).isoformat()


def _age(inner: Any, facts: Mapping[str, Any]) -> int | None:
    """Whole years on a day. Who was born on 29 February is a year older on 1 March where there is no 29th."""
    name, on = (inner, {"today": True}) if isinstance(inner, str) else inner
    born, day = as_date(_find(name, facts)), as_date(value(on, facts))
    if born is None or day is None or day < born:
        return None
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _days(pair: list, facts: Mapping[str, Any]) -> int | None:
    start, end = as_date(value(pair[0], facts)), as_date(value(pair[1], facts))
    return None if start is None or end is None else (end - start).days


def _sum(path: str, facts: Mapping[str, Any]) -> int | float | None:
    group, _dot, part = path.rpartition(".")
    rows = _find(group, facts)
    parts = (scalar(row.get(part)) for row in rows if isinstance(row, Mapping)) if isinstance(rows, list) else ()
    return _kept(sum(x for x in parts if is_number(x)))


def _count(name: str, facts: Mapping[str, Any]) -> int:
    rows = _find(name, facts)
    return len(rows) if isinstance(rows, list) else 0


def _arithmetic(work: Callable[[Any, Any], Any]) -> Callable[[list, Mapping], int | float | None]:
    def compute(pair: list, facts: Mapping[str, Any]) -> int | float | None:
        a, b = value(pair[0], facts), value(pair[1], facts)
        return _kept(work(a, b)) if is_number(a) and is_number(b) else None

    return compute


def _divided(a: Any, b: Any) -> Any:
    if not b:
        return None
    return a // b if isinstance(a, int) and isinstance(b, int) and a % b == 0 else a / b


def _kept(x: Any) -> int | float | None:
    """A result as people compute it by hand: 0.1 + 0.2 is 0.3, 6 / 2 is 3, and nothing goes beyond 10^18."""
    if x is None or not -LARGEST <= x <= LARGEST:  # not a number (NaN) is nowhere between
        return None
    if isinstance(x, float):
        x = round(x, 9)
        return int(x) if x.is_integer() else x
    return x


def _best(choose: Callable) -> Callable[[list, Mapping], Any]:
    def compute(inner: list, facts: Mapping[str, Any]) -> int | float | str | None:
        values = [value(x, facts) for x in inner]
        return choose(values) if all(is_number(v) for v in values) or all(as_date(v) for v in values) else None

    return compute


def _round(inner: Any, facts: Mapping[str, Any]) -> int | None:
    """To a whole number; a half goes away from zero, as at school."""
    x = value(inner, facts)
    if not is_number(x):
        return None
    whole = math.floor(abs(x))
    return (whole + (abs(x) - whole >= 0.5)) * (-1 if x < 0 else 1)


_OPERANDS: dict[str, Callable[[Any, Mapping], Any]] = {
    "field": lambda name, facts: scalar(_find(name, facts)),
    "today": _today,
    "age": _age,
    "days": _days,
    "sum": _sum,
    "count": _count,
    "add": _arithmetic(operator.add),
    "sub": _arithmetic(operator.sub),
    "mul": _arithmetic(operator.mul),
    "div": _arithmetic(_divided),
    "min": _best(min),
    "max": _best(max),
    "round": _round,
    "if": lambda inner, facts: value(inner[1] if holds(inner[0], facts) else inner[2], facts),
}
