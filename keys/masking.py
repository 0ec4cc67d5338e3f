"""Personal values as a screen shows them until somebody asks for them: enough to tell two apart, too little to use."""

import re
from datetime import date

HIDDEN = "••••••"  # a value of which nothing is told
_IN_TEXT = (
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), lambda found: email(found[0])),
    (re.compile(r"(?<![\w.-])\d{12}(?![\w-])"), lambda found: number(found[0])),
    (re.compile(r"(?<![\w.-])(?:\+84|0)\d{8,10}(?![\w-])"), lambda found: phone(found[0])),
)


def number(value: str) -> str:
    """A personal number: "0010•••••345". Anything shorter is hidden whole."""
    return f"{value[:4]}{'•' * (len(value) - 7)}{value[-3:]}" if len(value) >= 10 else value and HIDDEN


def phone(value: str) -> str:
    """A telephone number, as stored or as said: "0••• ••• 123"."""
    return f"0••• ••• {value[-3:]}" if len(value) >= 9 else value and HIDDEN


def email(value: str) -> str:
    """An e-mail address: "a•••@example.com". Anything else is hidden whole."""
    name, at, domain = value.rpartition("@")
    return f"{name[0]}•••@{domain}" if name and at else value and HIDDEN


def day(value: date | str | None) -> str:
    """A day of birth, as a date or in ISO form: "••/••/1990"."""
    year = str(value or "")[:4]
    return f"••/••/{year}" if year.isdecimal() and len(year) == 4 else year and HIDDEN


def address(value: str) -> str:
    """Where a message goes: an e-mail address or a telephone number; other channels' addresses are hidden whole."""
    return email(value) if "@" in value else phone(value) if re.fullmatch(r"\+?\d{9,15}", value) else value and HIDDEN


def text(value: str) -> str:
    """Free text with the numbers and addresses in it masked; its days are mostly deadlines, and stay."""
    for pattern, instead in _IN_TEXT:
        value = pattern.sub(instead, value)
    return value
