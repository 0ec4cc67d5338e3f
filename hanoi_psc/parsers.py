"""What the API reads."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.parsers import JSONParser

DEEPEST = 50


class PlainJSONParser(JSONParser):
    """JSON that can be kept: not nested without end, no NUL, no half of a surrogate pair (PostgreSQL has neither)."""

    def parse(self, stream, media_type=None, parser_context=None) -> Any:
        try:
            data = super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise _too_deep() from None
        _check(data)
        return data


def _check(data: Any) -> None:
    """Look at every text inside, without recursion: the sender decides how deep it goes."""
    waiting = [(data, "", 0)]
    while waiting:
        value, path, depth = waiting.pop()
        if depth > DEEPEST:
            raise _too_deep()
        if isinstance(value, str):
            _check_text(value, path)
        elif isinstance(value, dict):
            for key, inner in value.items():
                _check_text(key, path)
                waiting.append((inner, f"{path}.{key}" if path else key, depth + 1))
        elif isinstance(value, list):
            waiting += [(inner, path, depth + 1) for inner in value]


def _check_text(text: str, path: str) -> None:
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise ValidationError({path or "non_field_errors": [_("Có ký tự không lưu được.")]}, code="unstorable")


def _too_deep() -> ParseError:
    return ParseError(_("Dữ liệu JSON lồng nhau quá sâu."))
