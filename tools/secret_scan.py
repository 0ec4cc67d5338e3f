"""Look for secrets that were written down: `python tools/secret_scan.py [directory]`; exit 1 when there is one.

Reads the files git tracks (all files of a directory that is no repository). A line that must look like one says
`check-only` in it; tools/production.env is all of that kind.
"""

import math
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

SHAPES = {
    "a private key": re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----"),
    "a key of a cloud": re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bAIza[\w-]{35}\b"),
    "a token of a forge or chat": re.compile(
        r"\b(?:gh[pousr]_\w{36,}|glpat-[\w-]{20,}|xox[abprs]-[\w-]{20,}|npm_\w{36})"
    ),
    "a signed token": re.compile(r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{20,}"),
    "an address with a password": re.compile(
        r"\b[a-z][a-z0-9+]*://[^\s:/@$<>{}\"']+:(?!password@)[^\s:/@$<>{}\"']{8,}@"
    ),
}
NAMED = re.compile(
    r"(?i)[\w-]*(?:secret|passw(?:or)?d|token|api[_-]?key|signing[_-]?key|private[_-]?key|blind[_-]?key|field[_-]?keys)"
    r"[\w-]*[\"']?\s*[:=]\s*[\"']?((?:\d{1,3}:)?[A-Za-z0-9+/_=-]{20,})"
)
RANDOM_BITS = 3.7  # a letter, by Shannon: words stay below, base64 and hexadecimal keys of 20 letters are above
EXCUSED, EXCUSED_FILE = "check-only", "tools/production.env"
LARGEST = 2_000_000


def secrets_in(text: str) -> Iterator[tuple[int, str]]:
    """(line, what) for each line that holds what looks like a secret."""
    for number, line in enumerate(text.splitlines(), 1):
        if EXCUSED in line:
            continue
        for what, shape in SHAPES.items():
            if shape.search(line):
                yield number, what
        for match in NAMED.finditer(line):
            if _is_random(match[1]):
                yield number, "a value that looks random under a secret's name"


def _is_random(value: str) -> bool:
    if not (re.search(r"\d", value) and re.search(r"[A-Za-z]", value)):
        return False
    counts = Counter(value).values()
    bits = -sum(n / len(value) * math.log2(n / len(value)) for n in counts)
    return bits >= RANDOM_BITS or (bits >= 3.2 and bool(re.fullmatch(r"[0-9a-fA-F]{32,}", value)))


def files_of(directory: Path) -> list[Path]:
    asked = subprocess.run(["git", "-C", str(directory), "ls-files", "-z"], capture_output=True, check=False)
    if asked.returncode == 0:
        return [directory / name for name in asked.stdout.decode().split("\0") if name]
    return [path for path in directory.rglob("*") if path.is_file()]


def scan(directory: Path) -> list[str]:
    """`path:line: what` for everything found; the secret itself is not repeated."""
    found = []
    for path in files_of(directory):
        if not path.is_file() or path.stat().st_size > LARGEST or path == directory / EXCUSED_FILE:
            continue
        content = path.read_bytes()
        if b"\0" in content:
            continue
        for number, what in secrets_in(content.decode("utf-8", "replace")):
            found.append(f"{path.relative_to(directory)}:{number}: {what}")
    return found


if __name__ == "__main__":
    lines = scan(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
    print("\n".join(lines) or "no secret is written down")
    sys.exit(bool(lines))
