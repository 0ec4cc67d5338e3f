"""The inputs of the editor: JSON kept as trees and lists, typed as text; and widgets drawn without templates.

A version of 120 questions is some 3,000 inputs: a template for each would take seconds.
"""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from places.text import clean
from procedures.admin.keys import slug
from procedures.conditions import problems
from procedures.expressions import ExpressionError, parse, parse_formula, text_of
from procedures.spec import Field

MAX_OPTIONS, MAX_RATES, MAX_TEXT = 300, 100, 100_000


# --- widgets ------------------------------------------------------------------------------------------------------
class Line(forms.TextInput):
    def render(self, name, value, attrs=None, renderer=None) -> SafeString:
        all_attrs = self.attrs | (attrs or {}) | {"name": name, "type": self.input_type}
        if value is not None and value != "":
            all_attrs["value"] = value
        return mark_safe(f"<input{flat(all_attrs)}>")


class Hidden(Line):
    input_type = "hidden"


class Number(Line):
    input_type = "number"


class Box(forms.Textarea):
    def __init__(self, attrs=None):
        super().__init__({"rows": 2} | (attrs or {}))

    def render(self, name, value, attrs=None, renderer=None) -> SafeString:
        all_attrs = self.attrs | (attrs or {}) | {"name": name}
        all_attrs.pop("cols", None)
        return mark_safe(f"<textarea{flat(all_attrs)}>\n{escape('' if value is None else value)}</textarea>")


class Tick(forms.CheckboxInput):
    def render(self, name, value, attrs=None, renderer=None) -> SafeString:
        all_attrs = self.attrs | (attrs or {}) | {"name": name, "type": "checkbox", "checked": self.check_test(value)}
        return mark_safe(f"<input{flat(all_attrs)}>")


class Pick(forms.Select):
    """A select that also shows a value it does not know, so that nothing is changed by merely saving the page.

    `offered` is a list of pairs or named groups of pairs that never changes, or an object whose `html()` gives the
    options when the select is drawn.
    """

    def __init__(self, attrs=None, choices=(), offered=()):
        super().__init__(attrs)
        self.offered = offered

    def render(self, name, value, attrs=None, renderer=None) -> SafeString:
        value = "" if value is None else str(value)
        options = self.offered.html() if hasattr(self.offered, "html") else _fixed(self.offered)
        plain = f'<option value="{escape(value)}">'
        if plain in options:
            options = options.replace(plain, f"{plain[:-1]} selected>", 1)
        elif value:
            options += f"{plain[:-1]} selected>{escape(value)}</option>"
        all_attrs = self.attrs | (attrs or {}) | {"name": name}
        return mark_safe(f"<select{flat(all_attrs)}>{options}</select>")


_drawn: dict[tuple[int, str], str] = {}


def _fixed(choices: list) -> str:
    """The options of a list that lives as long as the program, drawn once a language."""
    key = (id(choices), get_language() or "")
    if key not in _drawn:
        _drawn[key] = options_of(choices)
    return _drawn[key]


def options_of(choices) -> str:
    """Options of a select, none of them chosen."""
    return "".join(
        f'<optgroup label="{escape(key)}">{options_of(label)}</optgroup>'
        if isinstance(label, (list, tuple))
        else f'<option value="{escape(key)}">{escape(label)}</option>'
        for key, label in choices
    )


def flat(attrs: dict[str, Any]) -> str:
    """Attributes as django.forms.utils.flatatt writes them, in a tenth of the time."""
    said = (f" {key}" if value is True else f' {key}="{escape(value)}"' for key, value in attrs.items()
            if value is not None and value is not False)  # fmt: skip
    return "".join(said)


class Ticks(forms.CheckboxSelectMultiple):
    def render(self, name, value, attrs=None, renderer=None) -> SafeString:
        chosen = {str(v) for v in value or ()}
        off = " disabled" if (attrs or {}).get("disabled") else ""
        drawn = [
            f'<label><input type="checkbox" name="{name}" value="{escape(key)}"{" checked" if key in chosen else ""}'
            f"{off}> {escape(label)}</label>"
            for key, label in self.choices
        ]
        return mark_safe(f'<span class="ticks" role="group">{"".join(drawn)}</span>')


# --- fields -------------------------------------------------------------------------------------------------------
class Text(forms.CharField):
    """Text made clean as everywhere (NFC, nothing invisible)."""

    def __init__(self, *, multiline: bool = False, **more):
        self.multiline = multiline
        more.setdefault("widget", Box if multiline else Line)
        super().__init__(**({"required": False} | more))

    def to_python(self, value) -> str:
        return clean(value, multiline=self.multiline) if value else ""


class Whole(forms.IntegerField):
    """A whole number; thousands may be written with dots, as people do."""

    widget = Line

    def __init__(self, **more):
        super().__init__(**({"required": False, "min_value": 0} | more))

    def to_python(self, value) -> int | None:
        text = str(value or "" if value != 0 else 0).replace(" ", "").replace("\u00a0", "").removesuffix("₫")
        head, *groups = text.split(".")
        if groups and all(len(group) == 3 for group in groups):
            text = head + "".join(groups)
        return super().to_python(text)

    def widget_attrs(self, widget) -> dict[str, str]:
        return {"inputmode": "numeric"}


class Choice(forms.CharField):
    """One of named values. `choices` is a list that never changes."""

    def __init__(self, choices, **more):
        super().__init__(**({"required": False, "widget": Pick(offered=choices)} | more))
        inner = (pairs if isinstance(pairs, (list, tuple)) else [(key, pairs)] for key, pairs in choices)
        self.known = frozenset(str(key) for pairs in inner for key, _label in pairs)

    def validate(self, value) -> None:
        super().validate(value)
        if value and value not in self.known:
            raise ValidationError(_("Không có lựa chọn này, hãy chọn lại."), code="invalid_choice")


