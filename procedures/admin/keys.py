"""Keys made from names: “Ngày sinh của trẻ” → ngay_sinh_cua_tre."""

import re
from collections.abc import Container

from places.text import fold

KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LONGEST = 40


def slug(text: str) -> str:
    """Snake case without accents, cut at a word; "" when nothing is left. What begins with a digit gets a letter."""
    words = re.findall(r"[a-z0-9]+", fold(text))
    key = ""
    for word in words:
        if key and len(key) + len(word) >= _LONGEST:
            break
        key = f"{key}_{word}" if key else word[:_LONGEST]
    return f"o_{key}" if key[:1].isdigit() else key


def suggested(text: str, taken: Container[str], default: str) -> str:
    """A key that nothing has yet, from `text` (or `default`, when it holds no letter)."""
    base = slug(text) or default
    if base not in taken:
        return base
    number = 2
    while f"{base}_{number}" in taken:
        number += 1
    return f"{base}_{number}"
