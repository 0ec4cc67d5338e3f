"""A condition in the words of the form it belongs to: “khi “Anh/chị là gì của trẻ” là Cha hoặc Mẹ”."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from procedures.answers import ward_codes
from procedures.evaluating import COMPARISONS, as_date, is_number
from procedures.parts import parts_of
from procedures.spec import Field, Spec

_SIGNS = {"add": "+", "sub": "−", "mul": "×", "div": "÷"}
# Facts that are no questions (dossiers.services.steps.facts): how they sound, true and not.
_FACTS = {
    "items_done": (
        gettext_lazy("mọi ý kiến và việc liên thông cần có đã xong"),
        gettext_lazy("còn ý kiến hoặc việc liên thông chưa xong"),
    ),
    "items_late": (
        gettext_lazy("có ý kiến hoặc việc liên thông quá hạn"),
        gettext_lazy("không có ý kiến hay việc liên thông nào quá hạn"),
    ),
}


def words_of(condition: Mapping[str, Any], spec: Spec, lead: str = "", *, row: Iterable[Field] = ()) -> str:
    """A sound condition as a sentence part with the labels of `spec` (give `words.spoken(spec)` for the reader's own
    language), behind `lead` ("Hỏi" → "Hỏi khi …"). `row`: the questions of the row in which it is asked."""
    said = _Words({**spec.fields, **{f.key: f for f in row}})
    if not condition:
        sentence = _("trong mọi trường hợp")
    elif condition == {"not": {}}:
        sentence = _("không bao giờ")
    else:
        sentence = _("khi %(condition)s") % {"condition": said.condition(condition)}
    return f"{lead} {sentence}".strip()


def formula_words(formula: Any, spec: Spec, *, row: Iterable[Field] = ()) -> str:
    """A sound formula with the labels of `spec`: “Diện tích” × 2."""
    return _Words({**spec.fields, **{f.key: f for f in row}}).operand(formula)


def either(words: Iterable[str]) -> str:
    """ "Cha, Mẹ hoặc Anh"."""
    *most, last = words
    return _("%(these)s hoặc %(last)s") % {"these": ", ".join(most), "last": last} if most else last


class _Words:
    def __init__(self, fields: Mapping[str, Field]):
        self.fields = fields

    def find(self, path: str) -> list[Field]:
        """The question a path names and those it lies in, outermost first; empty when there is none."""
        found, near = [], self.fields
        for part in path.split("."):
            if part not in near:
                return []
            found.append(near[part])
            near = {f.key: f for f in parts_of(near[part])}
        return found

    def label(self, path: str) -> str:
        return f"“{' – '.join(f.label for f in self.find(path)) or path}”"

    def kind(self, expr: Any) -> str:
        found = self.find(expr["field"]) if isinstance(expr, Mapping) and "field" in expr else []
        return found[-1].kind if found else ""

    # --- conditions ---------------------------------------------------------------------------------------------
    def condition(self, c: Mapping[str, Any], *, inside: bool = False, negated: bool = False) -> str:
        if "field" in c:
            return self.choice(c, negated)
        if not c:
            return _("không bao giờ") if negated else _("luôn luôn")
        name, inner = next(iter(c.items()))
        if name == "empty":
            said = _("%(question)s có câu trả lời") if negated else _("%(question)s để trống")
            return said % {"question": self.label(inner)}
        if name == "not" and not negated:
            return self.condition(inner, inside=inside, negated=True)
        if negated:
            return _("không phải là (%(condition)s)") % {"condition": self.condition(c)}
        if name in COMPARISONS:
            return self.comparison(name, *inner)
        joint = _("và") if name == "all" else _("hoặc")
        said = f" {joint} ".join(self.condition(x, inside=True) for x in inner)
        return f"({said})" if inside else said

    def choice(self, c: Mapping[str, Any], negated: bool) -> str:
        if c["field"] in _FACTS and not self.find(c["field"]) and isinstance(c.get("is"), bool):
            return str(_FACTS[c["field"]][negated == c["is"]])
        found = self.find(c["field"])
        wanted = either(self.answer(found[-1] if found else None, v) for v in c.get("in", [c.get("is")]))
        if found and found[-1].kind == "many":
            said = _("%(question)s không có %(wanted)s") if negated else _("%(question)s có %(wanted)s")
        else:
            said = _("%(question)s không phải là %(wanted)s") if negated else _("%(question)s là %(wanted)s")
        return said % {"question": self.label(c["field"]), "wanted": wanted}

    def answer(self, field: Field | None, x: Any) -> str:
        if isinstance(x, bool):
            return _("Có") if x else _("Không")
        if field and field.kind in ("choice", "many"):
            return dict(field.options).get(x, str(x))
        if field and field.kind == "ward":
            return ward_codes().get(x, str(x))
        return self.operand(x)

    def comparison(self, name: str, a: Any, b: Any) -> str:
        if not isinstance(a, Mapping) and isinstance(b, Mapping):  # 5 < x reads better as x > 5
            name, a, b = {"lt": "gt", "le": "ge", "gt": "lt", "ge": "le"}.get(name, name), b, a
        dated = any(self.kind(x) == "date" or as_date(x) or (isinstance(x, Mapping) and "today" in x) for x in (a, b))
        money = "money" in (self.kind(a), self.kind(b))
        said = {
            "eq": _("%(a)s bằng %(b)s"),
            "ne": _("%(a)s khác %(b)s"),
            "lt": _("%(a)s trước ngày %(b)s") if dated else _("%(a)s dưới %(b)s"),
            "le": _("%(a)s không sau ngày %(b)s") if dated else _("%(a)s từ %(b)s trở xuống"),
            "gt": _("%(a)s sau ngày %(b)s") if dated else _("%(a)s trên %(b)s"),
            "ge": _("%(a)s từ ngày %(b)s trở đi") if dated else _("%(a)s từ %(b)s trở lên"),
        }[name]
        return said % {"a": self.operand(a, money), "b": self.operand(b, money)}

    # --- operands -----------------------------------------------------------------------------------------------
    def operand(self, x: Any, money: bool = False) -> str:
        if not isinstance(x, Mapping):
            return self.constant(x, money)
        name, inner = next(iter(x.items()))
        if name == "field":
            return self.label(inner)
        if name == "today":
            return _("hôm nay")
        if name == "age" and isinstance(inner, str):
            return _("tuổi (%(question)s)") % {"question": self.bare(inner)}
        if name == "age":
            said = _("tuổi (%(question)s) vào ngày %(day)s")
            return said % {"question": self.bare(inner[0]), "day": self.operand(inner[1])}
        if name == "sum":
            group, _dot, part = inner.rpartition(".")
            column = self.find(inner)[-1].label if self.find(inner) else part
            return _("tổng “%(part)s” của %(group)s") % {"part": column, "group": self.label(group)}
        if name == "count":
            return _("số dòng của %(group)s") % {"group": self.label(inner)}
        return self.computed(name, inner if isinstance(inner, list) else [inner], money)

    def computed(self, name: str, inner: list, money: bool) -> str:
        if name == "if":
            condition, then, other = (
                self.condition(inner[0]),
                self.operand(inner[1], money),
                self.operand(inner[2], money),
            )
            said = _("(nếu %(condition)s thì %(then)s, nếu không thì %(other)s)")
            return said % {"condition": condition, "then": then, "other": other}
        values = [self.operand(x, money and name not in ("mul", "div")) for x in inner]
        if name in _SIGNS:
            nested = [isinstance(x, Mapping) and bool(_SIGNS.keys() & x.keys()) for x in inner]
            return f" {_SIGNS[name]} ".join(f"({v})" if deep else v for v, deep in zip(values, nested, strict=True))
        said = {
            "days": _("số ngày từ %(first)s đến %(last)s"),
            "min": _("số nhỏ nhất trong (%(all)s)"),
            "max": _("số lớn nhất trong (%(all)s)"),
            "round": _("%(first)s (làm tròn)"),
        }[name]
        return said % {"first": values[0], "last": values[-1], "all": "; ".join(values)}

    def bare(self, path: str) -> str:
        return self.label(path).strip("“”")

    def constant(self, x: Any, money: bool) -> str:
        if isinstance(x, bool):
            return _("Có") if x else _("Không")
        day = as_date(x)
        if day:
            return f"{day:%d/%m/%Y}"
        if not is_number(x):
            return f"“{x}”"
        text = f"{x:,}".replace(",", "\0").replace(".", ",").replace("\0", ".")
        # A year or a house number is no amount: dots begin with ten thousand.
        return f"{text} ₫" if money else text if abs(x) >= 10_000 else text.replace(".", "")
