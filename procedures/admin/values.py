"""Examples and bounds as an admin types them, and as they are kept: the kind of the question says which shape."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from places.gazetteer import ward_codes
from places.text import fold
from procedures.cleaning import Invalid, clean_value
from procedures.parts import parts_of
from procedures.spec import REPEATED, Field

TODAY = "hôm nay"
_NOT_FOR_EXAMPLES = ("file", "image", "computed", "note")


def text_of_value(field: Field, value: Any) -> str:
    """An example or a bound as text; `value_of_text` reads it back."""
    if value is None:
        return ""
    return _WRITTEN.get(field.kind, lambda _field, given: str(given))(field, value)


def value_of_text(field: Field, text: str) -> Any:
    """The example that the text says for a question of this kind; None for no text. Raises Invalid."""
    text = text.strip()
    if not text:
        return None
    if field.kind in _NOT_FOR_EXAMPLES:
        raise Invalid("type", _("Kiểu câu hỏi này không có ví dụ."))
    return _READ.get(field.kind, lambda _field, given: given)(field, text)


def bound_of_text(kind: str, text: str) -> Any:
    """A smallest or largest value: a day, “hôm nay”, a number, or a number of rows. Raises Invalid."""
    text = text.strip()
    if not text:
        return None
    if kind in ("date", "period"):
        return "today" if fold(text) in ("hom nay", "today") else _read_day(None, text)
    return _read_number(None, text)


def text_of_bound(kind: str, value: Any) -> str:
    if value is None:
        return ""
    if kind in ("date", "period"):
        return TODAY if value == "today" else _written_day(None, value)
    return _written_number(None, value)


# --- numbers and days ---------------------------------------------------------------------------------------------
def _written_number(_field: Field | None, value: Any) -> str:
    return str(value).replace(".", ",")


def _read_number(_field: Field | None, text: str) -> int | float:
    number = clean_value(Field("number", "number", "", decimals=9, example="1200"), text)
    return number if "," in text or number != int(number) else int(number)


def _written_day(_field: Field | None, value: Any) -> str:
    try:
        return f"{date.fromisoformat(value):%d/%m/%Y}"
    except (TypeError, ValueError):
        return str(value)


def _read_day(_field: Field | None, text: str) -> str:
    return clean_value(Field("day", "date", ""), text)


# --- choices ------------------------------------------------------------------------------------------------------
def _read_choice(field: Field, text: str) -> str:
    for value, label in field.options:
        if fold(text) in (fold(str(value)), fold(str(label))):
            return value
    raise Invalid("choice", _("“%(text)s” không có trong các lựa chọn.") % {"text": text[:60]})


_YES_NO = {
    "co": True, "dung": True, "yes": True, "true": True, "khong": False, "sai": False, "no": False, "false": False,
}  # fmt: skip


def _read_yes_no(_field: Field, text: str) -> bool:
    said = _YES_NO.get(fold(text))
    if said is None:
        raise Invalid("type", _("Viết “có” hoặc “không”."))
    return said


def _read_ward(_field: Field, text: str) -> str:
    for code, name in ward_codes().items():
        if fold(text) in (code, fold(name)):
            return code
    raise Invalid("ward", _("Không có phường, xã “%(text)s”.") % {"text": text[:60]})


# --- composite kinds: “Tên = Trần Thị Bình; Ngày sinh = 20/08/1992”, one row a line --------------------------------
def _written_parts(field: Field, value: Any) -> str:
    if not isinstance(value, Mapping):
        return str(value)
    parts = {f.key: f for f in parts_of(field)}
    said = ((parts.get(key), key, one) for key, one in value.items())
    return "; ".join(f"{f.label} = {text_of_value(f, one)}" if f else f"{key} = {one}" for f, key, one in said)


def _read_parts(field: Field, text: str) -> dict[str, Any]:
    parts = {fold(name): f for f in parts_of(field) for name in (f.key, f.label)}
    found: dict[str, Any] = {}
    for piece in filter(None, map(str.strip, text.split(";"))):
        name, sign, one = piece.partition("=")
        part = parts.get(fold(name))
        if not sign or part is None:
            known = ", ".join(f.label for f in parts_of(field))
            message = _("Viết “tên ô = giá trị”, cách nhau bằng dấu chấm phẩy. Các ô: %(known)s.")
            raise Invalid("type", message % {"known": known})
        found[part.key] = value_of_text(part, one)
    return found


def _lines(read_or_write: Callable, items: Iterable) -> list:
    return [read_or_write(item) for item in items]


_parts = (_written_parts, _read_parts)
_SHAPES: dict[str, tuple[Callable, Callable]] = {
    "number": (_written_number, _read_number),
    "money": (_written_number, _read_number),
    "date": (_written_day, _read_day),
    "choice": (lambda field, value: str(value), _read_choice),
    "many": (
        lambda field, value: "; ".join(map(str, value)),
        lambda field, text: [_read_choice(field, one) for one in map(str.strip, text.split(";")) if one],
    ),
    "yes_no": (lambda field, value: _("có") if value else _("không"), _read_yes_no),
    "ward": (lambda field, value: ward_codes().get(value, str(value)), _read_ward),
    **{kind: _parts for kind in ("period", "person", "business", "address", "land_parcel")},
    **{
        kind: (
            lambda field, value: "\n".join(_lines(lambda row: _written_parts(field, row), value)),
            lambda field, text: _lines(lambda row: _read_parts(field, row), filter(str.strip, text.splitlines())),
        )
        for kind in REPEATED
    },
}
_WRITTEN = {kind: written for kind, (written, _read) in _SHAPES.items()}
_READ = {kind: read for kind, (_written, read) in _SHAPES.items()}
