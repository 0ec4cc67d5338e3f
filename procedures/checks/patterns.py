"""Whether a regular expression can take a year over a short text."""

import re

LONGEST = 200  # characters of a plain answer whose question sets no limit of its own
_MANY = 1 << 30
_MOST_WAYS = 10_000_000  # of splitting a text among repetitions: some tenths of a second at worst
_VERBOSE = re.compile(r"\(\?[a-zA-Z]*x")  # in such a pattern brackets may stand in comments


def is_explosive(pattern: str, longest: int = LONGEST) -> bool:
    """Whether matching a text of `longest` characters may take time beyond any bound.

    Either something that varies is repeated, `(a+)+`, `(a?){9}`, `(a|ab)*`, or so many repetitions follow each other
    that there are too many ways to share the text among them, `.*.*.*.*`; or nothing is repeated without end,
    `(?:){2000000000}`. Looks at the text, not at what it means:
    `(a+b)+` is harmless, and refused all the same; it can be said otherwise.
    """
    if _VERBOSE.search(pattern):
        return True
    inside: list[bool] = [False]  # for each open bracket: does it hold something of changing length?
    at, ways, times = 0, 1, 1
    closed = False  # did a bracket that varies end just here?
    while at < len(pattern):
        sign = pattern[at]
        if sign in "*+?{":
            at, low, high = _repetition(pattern, at)
            if closed and high > 1:
                return True
            ways *= min(high, max(longest, low)) - low + 1
            times *= max(low, 1)
            inside[-1] = inside[-1] or low != high
            closed = False
            continue
        closed = False
        if sign == "\\":
            at += 1
        elif sign == "[":
            at = _class_end(pattern, at)
        elif sign == "(":
            inside.append(False)
            at += pattern[at + 1 : at + 2] == "?"  # what kind of bracket it is, no repetition
        elif sign == "|":
            inside[-1] = True
        elif sign == ")" and len(inside) > 1:
            closed = inside.pop()
            inside[-1] = inside[-1] or closed
        at += 1
    return max(ways, times) > _MOST_WAYS


def _repetition(pattern: str, at: int) -> tuple[int, int, int]:
    """Where the repetition sign at `at` ends, and how often it repeats at least and at most."""
    if pattern[at] in "*+?":
        end, low, high = at + 1, int(pattern[at] == "+"), 1 if pattern[at] == "?" else _MANY
    else:
        end = pattern.find("}", at) + 1
        first, comma, last = pattern[at + 1 : end - 1].partition(",")
        if not end or not ((first + last).isdecimal() and (first + last).isascii()):
            return at + 1, 1, 1  # a bracket that stands for itself
        low = int(first or 0)
        high = int(last) if last else _MANY if comma else low
    return end + (pattern[end : end + 1] in ("?", "+")), low, high


def _class_end(pattern: str, at: int) -> int:
    at += 2 if pattern[at + 1 : at + 2] == "^" else 1
    at += pattern[at : at + 1] == "]"
    while at < len(pattern) and pattern[at] != "]":
        at += 2 if pattern[at] == "\\" else 1
    return at
