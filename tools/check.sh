#!/usr/bin/env bash
# Everything that can be judged without running the portal. Each line that fails stops the rest.
set -euo pipefail
BIN="${BIN:-.venv/bin}"

step() {
    echo "check: $1"
    shift
    local output
    if ! output=$("$@" 2>&1); then
        echo "$output"
        exit 1
    fi
}

# Production settings, as strict as a deployment: nothing connects anywhere.
production() {
    # shellcheck disable=SC2046  # one variable a line, no spaces in any
    env -u DEMO -u DEBUG $(grep -v '^#' tools/production.env) "$BIN/python" manage.py "$@"
}

step "ruff" "$BIN/ruff" check .
step "ruff format" "$BIN/ruff" format --check .
step "import contracts" "$BIN/lint-imports"
step "deployment settings" production check --deploy --fail-level WARNING
step "migrations are complete" "$BIN/python" -W ignore manage.py makemigrations --check --dry-run
step "translations are complete" "$BIN/python" manage.py translations check
step "no secret is written down" "$BIN/python" tools/secret_scan.py
echo "check: known holes in what is deployed"
"$BIN/python" tools/audit_dependencies.py | sed 's/^/       /'  # pipefail: a hole stops the rest
