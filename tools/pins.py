"""Print every package that a requirements file leads to, pinned as installed: `python tools/pins.py requirements.txt`.

The file names what we chose; what those need in turn is deployed too, and is judged and listed with them.
"""

import re
import sys
from importlib.metadata import PackageNotFoundError, requires, version

NAME = re.compile(r"[A-Za-z0-9][\w.-]*")


def pins(lines: list[str]) -> dict[str, str]:
    """Version by name of all that these lines need here, extras included; what is not installed is left out."""
    waiting = [line for line in lines if NAME.match(line)]
    found: dict[str, str] = {}
    seen = set()
    while waiting:
        name, extras = _parts(waiting.pop())
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
        for needed in requires(name) or []:
            wanted, _semicolon, marker = needed.partition(";")
            extra = re.search(r"extra\s*==\s*['\"]([\w-]+)['\"]", marker)
            if not extra or extra[1] in extras:
                waiting.append(wanted)
    return dict(sorted(found.items()))


def _parts(line: str) -> tuple[str, tuple[str, ...]]:
    name = NAME.match(line.strip())[0]
    extras = re.match(r"\s*\[([^\]]*)\]", line.strip()[len(name) :])
    canonical = re.sub(r"[-_.]+", "-", name).lower()
    return canonical, tuple(sorted(re.split(r"\s*,\s*", extras[1]))) if extras else ()


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        for name, number in pins(file.read().splitlines()).items():
            print(f"{name}=={number}")
