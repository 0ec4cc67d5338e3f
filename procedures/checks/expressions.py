"""Conditions and formulas held against the form they read: what they name, and whether the kinds can be compared."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice, product
from typing import Any

from django.utils.translation import gettext as _

from procedures import conditions
from procedures.checks.base import NO_ANSWER, Case, Found, Place, Question
from procedures.evaluating import COMPARISONS, as_date, is_number
from procedures.parts import parts_of
from procedures.spec import REPEATED, Field

# What an answer of a kind is to a comparison; composite kinds are none of these, only their parts are.
_SORTS = {
    "number": "number", "money": "number", "computed": "number", "date": "date", "yes_no": "yes_no", "choice": "text",
    "many": "list", "text": "text", "long_text": "text", "phone": "text", "email": "text", "ward": "text",
    "personal_number": "text", "tax_code": "text", "file": "text", "image": "text",
}  # fmt: skip
_TRIES = 4_096  # combinations of choices tried before a condition is taken to be possible


def sort_words(sort: str) -> str:
    return {
        "number": _("số"), "date": _("ngày"), "yes_no": _("có/không"), "text": _("chữ"), "list": _("nhiều lựa chọn"),
        "rows": _("nhóm nhiều dòng"), "composite": _("nhóm thông tin"),
    }[sort]  # fmt: skip


@dataclass(frozen=True)
class View:
    """What an expression may read at its place: the row it stands in, the questions before it, the facts of a step."""

    case: Case
    place: Place
    before: int | None = None  # order of the question that asks; None: after the whole form
    question: Question | None = None
    facts: tuple[str, ...] = ()

    def find(self, path: str) -> tuple[Field | None, str]:
        """The question that `path` names, or None and the code of what is wrong with it. Facts give None and ""."""
        first, *rest = path.split(".")
        row = self._row(first)
        if row is None and first in self.facts and not rest:
            return None, ""
        found = row or self.case.spec.fields.get(first)
        if found is None:
            return None, "condition_unknown"
        if row is None and self.before is not None and self.case.orders[first] >= self.before:
            own = self.question is not None and first == self.question.field.key and self.question.group is None
            return None, "condition_self" if own else "condition_later"
        for part in rest:
            found = next((f for f in parts_of(found) if f.key == part), None)
            if found is None:
                return None, "condition_unknown"
        return found, ""

    def _row(self, name: str) -> Field | None:
        q = self.question
        if q is None or q.group is None:
            return None
        return next((f for f in q.group.fields[: q.row_order] if f.key == name), None)

    def in_rows(self, path: str) -> bool:
        first, *rest = path.split(".")
        return bool(rest) and self._row(first) is None and self.case.spec.fields[first].kind in REPEATED


def check(view: View, expr: Any, *, formula: bool = False) -> Found:
    """Everything wrong with a condition or a formula at its place."""
    shape = list(conditions.problems(expr, formula=formula))
    for problem in shape:
        yield view.place.error("formula_shape" if formula else "condition_shape", problem)
    if shape:
        return
    unread = list(_names(view, expr))
    yield from unread
    if unread:
        return
    yield from _kinds(view, expr)
    if formula and expr and _sort(view, expr) not in ("number", None):
        yield view.place.error("formula_not_number", _("công thức phải cho ra một con số"))


_NAMES = {
    "condition_unknown": lambda name: _("có nhắc đến %(name)s, mà tờ khai không có câu hỏi này") % name,
    "condition_later": lambda name: _("có nhắc đến %(name)s, mà câu này hỏi sau") % name,
    "condition_self": lambda name: _("điều kiện hoặc công thức nhắc đến chính câu hỏi này") % name,
}  # fmt: skip


def _names(view: View, expr: Any) -> Found:
    for path in dict.fromkeys(conditions.paths_of(expr)):
        found, code = view.find(path)
        if code:
            yield view.place.error(code, _NAMES[code]({"name": f"“{path}”"}))
        elif found is not None and found.kind in NO_ANSWER:
            yield view.place.error(
                "condition_note", _("“%(name)s” chỉ là đoạn chữ, không có câu trả lời") % {"name": path}
            )


# --- kinds --------------------------------------------------------------------------------------------------------
def _kinds(view: View, expr: Any) -> Found:
    if not isinstance(expr, Mapping) or not expr:
        return
    if "is" in expr or "in" in expr:
        yield from _membership(view, expr)
        return
    name, inner = next(iter(expr.items()))
    if name in COMPARISONS:
        yield from _comparison(view, name, inner)
    elif name in conditions.ARITHMETIC or name in ("min", "max", "round"):
        yield from _numbers(view, inner if isinstance(inner, list) else [inner], name)
    elif name == "days":
        yield from _wants(view, inner, ("date",))
    elif name == "age":
        path, *on = inner if isinstance(inner, list) else [inner]
        yield from _wants(view, [{"field": path}, *on], ("date",))
    elif name in ("sum", "count", "field"):
        yield from _rows(view, name, inner)
    for x in inner if isinstance(inner, list) else [inner]:
        yield from _kinds(view, x)


def _membership(view: View, c: Mapping[str, Any]) -> Found:
    field, _code = view.find(c["field"])
    values = c["in"] if "in" in c else [c["is"]]
    if field is None:  # a fact: true or false
        if not all(isinstance(v, bool) for v in values):
            yield view.place.error("unlike_kinds", _("“%(name)s” chỉ có đúng hoặc sai") % {"name": c["field"]})
        return
    if view.in_rows(c["field"]):
        yield from _rows(view, "field", c["field"])
        return
    if field.kind in ("choice", "many"):
        known = {value for value, _label in field.options}
        for value in values:
            if value not in known:
                yield view.place.error("condition_no_option", _("“%(name)s” không có lựa chọn “%(value)s”") % {
                    "name": field.label, "value": str(value)[:40]})  # fmt: skip
        return
    sort = _field_sort(field)
    for value in values:
        if not _fits(sort, value):
            yield _unlike(view, sort, _literal_sort(value))


def _fits(sort: str, value: Any) -> bool:
    return _literal_sort(value) == sort or (sort == "text" and isinstance(value, str))


def _comparison(view: View, name: str, pair: list) -> Found:
    a, b = _sort(view, pair[0]), _sort(view, pair[1])
    if a is None or b is None:
        return
    ordered = name not in ("eq", "ne")
    like = a == b or ({a, b} == {"text", "date"} and not ordered)
    if not like or a in ("list", "rows", "composite") or (ordered and a not in ("number", "date")):
        yield _unlike(view, a, b)


def _unlike(view: View, a: str, b: str) -> Any:
    if a == b:
        return view.place.error("unlike_kinds", _("không so sánh hơn kém được: %(a)s") % {"a": sort_words(a)})
    return view.place.error(
        "unlike_kinds", _("so sánh hai thứ khác loại: %(a)s với %(b)s") % {"a": sort_words(a), "b": sort_words(b)}
    )


def _numbers(view: View, operands: list, name: str) -> Found:
    dates = name in ("min", "max") and all(_sort(view, x) in ("date", None) for x in operands)
    yield from _wants(view, operands, ("date",) if dates else ("number",))


def _wants(view: View, operands: list, sorts: tuple[str, ...]) -> Found:
    for x in operands:
        found = _sort(view, x)
        if found is not None and found not in sorts:
            yield view.place.error("unlike_kinds", _("phép tính cần %(wanted)s, đây là %(found)s") % {
                "wanted": sort_words(sorts[0]), "found": sort_words(found)})  # fmt: skip


def _rows(view: View, name: str, path: str) -> Found:
    field, _code = view.find(path)
    if name == "field":
        if field is not None and view.in_rows(path):
            yield view.place.error("condition_into_rows", _(
                "“%(name)s” có nhiều dòng, chỉ cộng (tổng) hoặc đếm được") % {"name": path})  # fmt: skip
    elif name == "count":
        if field is None or field.kind not in (*REPEATED, "many"):
            yield view.place.error(
                "unlike_kinds", _("chỉ đếm được nhóm nhiều dòng, “%(name)s” thì không") % {"name": path}
            )
    elif field is None or not view.in_rows(path) or _field_sort(field) != "number":
        yield view.place.error(
            "unlike_kinds", _("chỉ cộng được một cột số của nhóm, “%(name)s” thì không") % {"name": path}
        )


def _field_sort(field: Field) -> str:
    return _SORTS.get(field.kind) or ("rows" if field.kind in REPEATED else "composite")


def _literal_sort(x: Any) -> str | None:
    if isinstance(x, bool):
        return "yes_no"
    return "number" if is_number(x) else "date" if as_date(x) else "text"


def _sort(view: View, x: Any) -> str | None:
    """What the operand comes to; None where it cannot be said."""
    if not isinstance(x, Mapping):
        return _literal_sort(x)
    name, inner = next(iter(x.items()))
    if name == "field":
        field, _code = view.find(inner)
        return _field_sort(field) if field else "yes_no"
    if name == "today":
        return "date"
    if name == "if":
        return _sort(view, inner[1])
    if name in ("min", "max"):
        return _sort(view, inner[0])
    return "number"


# --- can it ever be true? -----------------------------------------------------------------------------------------
def can_hold(case: Case, condition: Mapping[str, Any]) -> bool:
    """False where no answers at all make a sound `condition` true. Only choices and yes/no are tried; a condition
    that reads anything else is taken to be possible."""
    fields = _read_by(case, condition)
    if fields is None:
        return True
    tries = product(*(_answers(f) for f in fields))
    tried = list(islice(tries, _TRIES + 1))
    return len(tried) > _TRIES or any(conditions.holds(condition, _asked(fields, one)) for one in tried)


def _read_by(case: Case, condition: Mapping[str, Any]) -> list[Field] | None:
    """The questions a condition reads, and those that decide whether they are asked, in the form's order."""
    names, waiting = set(), list(conditions.paths_of(condition))
    while waiting:
        name = waiting.pop()
        field = case.spec.fields.get(name)
        if field is None or field.kind not in ("choice", "yes_no") or list(conditions.problems(field.condition)):
            return None
        if name not in names:
            names.add(name)
            waiting += conditions.paths_of(field.condition)
    return [f for key, f in case.spec.fields.items() if key in names]


def _answers(field: Field) -> tuple:
    given = (True, False) if field.kind == "yes_no" else tuple(value for value, _label in field.options)
    return given if field.required else (*given, None)


def _asked(fields: list[Field], values: tuple) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    for field, value in zip(fields, values, strict=True):
        if value is not None and conditions.holds(field.condition, answers):
            answers[field.key] = value
    return answers


# --- every expression of a version --------------------------------------------------------------------------------
def view_of(case: Case, q: Question) -> View:
    return View(case, q.place, before=q.order, question=q)
