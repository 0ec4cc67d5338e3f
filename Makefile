# Two commands: `make run` serves the portal, `make test` proves it. Both need only Python 3.11 or newer.
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
# An environment that was copied along with its directory is not ready in the new place.
HERE := $(shell pwd | cksum | cut -d' ' -f1)
RUN_READY := $(VENV)/.ready-run-$(HERE)
DEV_READY := $(VENV)/.ready-dev-$(HERE)
export DEMO ?= 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYTHONUNBUFFERED := 1
.DEFAULT_GOAL := help
.PHONY: help run test lint check bench sbom clean setup setup-dev

help:  ## Say what each command does
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## */make \1\t/' | expand -t 16

run: setup  ## Serve the portal on http://127.0.0.1:$(PORT) with demo data; Ctrl-C stops everything
	@exec $(BIN)/python manage.py up --port $(PORT) $(ARGS)

test: setup-dev  ## Linters, contracts and every test, on a real PostgreSQL and a real Valkey made for the occasion
	@BIN="$(BIN)" bash tools/check.sh
	@$(BIN)/python manage.py translations compile
	@$(BIN)/python -m tests.chromium
	@$(BIN)/python manage.py embedded --fresh exec -- $(BIN)/python -m pytest -q -n $${TEST_WORKERS:-2} --dist loadgroup $(ARGS)

check lint: setup-dev  ## Linters and contracts only
	@BIN="$(BIN)" bash tools/check.sh

sbom: setup-dev  ## List every deployed package as CycloneDX JSON in var/sbom.cdx.json
	@mkdir -p var
	@$(BIN)/python tools/pins.py requirements.txt | $(BIN)/cyclonedx-py requirements - --pyproject pyproject.toml \
		--output-reproducible --output-file var/sbom.cdx.json 2>/dev/null && echo "var/sbom.cdx.json"

bench: setup  ## Measure: submits a second, the queue at a million dossiers, clocks, memory
	@$(BIN)/python manage.py embedded --directory var/bench exec -- $(BIN)/python -m bench $(ARGS)

setup: $(RUN_READY)
setup-dev: $(DEV_READY)

$(RUN_READY): requirements.txt
	@PYTHON="$(PYTHON)" VENV="$(VENV)" bash tools/setup.sh requirements.txt
	@touch $@

$(DEV_READY): requirements.txt requirements-dev.txt
	@PYTHON="$(PYTHON)" VENV="$(VENV)" bash tools/setup.sh requirements-dev.txt
	@touch $(RUN_READY) $@

clean:  ## Remove what can be made again: the virtual environment and caches (data in var/ stays)
	rm -rf $(VENV) .ruff_cache .pytest_cache .import_linter_cache .hypothesis var/test
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
