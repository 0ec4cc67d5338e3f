"""One plain answer made clean: what people write becomes what is kept, or a sentence that says how to mend it."""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any
from uuid import UUID

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from stdnum.vn import mst

from places.gazetteer import ward_codes
from places.text import clean
from procedures.checks.patterns import is_explosive
from procedures.spec import Field
from worktime import now

MAX_LENGTH = {"text": 200, "long_text": 2000, "email": 254}
NUMBER_MAX = 10**15
EARLIEST = "1850-01-01"  # nobody who applies today was born before


class Invalid(Exception):
    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code, self.message = code, message


def clean_value(field: Field, value: Any) -> Any:
    """One value of a plain kind made clean, or None when it is empty. Raises Invalid."""
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
    if field.pattern:
        _check_pattern(field, value, limit)
    return value


def _check_pattern(field: Field, value: str, limit: int) -> None:
    pattern = _compiled(field.pattern, limit)
    if pattern is None:
        raise Invalid("pattern", _("Mẫu ký tự của câu hỏi này chưa dùng được nên chưa kiểm tra được câu trả lời."))
    if not pattern.fullmatch(value):
        raise Invalid("pattern", _("Chưa đúng dạng. Ví dụ đúng: %(example)s.") % {"example": field.example})


@lru_cache(maxsize=2048)
def _compiled(pattern: str, longest: int) -> re.Pattern | None:
    """None for what only a draft that is being tried can hold: no expression at all, or one that never ends."""
    try:
        return None if is_explosive(pattern, longest) else re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        return None


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
    """A telephone number as E.164: a plus sign and at most 15 digits. Raises Invalid."""
    text = text if isinstance(text, str) else ""
    try:
        number = phonenumbers.parse(text, "VN")
    except phonenumbers.NumberParseException:
        number = None
    stored = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if number else ""
    # Some countries' plans allow one digit more than E.164 holds.
    if len(stored) > 16 or len(text) > 20 or not stored or not phonenumbers.is_possible_number(number):
        raise Invalid("phone", _("Chưa đúng số điện thoại. Ví dụ đúng: 0912345678."))
    return stored


def stored_phone(text: str) -> str:
    """The number as `clean_phone` would keep it, "" for what is none: to look one up."""
    try:
        return clean_phone(text)
    except Invalid:
        return ""


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


def _file(field: Field, value: Any) -> str:
    """The id of an upload. Whose it is, the floor above asks (dossiers.services.enclosing)."""
    try:
        return str(UUID(value))
    except (ValueError, AttributeError, TypeError):
        raise Invalid("file", _("Chưa có tệp này. Hãy tải tệp lên lại.")) from None


_CLEANERS: dict[str, Callable[[Field, Any], Any]] = {
    "text": _text, "long_text": _text, "number": _number, "money": _number, "date": _date, "choice": _choice,
    "many": _many, "yes_no": _yes_no, "phone": _phone, "email": _email, "ward": _ward,
    "personal_number": _personal_number, "tax_code": _tax_code, "file": _file, "image": _file,
}  # fmt: skip
