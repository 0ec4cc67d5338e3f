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

# Production settings, as strict as a deployment: nothing here is a secret, and nothing connects anywhere.
production() {
    env -u DEMO -u DEBUG SECRET_KEY="check-only-k3Vq8ZtW0pYx7LrN5bHs2DfGj9McAa1eUuIiOo4QwErTy6" \
        ALLOWED_HOSTS=dichvucong.example CSRF_TRUSTED_ORIGINS=https://dichvucong.example \
        SITE_URL=https://dichvucong.example BEHIND_PROXY=1 "$BIN/python" manage.py "$@"
}

step "ruff" "$BIN/ruff" check .
step "ruff format" "$BIN/ruff" format --check .
step "import contracts" "$BIN/lint-imports"
step "deployment settings" production check --deploy --fail-level WARNING
step "migrations are complete" "$BIN/python" -W ignore manage.py makemigrations --check --dry-run
step "translations are complete" "$BIN/python" manage.py translations check
