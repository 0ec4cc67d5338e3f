"""Answers of a form: cleaned, checked, and every mistake said in the person's words, next to its field.

One place for the browser, the API and the counter. `schema.py` says the same as JSON Schema, for other programs.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from stdnum.vn import mst

from places.models import Ward
from places.text import clean
from procedures.conditions import holds
from procedures.spec import Field, Spec
from worktime import now

MAX_LENGTH = {"text": 200, "long_text": 2000, "email": 254}
NUMBER_MAX = 10**15
EARLIEST = "1850-01-01"  # nobody who applies today was born before


@dataclass(frozen=True)
class FieldError:
    """A mistake: the field's key, a stable code, and a sentence that says how to mend it."""

    field: str
    code: str
    message: str


class Invalid(Exception):
    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code, self.message = code, message


def clean_answers(
    spec: Spec, raw: Mapping[str, Any], *, only: set[str] | None = None, partial: bool = False
) -> tuple[dict[str, Any], list[FieldError]]:
    """Clean `raw` against the form. Returns (answers, errors).

    `only` limits it to some field keys (a section being saved); `partial` lets required fields wait. A field whose
    condition is false is not asked: its answer is dropped and it cannot be an error. Unknown keys are errors.
    """
    answers: dict[str, Any] = {}
    errors = [
        FieldError(str(key)[:80], "unknown", _("Tờ khai không có câu hỏi này."))
        for key in raw
        if key not in spec.fields
    ]  # fmt: skip
    for field in spec.fields.values():
        if not holds(field.condition, answers):
            continue
        value = raw.get(field.key)
        if only is not None and field.key not in only:
            if value is not None:
                answers[field.key] = value
            continue
        try:
            cleaned = clean_value(field, value)
        except Invalid as invalid:
            errors.append(FieldError(field.key, invalid.code, invalid.message))
            continue
        if cleaned is None:
            if field.required and not partial:
                errors.append(FieldError(field.key, "required", _missing(field)))
            continue
        answers[field.key] = cleaned
    return answers, errors


def _missing(field: Field) -> str:
    if field.kind in ("choice", "many", "yes_no", "ward"):
        return _("Hãy chọn: %(label)s.") % {"label": field.label}
    return _("Hãy điền: %(label)s.") % {"label": field.label}


def clean_value(field: Field, value: Any) -> Any:
    """One value made clean, or None when it is empty. Raises Invalid."""
    if value is None or value == "" or value == []:
        return None
    if isinstance(value, str):
        value = clean(value, multiline=field.kind == "long_text")
        if not value:
            return None
    return _CLEANERS[field.kind](field, value)


def _text(field: Field, value: Any) -> str:
    if not isinstance(value, str):
        raise Invalid("type", _("Cần một đoạn chữ."))
    limit = field.max_length or MAX_LENGTH[field.kind]
    if len(value) > limit:
        raise Invalid(
            "max_length",
            ngettext(
                "Tối đa %(limit)s ký tự, anh/chị đã viết %(length)s.",
                "Tối đa %(limit)s ký tự, anh/chị đã viết %(length)s.",
                limit,
            )
            % {"limit": limit, "length": len(value)},
        )
    if field.pattern and not re.fullmatch(field.pattern, value):
        raise Invalid("pattern", _("Chưa đúng dạng. Ví dụ đúng: %(example)s.") % {"example": field.example})
    return value


def _number(field: Field, value: Any) -> int | float:
    if isinstance(value, bool):
        raise Invalid("type", _("Cần một con số."))
    if isinstance(value, str):
        value = _parse_number(value)
    if not isinstance(value, (int, float, Decimal)) or value != value:  # NaN is not even itself
        raise Invalid("type", _("Cần một con số, ví dụ %(example)s.") % {"example": field.example})
    if abs(value) > NUMBER_MAX:  # before anything that cannot count so far
        raise Invalid("maximum", _("Không được lớn hơn %(limit)s.") % {"limit": field.maximum or NUMBER_MAX})
    if value != round(value, field.decimals):
        raise Invalid("decimals", _("Cần số nguyên.") if not field.decimals else _("Quá nhiều chữ số thập phân."))
    value = float(value) if field.decimals else int(value)
    low, high = field.minimum, field.maximum
    if field.kind == "money":
        low, high = max(low or 0, 0), min(high or NUMBER_MAX, NUMBER_MAX)
    if low is not None and value < low:
        raise Invalid("minimum", _("Không được nhỏ hơn %(limit)s.") % {"limit": low})
    if high is not None and value > high:
        raise Invalid("maximum", _("Không được lớn hơn %(limit)s.") % {"limit": high})
    return value


def _parse_number(text: str) -> Decimal | None:
    """A number as people here write it: 1.234.567,5 or 1234567.5 or 1 234 567."""
    text = text.replace("₫", "").replace(" ", "").replace("\u00a0", "")
    if not re.fullmatch(r"-?[\d.,]{1,30}", text):
        return None
    if "," in text:
        text = text.replace(".", "").replace(",", ".")
    elif re.fullmatch(r"-?\d{1,3}(\.\d{3})+", text):
        text = text.replace(".", "")
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def parse_date(text: str) -> date | None:
    """A day as people write it (24/11/2026) or as programs do (2026-11-24)."""
    for pattern in ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y"):
        try:
            return datetime.strptime(text, pattern).date()
        except ValueError:
            continue
    return None


