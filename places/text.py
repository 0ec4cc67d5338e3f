"""Vietnamese text made comparable. The one place that decides what counts as the same name."""

import re
import unicodedata

_SPACES = re.compile(r"\s+")
# Control and bidirectional-override characters: invisible, never meant, and able to make one name look like another.
# Halves of surrogate pairs are no characters at all; PostgreSQL refuses them.
_INVISIBLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def clean(text: str, *, multiline: bool = False) -> str:
    """Text as it is stored: NFC, invisible characters removed, spaces squeezed (line breaks kept if `multiline`)."""
    text = _INVISIBLE.sub("", unicodedata.normalize("NFC", text))
    if multiline:
        lines = (_SPACES.sub(" ", line).strip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
        return "\n".join(lines).strip()
    return _SPACES.sub(" ", text).strip()


def fold(text: str) -> str:
    """Text as it is searched: lower case, without accents, đ as d, spaces squeezed. `fold("Đống Đa") == "dong da"`."""
    text = unicodedata.normalize("NFD", text).replace("đ", "d").replace("Đ", "D")
    return _SPACES.sub(" ", "".join(c for c in text if not unicodedata.combining(c)).lower()).strip()


def vnd(amount: int) -> str:
    """Money as people here write it: `1234567` → `1.234.567 ₫`, never broken over two lines."""
    return f"{amount:,}".replace(",", ".") + "\u00a0₫"
