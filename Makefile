# Every target works from a fresh clone: it installs what it needs first. `make help` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
UV_VERSION := 0.13.8
PYTHON ?= python3
BIN := .venv/bin
APP := $(BIN)/python -m app
# The tests run in an order that each commit shuffles anew, so that a failing order can be run again.
SEED := $(shell printf '%d' 0x$$(git rev-parse --short=7 HEAD 2>/dev/null || echo 1))
PYTEST := PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 $(BIN)/python -m pytest -q --randomly-seed=$(SEED)
LOCK := $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --exclude-newer "7 days"

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z][a-z-]*:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 34

# ── install ──
.venv/uv: Makefile
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name it: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -q --disable-pip-version-check uv==$(UV_VERSION)
	@touch $@

.venv/run: .venv/uv backend/requirements.lock pyproject.toml
	$(BIN)/uv pip install -q --require-hashes -r backend/requirements.lock --python $(BIN)/python
	$(BIN)/uv pip install -q --no-deps -e . --python $(BIN)/python
	@touch $@

.venv/dev: .venv/run backend/requirements-dev.lock
	$(BIN)/uv pip install -q --require-hashes -r backend/requirements-dev.lock --python $(BIN)/python
	@touch $@

.PHONY: install
install: .venv/dev ## Install everything into .venv, from the lock files

.PHONY: system-packages
system-packages: ## Install the browser, the proxy and the rule checker of the tests, from Debian (needs root)
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium nginx-light prometheus

# ── run ──
.PHONY: run run-backend
run: run-backend ## Start the service; no key and no Docker needed

run-backend: .venv/run ## Start the backend alone
	@exec $(APP) serve

.PHONY: health doctor
health: ## Ask a running service how it is
	@curl -sS http://127.0.0.1:$${BACKEND_PORT:-8000}/v1/health; echo

doctor: .venv/run ## Show what is on, what is off, and whether everything is wired
	@$(APP) doctor

# ── resilience ──
.PHONY: list-resil-presets show-resil-preset validate-resil-config recommend-resil-preset migrate-config
list-resil-presets: .venv/run ## List the resilience presets
	@$(APP) presets list

show-resil-preset: .venv/run ## Show one preset: PRESET=production
	@$(APP) presets show $(PRESET)

validate-resil-config: .venv/run ## Check RESILIENCE_CUSTOM_CONFIG
	@$(APP) presets validate

recommend-resil-preset: .venv/run ## Recommend a preset: ENV=staging
	@$(APP) presets recommend $(ENV)

migrate-config: .venv/run ## Print what replaces former resilience variables: FORMAT=shell
	@$(APP) presets migrate $(if $(FORMAT),--format $(FORMAT))

# ── check ──
.PHONY: test test-backend test-backend-all test-backend-core test-backend-infrastructure test-backend-services test-backend-api test-backend-integration test-coverage
test: lint test-coverage ## Everything that CI runs

test-backend test-backend-all: .venv/dev ## All tests, without coverage
	$(PYTEST) -n 2 tests

test-backend-core: .venv/dev ## Tests of settings, errors and sockets
	$(PYTEST) tests/core

test-backend-infrastructure: .venv/dev ## Tests of what stays in a fork
	$(PYTEST) -n 2 tests/infrastructure

test-backend-services: .venv/dev ## Tests of the domains
	$(PYTEST) -n 2 tests/services

test-backend-api: .venv/dev ## Tests of the routes
	$(PYTEST) -n 2 tests/api

test-backend-integration: .venv/dev ## Tests against real servers: processes, Redis, models
	$(PYTEST) -n 2 tests/house tests/fleet

test-coverage: .venv/dev ## All tests, with coverage and its floors
	@rm -f .coverage .coverage.*
	PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 $(BIN)/python -m coverage run -m pytest -q --randomly-seed=$(SEED) -n 2 tests
	@$(BIN)/python -m coverage combine -q
	@$(BIN)/python scripts/coverage_floors.py

.PHONY: lint lint-backend typecheck format
lint: lint-backend typecheck ## Style, imports, floors, types, security
lint-backend: .venv/dev
	$(BIN)/ruff check backend tests scripts examples
	$(BIN)/ruff format --check backend tests scripts examples
	$(BIN)/lint-imports
	$(BIN)/deptry backend
	$(BIN)/bandit -q -r backend/app -c pyproject.toml

typecheck: .venv/dev ## Types, strictly
	$(BIN)/mypy

format: .venv/dev ## Put the code into shape
	$(BIN)/ruff check --fix backend tests scripts examples
	$(BIN)/ruff format backend tests scripts examples

.PHONY: bench
bench: .venv/dev ## Measure against the yardsticks and write docs/performance.md: ARGS=--quick
	$(BIN)/python -m scripts.bench $(ARGS)

.PHONY: bench-screening
bench-screening: .venv/run ## Measure the input screen on a labelled file: FILE=texts.jsonl
	$(BIN)/python -m scripts.bench_screening $(FILE)

# ── maintain ──
.PHONY: docs lock clean
docs: .venv/dev ## Write the generated pages anew
	$(BIN)/python -m scripts.reference

lock: .venv/uv ## Resolve the dependencies anew, nothing younger than a week
	$(LOCK) pyproject.toml --group dev --extra otel -o backend/requirements-dev.lock
	$(LOCK) -c backend/requirements-dev.lock pyproject.toml --extra otel -o backend/requirements-otel.lock
	$(LOCK) -c backend/requirements-dev.lock pyproject.toml -o backend/requirements.lock

clean: ## Remove what the other targets made
	rm -rf .venv .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