class Several(forms.MultipleChoiceField):
    widget = Ticks

    def __init__(self, choices, **more):
        super().__init__(choices=choices, **({"required": False} | more))

    def has_changed(self, initial, data) -> bool:
        return set(initial or ()) != set(data or ())


class Expression(forms.CharField):
    """A condition (or a formula) typed as text and kept as its tree (procedures.conditions)."""

    def __init__(self, *, formula: bool = False, **more):
        self.formula = formula
        attrs = {"data-expression": "formula" if formula else "condition", "spellcheck": "false", "rows": 1}
        super().__init__(**({"required": False, "widget": Box(attrs)} | more))

    def prepare_value(self, value) -> str:
        return value if isinstance(value, str) else written({} if value is None else value, formula=self.formula)

    def to_python(self, value) -> Any:
        try:
            return (parse_formula if self.formula else parse)(value or "")
        except ExpressionError as error:
            raise ValidationError(error.message, code="expression") from None

    def has_changed(self, initial, data) -> bool:
        return self.prepare_value(initial or {}) != (data or "").strip()


def written(tree: Any, *, formula: bool = False) -> str:
    """The text of a stored tree; of one that is no expression, what is stored, for somebody to mend."""
    return str(tree) if any(problems(tree, formula=formula)) else text_of(tree)


class _Lines(forms.CharField):
    """A list typed one item a line."""

    most = MAX_OPTIONS

    def __init__(self, **more):
        super().__init__(**({"required": False, "widget": Box({"rows": 4}), "max_length": MAX_TEXT} | more))

    def prepare_value(self, value) -> str:
        if not isinstance(value, (list, tuple)):
            return str(value or "")
        return "\n".join(self.write(item) if self.knows(item) else str(item) for item in value)

    def knows(self, item) -> bool:
        """Whether a stored item has the shape that `write` writes."""
        return isinstance(item, (list, tuple)) and len(item) == 2

    def to_python(self, value) -> list:
        lines = [(n, line.strip()) for n, line in enumerate((value or "").splitlines(), 1) if line.strip()]
        if len(lines) > self.most:
            message = _("Có %(n)s dòng, tối đa %(most)s dòng.") % {"n": len(lines), "most": self.most}
            raise ValidationError(message, code="lines")
        return [self.read(n, line) for n, line in lines]

    def validate(self, value) -> None:
        """Nothing more to ask: each line was read."""

    def run_validators(self, value) -> None:
        """Lengths are checked a line at a time."""

    def has_changed(self, initial, data) -> bool:
        return self.prepare_value(initial).strip() != (data or "").replace("\r\n", "\n").strip()

    def fault(self, number: int, message: str) -> ValidationError:
        return ValidationError(_("Dòng %(n)s: %(message)s") % {"n": number, "message": message}, code="line")


class Options(_Lines):
    """Choices of a question, one a line: “giá_trị = Nhãn”; a line without “=” makes the value from the label."""

    def write(self, item) -> str:
        return f"{item[0]} = {item[1]}"

    def to_python(self, value) -> list[list[str]]:
        options = super().to_python(value)
        seen: set[str] = set()
        for n, (key, _label) in enumerate(options, 1):
            if key in seen:
                raise self.fault(n, _("giá trị “%(value)s” có hai lần.") % {"value": key})
            seen.add(key)
        return options

    def read(self, number: int, line: str) -> list[str]:
        key, sign, label = (clean(part) for part in line.partition("="))
        if not sign:
            key, label = slug(line), clean(line)
        if not key or not label:
            raise self.fault(number, _("viết “giá_trị = Nhãn”."))
        if len(key) > 60 or len(label) > 250:
            raise self.fault(number, _("quá dài: giá trị tối đa 60 ký tự, nhãn tối đa 250 ký tự."))
        return [key, label]


class Rates(_Lines):
    """A table of rates, one a line: “điều kiện => số tiền”, the last one “còn lại => số tiền”."""

    most = MAX_RATES
    REST = "còn lại"

    def knows(self, item) -> bool:
        return isinstance(item, dict) and isinstance(item.get("amount"), int)

    def write(self, item) -> str:
        condition = written(item.get("condition") or {}) or self.REST
        amount = f"{item['amount']:,}".replace(",", ".")
        return f"{condition} => {amount}"

    def read(self, number: int, line: str) -> dict[str, Any]:
        text, sign, amount = (part.strip() for part in line.rpartition("=>"))
        if not sign:
            raise self.fault(number, _("viết “điều kiện => số tiền”."))
        try:
            condition = {} if text.lower() in (self.REST, "") else parse(text)
        except ExpressionError as error:
            raise self.fault(number, error.message) from None
        try:
            money = Whole(max_value=10**15).clean(amount)
        except ValidationError:
            money = None
        if money is None:
            raise self.fault(number, _("số tiền “%(amount)s” chưa đúng.") % {"amount": amount[:40]})
        return {"condition": condition, "amount": money}


def plain_field(kind: str, options=(), fields=()) -> Field:
    """A question of this kind, without bounds: what an example is read by."""
    return Field("example", kind, "", options=pairs_of(options), fields=tuple(fields))


def pairs_of(options: Any) -> tuple[tuple[str, str], ...]:
    """The choices that are pairs; whatever else a file or raw SQL put there is left to the checks."""
    good = (one for one in options if isinstance(one, (list, tuple)) and len(one) == 2)
    return tuple((str(value), str(label)) for value, label in good) if isinstance(options, (list, tuple)) else ()