def _date(field: Field, value: Any) -> str:
    day = parse_date(value) if isinstance(value, str) else None
    if day is None:
        raise Invalid("date", _("Chưa đúng ngày. Viết ngày/tháng/năm, ví dụ 24/11/2026."))
    if day < date.fromisoformat(EARLIEST):
        raise Invalid("minimum", _("Năm này quá xa, hãy xem lại."))
    low, high = _day(field.minimum), _day(field.maximum)
    if low and day < low:
        raise Invalid("minimum", _("Không được trước ngày %(limit)s.") % {"limit": f"{low:%d/%m/%Y}"})
    if high and day > high:
        if field.maximum == "today":
            raise Invalid("maximum", _("Ngày này chưa tới, hãy xem lại."))
        raise Invalid("maximum", _("Không được sau ngày %(limit)s.") % {"limit": f"{high:%d/%m/%Y}"})
    return day.isoformat()


def _day(bound: Any) -> date | None:
    if bound == "today":
        return timezone.localdate(now())
    return date.fromisoformat(bound) if bound else None


def _choice(field: Field, value: Any) -> str:
    if not isinstance(value, str) or value not in {v for v, _label in field.options}:
        raise Invalid("choice", _("Hãy chọn một trong các lựa chọn có sẵn."))
    return value


def _many(field: Field, value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    known = [v for v, _label in field.options]
    if not all(isinstance(v, str) and v in known for v in values):
        raise Invalid("choice", _("Hãy chọn trong các lựa chọn có sẵn."))
    return [v for v in known if v in values]


def _yes_no(field: Field, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("yes", "true", "on", "1"):
        return True
    if value in ("no", "false", "0"):
        return False
    raise Invalid("type", _("Hãy chọn Có hoặc Không."))


def clean_phone(text: Any) -> str:
    """A telephone number as E.164. Raises Invalid."""
    try:
        number = phonenumbers.parse(text if isinstance(text, str) else "", "VN")
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number) or len(text) > 20:
        raise Invalid("phone", _("Chưa đúng số điện thoại. Ví dụ đúng: 0912345678."))
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _phone(field: Field, value: Any) -> str:
    return clean_phone(value)


def _email(field: Field, value: Any) -> str:
    try:
        validate_email(value if isinstance(value, str) else "")
    except ValidationError:
        raise Invalid("email", _("Chưa đúng địa chỉ thư điện tử. Ví dụ đúng: ten@example.com.")) from None
    if len(value) > MAX_LENGTH["email"]:
        raise Invalid("max_length", _("Chưa đúng địa chỉ thư điện tử. Ví dụ đúng: ten@example.com."))
    return value.lower()


def _ward(field: Field, value: Any) -> str:
    if not isinstance(value, str) or value not in ward_codes():
        raise Invalid("ward", _("Hãy chọn phường/xã trong danh sách 126 phường, xã của Hà Nội."))
    return value


def _personal_number(field: Field, value: Any) -> str:
    digits = re.sub(r"[ .-]", "", value) if isinstance(value, str) else ""
    if not re.fullmatch(r"0[0-9]{11}", digits):
        raise Invalid("personal_number", _("Số định danh cá nhân gồm 12 chữ số, bắt đầu bằng 0."))
    return digits


def _tax_code(field: Field, value: Any) -> str:
    if not isinstance(value, str) or not value.isascii() or not mst.is_valid(value):
        raise Invalid("tax_code", _("Mã số thuế chưa đúng: 10 hoặc 13 chữ số, kèm chữ số kiểm tra."))
    return mst.compact(value)


_CLEANERS: dict[str, Callable[[Field, Any], Any]] = {
    "text": _text, "long_text": _text, "number": _number, "money": _number, "date": _date, "choice": _choice,
    "many": _many, "yes_no": _yes_no, "phone": _phone, "email": _email, "ward": _ward,
    "personal_number": _personal_number, "tax_code": _tax_code,
}  # fmt: skip

_wards: dict[str, str] = {}


def ward_codes() -> dict[str, str]:
    """Code → name of every ward. Kept for the life of the process: wards change by law, with a new catalogue."""
    if not _wards:
        _wards.update(Ward.objects.values_list("code", "name"))
    return _wards


def forget_wards() -> None:
    _wards.clear()


def shown(field: Field, value: Any) -> str:
    """An answer as a person reads it."""
    if value in (None, "", []):
        return ""
    if field.kind == "date":
        return f"{date.fromisoformat(value):%d/%m/%Y}"
    if field.kind == "yes_no":
        return _("Có") if value else _("Không")
    if field.kind == "choice":
        return dict(field.options).get(value, value)
    if field.kind == "many":
        return "; ".join(dict(field.options).get(v, v) for v in value)
    if field.kind == "ward":
        return ward_codes().get(value, value)
    if field.kind == "money":
        return f"{value:,}".replace(",", ".") + " ₫"
    if field.kind == "number":
        return f"{value:,}".replace(",", "\0").replace(".", ",").replace("\0", ".")
    if field.kind == "phone" and value.startswith("+84"):
        return "0" + value[3:]
    return str(value)
