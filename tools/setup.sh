#!/usr/bin/env bash
# Makes the virtual environment VENV from PYTHON and installs the pinned requirements file given as the argument.
# A half-made environment (a cut, a moved directory, another Python) is made anew.
set -euo pipefail

say() { echo "setup: $*" >&2; }

new_enough() { command -v "$1" >/dev/null && "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

for candidate in "$PYTHON" python3.13 python3.12 python3.11; do
    if new_enough "$candidate"; then
        found=$candidate
        break
    fi
done
if [ -z "${found:-}" ]; then
    say "Python 3.11 or newer is needed and was not found ('$PYTHON' is $("$PYTHON" --version 2>&1 | tail -n 1))." \
        "Install it, or say where it is: make run PYTHON=/path/to/python3"
    exit 1
fi
PYTHON=$found

# The prefix comparison finds an environment that was copied from another place: its scripts point there.
whole='import os, sys; sys.exit(os.path.realpath(sys.prefix) != os.path.realpath(sys.argv[1]))'
if ! { "$VENV/bin/python" -c "$whole" "$VENV" && "$VENV/bin/python" -m pip --version; } >/dev/null 2>&1; then
    say "making $VENV with $("$PYTHON" --version)"
    rm -rf "$VENV"
    if ! "$PYTHON" -m venv "$VENV"; then
        say "could not make a virtual environment. On Debian or Ubuntu: apt-get install python3-venv"
        exit 1
    fi
fi

say "installing $1"
if ! "$VENV/bin/python" -m pip install --quiet --retries 5 --timeout 30 --requirement "$1"; then
    say "could not install $1; the lines above say why. Is the network there, and space on the disk? Then run it again."
    exit 1
fi
