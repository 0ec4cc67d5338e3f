"""Whether a regular expression can take a year over a short text."""


def is_explosive(pattern: str) -> bool:
    """A repetition of something that repeats: `(a+)+`. Matching may then take time beyond any bound.

    Looks at the text, not at what it means: `(a+b)+` is harmless, and refused all the same; it can be said otherwise.
    """
    inside: list[bool] = [False]  # for each open bracket: does it hold a repetition of changing length?
    at = 0
    closed = False  # did a bracket with such a repetition end just here?
    while at < len(pattern):
        sign = pattern[at]
        if sign in "*+{":
            at, low, high = _repetition(pattern, at)
            if closed and high > 1:
                return True
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
        elif sign == ")" and len(inside) > 1:
            closed = inside.pop()
            inside[-1] = inside[-1] or closed
        at += 1
    return False


_MANY = 1 << 30


def _repetition(pattern: str, at: int) -> tuple[int, int, int]:
    """Where the repetition sign at `at` ends, and how often it repeats at least and at most."""
    if pattern[at] in "*+":
        end, low, high = at + 1, int(pattern[at] == "+"), _MANY
    else:
        end = pattern.find("}", at) + 1
        first, comma, last = pattern[at + 1 : end - 1].partition(",")
        if not end or not (first + last).isdigit():
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
