"""Ask the advisory service about every package that is deployed; exit 1 when one has a known hole.

Without the service (no network, a closed CI) nothing is known, which is said and is no failure.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from pins import pins  # noqa: E402 (a script beside this one)


def audit(requirements: Path, *extra: str) -> tuple[int, str]:
    """(exit code, what to say) about what `requirements` leads to."""
    found = pins(requirements.read_text(encoding="utf-8").splitlines())
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("".join(f"{name}=={number}\n" for name, number in found.items()))
        file.flush()
        command = [sys.executable, "-m", "pip_audit", "--no-deps", "--disable-pip", "--progress-spinner=off"]
        command += ["--timeout=10", f"--requirement={file.name}", *extra]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        except subprocess.TimeoutExpired:
            return 0, "not asked: the advisory service did not answer in time"
    said = f"{done.stdout}\n{done.stderr}".strip()
    if done.returncode == 0:
        return 0, f"{len(found)} packages, no known hole"
    if "known vulnerabilit" in said:
        return 1, said
    return 0, f"not asked: the advisory service is not reachable ({said.splitlines()[-1][:150] if said else 'no word'})"


if __name__ == "__main__":
    code, words = audit(HERE.parent / "requirements.txt", *sys.argv[1:])
    print(words)
    sys.exit(code)
