"""How each kind of question is drawn, and what was typed into it read back."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.http import QueryDict
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from places.gazetteer import former_wards
from places.text import clean, fold
from places.widgets import WardWidget
from procedures.answers import MAX_ROWS, shown
from procedures.parts import SILENT, parts_of
from procedures.spec import REPEATED, Field

FEW = 6  # so many choices are seen at once; more are a list
NUMBER_WIDTH = "short"
ROWS = "rows"  # the name of the box that says how many rows of a group are on the page
UPLOAD = "file"  # the name of the box that takes a new file; the question's own holds the id of the one kept
_CODE = re.compile(r"[0-9]{5}")


class Line(forms.TextInput):
    """A box for one line. Drawn without a template of its own: a long form has a hundred of them."""

    def render(self, name, value, attrs=None, renderer=None) -> SafeString:
        shown_ = self.format_value(value)
        given = {} if shown_ is None else {"value": shown_}
        drawn = flatatt({"type": self.input_type, "name": name, **given, **self.build_attrs(self.attrs, attrs)})
        return format_html("<input{}>", drawn)


class _Options:
    """Dots or boxes, one a line; the whole line is the target."""

    def render(self, name, value, attrs=None, renderer=None) -> SafeString:
        chosen, base = self.format_value(value), self.build_attrs(self.attrs, attrs)
        box = base.pop("id", "")
        lines = (
            (f"{box}_{n}", flatatt({"type": self.input_type, "name": name, "value": option, **base}
             | {"id": f"{box}_{n}", "checked": str(option) in chosen}), label)
            for n, (option, label) in enumerate(self.choices)
        )  # fmt: skip
        drawn = format_html_join("", '<div><label for="{}"><input{}>{}</label></div>', lines)
        return format_html('<div id="{}">{}</div>', box, drawn)


class Dots(_Options, forms.RadioSelect):
    pass


class Boxes(_Options, forms.CheckboxSelectMultiple):
    pass


def _line(**attrs):
    return lambda field: Line(attrs=attrs)


def _long(field: Field) -> forms.Widget:
    return forms.Textarea(attrs={"rows": 4, "maxlength": field.max_length or 2000})


def _number(field: Field) -> forms.Widget:
    return Line(attrs={"inputmode": "decimal" if field.decimals else "numeric", "data-width": NUMBER_WIDTH})


def _choice(field: Field) -> forms.Widget:
    if len(field.options) <= FEW:
        return Dots(choices=field.options)
    return forms.Select(choices=[("", _("Chọn…")), *field.options])


def _yes_no(field: Field) -> forms.Widget:
    return Dots(choices=[("yes", _("Có")), ("no", _("Không"))])


_WIDGETS = {
    "text": _line(),
    "long_text": _long,
    "number": _number,
    "money": _line(inputmode="numeric", **{"data-width": NUMBER_WIDTH}),
    # Typed rather than picked: a calendar is no way to reach 1956 on a telephone, and this one works everywhere.
    "date": _line(inputmode="numeric", placeholder="31/12/1985"),
    "choice": _choice,
    "many": lambda field: Boxes(choices=field.options),
    "yes_no": _yes_no,
    "phone": _line(type="tel", inputmode="tel"),
    "email": lambda field: forms.EmailInput(attrs={"spellcheck": "false", "autocapitalize": "none"}),
    "personal_number": _line(inputmode="numeric", autocomplete="off"),
    "tax_code": _line(autocomplete="off", spellcheck="false", **{"data-width": NUMBER_WIDTH}),
    "ward": lambda field: WardWidget(),
}


def widget_of(field: Field) -> forms.Widget:
    """The box of a plain kind; the others are drawn by templates of their own (`TEMPLATES`)."""
    return _WIDGETS.get(field.kind, _line())(field)


TEMPLATES = {
    **dict.fromkeys(("period", "person", "business", "land_parcel", "address"), "forms/parts.html"),
    "group": "forms/rows.html",
    "table": "forms/table.html",
    "computed": "forms/computed.html",
    "note": "forms/note.html",
    "file": "forms/file.html",
    "image": "forms/file.html",
}


# --- what was sent ------------------------------------------------------------------------------------------------
def rows_sent(field: Field, data: Mapping[str, Any], name: str) -> int:
    """How many rows the page had; never more than would be refused anyhow."""
    return min(_number_of_rows(data, name), (field.maximum or MAX_ROWS) + 1)


def sent(field: Field, data, name: str) -> Any:
    """What the page sent for a question, as procedures.answers takes it. One that was not sent counts as empty."""
    if field.kind in REPEATED:
        return [_parts_sent(field.fields, data, f"{name}-{n}") for n in range(rows_sent(field, data, name))]
    if parts := parts_of(field):
        given = _parts_sent(parts, data, name)
        if field.kind == "address" and (former := former_code(data.get(f"{name}-former_ward"))):
            given["former_ward"] = former
        return given
    return widget_of(field).value_from_datadict(data, {}, name)


def _parts_sent(parts: tuple[Field, ...], data, name: str) -> dict[str, Any]:
    return {f.key: sent(f, data, f"{name}-{f.key}") for f in parts if f.kind not in SILENT}


def former_code(typed: str | None) -> str:
    """The code of the former ward that was typed ("Phường Kim Mã (Quận Ba Đình)"); what nobody knows as it is."""
    text = clean(typed or "")
    if not text or _CODE.fullmatch(text):
        return text
    wanted = fold(text)
    named = [f.code for f in former_wards().values() if wanted in (fold(str(f)), fold(f.name))]
    return named[0] if len(named) == 1 else text[:80]


# --- a row more or less -------------------------------------------------------------------------------------------
def rearranged(data: QueryDict, change: str) -> QueryDict:
    """What was sent, with what the pressed button does to it: "add children", "drop children-2", "drop photo"."""
    data = data.copy()
    act, _space, name = change.partition(" ")
    group, _dash, at = name.rpartition("-")
    if act == "add" and f"{name}-{ROWS}" in data:
        data[f"{name}-{ROWS}"] = str(_number_of_rows(data, name) + 1)
    elif act == "drop" and at.isdecimal() and f"{group}-{ROWS}" in data:
        _drop_row(data, group, int(at[:6]))
    elif act == "drop" and name in data:
        data[name] = ""
    return data


def _number_of_rows(data: QueryDict, name: str) -> int:
    number = str(data.get(f"{name}-{ROWS}", ""))
    return int(number[:6]) if number.isascii() and number.isdecimal() else 0


def _is_row(number: str) -> bool:
    return number.isascii() and number.isdecimal() and len(number) <= 6


def _drop_row(data: QueryDict, group: str, at: int) -> None:
    """Take one row out; those after it move up, with everything typed in them."""
    if at >= _number_of_rows(data, group):
        return
    moved: dict[str, list[str]] = {}
    for key in list(data):
        number, _dash, part = key.removeprefix(f"{group}-").partition("-")
        if not key.startswith(f"{group}-") or not part or not _is_row(number) or int(number) < at:
            continue
        values = data.pop(key)
        if int(number) > at:
            moved[f"{group}-{int(number) - 1}-{part}"] = values
    for key, values in moved.items():
        data.setlist(key, values)
    data[f"{group}-{ROWS}"] = str(max(0, _number_of_rows(data, group) - 1))


def file_question(fields: Iterable[Field], name: str) -> Field | None:
    """The question that a file sent under `name` ("photo-file", "children-0-photo-file") answers."""
    *way, last = name.split("-")
    near, found = {f.key: f for f in fields}, None
    for key in way if last == UPLOAD else ():
        if not key.isdecimal():
            found = near.get(key)
            near = {f.key: f for f in parts_of(found)} if found else {}
    return found if found and found.kind in ("file", "image") else None


# --- what was stored ----------------------------------------------------------------------------------------------
def as_typed(field: Field, value: Any) -> Any:
    """A stored answer the way a person would type it."""
    if value is None:
        return None
    if field.kind == "yes_no":
        return "yes" if value else "no"
    if field.kind in ("date", "phone", "number"):
        return shown(field, value)
    if field.kind == "money":
        return shown(field, value).removesuffix(" ₫")
    return value
