"""How wide a text will be on a drawing, and how it breaks into lines: near enough, without a font at hand."""

import unicodedata

# Hundredths of the letter size in Be Vietnam Pro semibold; a letter with accents is as wide as the one beneath them.
_GROUPS = {28: "ijlI' ", 36: ".,:;|1", 46: 'frt()/“”"J!', 54: "sz-", 90: "mwM%…", 104: "W→✕⚠"}
_WIDTHS = {letter: width for width, letters in _GROUPS.items() for letter in letters}
_LOWER, _UPPER = 66, 80
_REGULAR = 0.94  # the regular weight beside the semibold one, with some room


def width_of(text: str, size: float, *, bold: bool = False) -> float:
    """The width of one line in the drawing's own units."""
    return sum(_letter(letter) for letter in text) * size / 100 * (1 if bold else _REGULAR)


def _letter(letter: str) -> int:
    base = unicodedata.normalize("NFD", letter)[0]
    return _WIDTHS.get(base) or (_UPPER if base.isupper() else _LOWER)


def wrap(text: str, width: float, size: float, most: int, *, bold: bool = False) -> list[str]:
    """`text` in at most `most` lines no wider than `width`; what does not fit ends in an ellipsis."""
    lines: list[str] = []
    words = text.split()
    while words and len(lines) < most:
        line = words.pop(0)
        while words and width_of(f"{line} {words[0]}", size, bold=bold) <= width:
            line += " " + words.pop(0)
        lines.append(line)
    if words and lines:
        lines[-1] += " …"
    return [_shortened(line, width, size, bold) for line in lines]


def _shortened(line: str, width: float, size: float, bold: bool) -> str:
    if width_of(line, size, bold=bold) <= width:
        return line
    line = line.removesuffix(" …")
    while line and width_of(line + "…", size, bold=bold) > width:
        line = line[:-1]
    return line.rstrip() + "…"
