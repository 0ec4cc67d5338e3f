#!/usr/bin/env bash
# Makes the virtual environment VENV from PYTHON and installs the pinned requirements file given as the argument.
# A half-made environment (a cut, a moved directory, another Python) is made anew.
set -euo pipefail

say() { echo "setup: $*" >&2; }

if ! command -v "$PYTHON" >/dev/null; then
    say "no '$PYTHON' on PATH. Install Python 3.11 or newer, or say where it is: make run PYTHON=/path/to/python3"
    exit 1
fi
if ! "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    say "$("$PYTHON" --version) is too old: Python 3.11 or newer is needed. Say which: make run PYTHON=python3.12"
    exit 1
fi

# The prefix comparison finds an environment that was copied from another place: its scripts point there.
whole='import os, sys, pip; sys.exit(os.path.realpath(sys.prefix) != os.path.realpath(sys.argv[1]))'
if ! "$VENV/bin/python" -c "$whole" "$VENV" 2>/dev/null; then
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
