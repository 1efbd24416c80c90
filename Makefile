# Every target works from a fresh clone: it installs what it needs first. `make help` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
UV_VERSION := 0.13.8
PYTHON ?= python3
BIN := .venv/bin
APP := $(BIN)/python -m app
# The tests run in an order that each commit shuffles anew, so that a failing order can be run again.
SEED := $(shell printf '%d' 0x$$(git rev-parse --short=7 HEAD 2>/dev/null || echo 1))
PYTEST_FRONTEND = PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 frontend/.venv/bin/python -m pytest -q -c frontend/pyproject.toml --rootdir . --randomly-seed=$(SEED)
PYTEST := PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 $(BIN)/python -m pytest -q --randomly-seed=$(SEED)
LOCK := $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --exclude-newer "7 days"

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z][a-z0-9 -]*:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 34

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

frontend/.venv/run: .venv/uv frontend/requirements.lock
	$(BIN)/uv venv -q --allow-existing --python $(BIN)/python frontend/.venv
	$(BIN)/uv pip install -q --require-hashes -r frontend/requirements.lock --python frontend/.venv/bin/python
	@touch $@

frontend/.venv/dev: frontend/.venv/run frontend/requirements-dev.lock
	$(BIN)/uv pip install -q --require-hashes -r frontend/requirements-dev.lock --python frontend/.venv/bin/python
	@touch $@

infra/.venv/ready: .venv/uv infra/requirements.lock
	$(BIN)/uv venv -q --allow-existing --python $(BIN)/python infra/.venv
	$(BIN)/uv pip install -q --require-hashes -r infra/requirements.lock --python infra/.venv/bin/python
	@touch $@

infra/checkov/.venv/ready: .venv/uv infra/checkov/requirements.lock
	$(BIN)/uv venv -q --allow-existing --python $(BIN)/python infra/checkov/.venv
	$(BIN)/uv pip install -q --require-hashes -r infra/checkov/requirements.lock --python infra/checkov/.venv/bin/python
	@touch $@

.PHONY: install
install: .venv/dev ## Install everything into .venv, from the lock files

.PHONY: system-packages
system-packages: ## Install the browser, the proxy and the rule checker of the tests, from Debian (needs root)
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium nginx-light prometheus

# ── run ──
.PHONY: run run-backend run-frontend
run run-frontend: export FRONTEND_PORT ?= 8501
run: .venv/run ## Start the service and its front end; no key and no Docker needed
	@exec $(APP) serve --frontend "$(MAKE) -s run-frontend"

run-backend: .venv/run ## Start the backend alone
	@exec $(APP) serve

run-frontend: frontend/.venv/run ## Start the front end alone, on FRONTEND_PORT; it asks API_URL with API_KEY
	@exec frontend/.venv/bin/streamlit run frontend/app.py --server.address 127.0.0.1 --server.port $(FRONTEND_PORT)

# ── containers ──
COMPOSE ?= docker compose
PROD := $(COMPOSE) -f docker-compose.prod.yml
.PHONY: secrets dev prod stop
secrets: .venv/run ## Make the keys and passwords that dev and prod read, in secrets/
	@$(BIN)/python -m scripts.compose_secrets

dev: secrets ## Start both servers and Redis in containers, which follow the sources
	$(COMPOSE) up --build

prod: secrets ## Start the production containers on this machine; COMPOSE_PROFILES=obs adds Prometheus and Grafana
	$(PROD) up --detach --build --wait

stop: ## Stop what dev and prod started
	$(COMPOSE) down
	$(PROD) --profile obs down

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
	@$(APP) presets show "$$PRESET"

validate-resil-config: .venv/run ## Check RESILIENCE_CUSTOM_CONFIG
	@$(APP) presets validate

recommend-resil-preset: .venv/run ## Recommend a preset: ENV=staging
	@$(APP) presets recommend "$$ENV"

migrate-config: .venv/run ## Print what replaces former resilience variables: FORMAT=shell
	@$(APP) presets migrate $${FORMAT:+--format "$$FORMAT"}

# ── check ──
.PHONY: test test-backend test-backend-all test-backend-core test-backend-infrastructure test-backend-services test-backend-api test-backend-integration test-backend-manual test-coverage
test: lint docs test-coverage test-frontend test-e2e ## Everything that CI runs, but for the images and the audit

test-backend test-backend-all: .venv/dev ## All tests, without coverage
	$(PYTEST) -n 2 tests

test-backend-core: .venv/dev ## Tests of settings, errors and sockets
	$(PYTEST) tests/core

test-backend-infrastructure: .venv/dev ## Tests of what stays in a fork
	$(PYTEST) -n 2 tests/infrastructure

test-backend-services: .venv/dev ## Tests of the domains and of what they share
	$(PYTEST) -n 2 tests/services tests/operations

test-backend-api: .venv/dev ## Tests of the routes
	$(PYTEST) -n 2 tests/api

test-backend-integration: .venv/dev ## Tests against real servers: processes, Redis, models
	$(PYTEST) -n 2 tests/house tests/fleet tests/providers_e2e

test-backend-manual: .venv/dev ## Ask the hosted model whose key is set; costs a little money
	$(PYTEST) tests/manual/hosted_model.py

test-coverage: .venv/dev ## All tests, with coverage and its floors
	@rm -f .coverage .coverage.*
	PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 $(BIN)/python -m coverage run -m pytest -q --randomly-seed=$(SEED) -n 2 tests
	@$(BIN)/python -m coverage combine -q
	@$(BIN)/python scripts/coverage_floors.py

.PHONY: test-frontend
test-frontend: .venv/run frontend/.venv/dev ## Tests of the front end's pages
	$(PYTEST_FRONTEND) tests/frontend

.PHONY: test-e2e screenshots
test-e2e: .venv/run frontend/.venv/dev ## Tests of the front end in a real browser
	$(PYTEST_FRONTEND) tests/e2e

screenshots: .venv/run frontend/.venv/dev ## Take the pictures of docs/frontend.md anew
	SCREENSHOTS=1 $(PYTEST_FRONTEND) tests/e2e/test_pages.py -k light_and_dark

.PHONY: lint lint-backend lint-frontend lint-infra typecheck format
lint: lint-backend lint-frontend lint-infra typecheck ## Style, imports, floors, types, security
lint-backend: .venv/dev
	$(BIN)/ruff check backend tests scripts examples
	$(BIN)/ruff format --check backend tests scripts examples
	$(BIN)/lint-imports
	$(BIN)/deptry backend
	$(BIN)/bandit -q -r backend/app -c pyproject.toml

lint-frontend: .venv/dev frontend/.venv/dev
	$(BIN)/ruff check frontend
	$(BIN)/ruff format --check frontend
	cd frontend && .venv/bin/mypy

typecheck: .venv/dev ## Types, strictly
	$(BIN)/mypy
	$(BIN)/mypy --explicit-package-bases --exclude examples/services/tests examples

# Runs a program that a machine may lack; CI must have it.
IF_HERE = @PATH=$$PATH:/usr/sbin sh -c 'command -v $$0 > /dev/null || { echo "$$0 is not installed: make system-packages"; test -z "$$CI"; exit; }; exec $$0 "$$@"'
lint-infra: infra/.venv/ready infra/checkov/.venv/ready ## The files of images, containers, proxy, alerts, clouds and workflows
	infra/.venv/bin/hadolint backend/Dockerfile frontend/Dockerfile
	infra/.venv/bin/check-jsonschema -q --builtin-schema vendor.compose-spec docker-compose.yml docker-compose.prod.yml
	infra/.venv/bin/check-jsonschema -q --builtin-schema vendor.github-workflows .github/workflows/*.yml
	infra/.venv/bin/check-jsonschema -q --builtin-schema vendor.dependabot .github/dependabot.yml
	infra/.venv/bin/zizmor -q --offline --persona pedantic .github
	$(IF_HERE) nginx -t -q -e stderr -c $(CURDIR)/infra/nginx/nginx.conf
	$(IF_HERE) promtool check config --syntax-only infra/prometheus/prometheus.yml
	$(IF_HERE) promtool test rules infra/prometheus/tests.yml
	infra/check.sh

format: .venv/dev ## Put the code into shape
	$(BIN)/ruff check --fix backend frontend tests scripts examples
	$(BIN)/ruff format backend frontend tests scripts examples

.PHONY: bench
bench: .venv/dev ## Measure against the yardsticks and write docs/performance.md: ARGS=--quick
	$(BIN)/python -m scripts.bench $(ARGS)

.PHONY: bench-screening
bench-screening: .venv/run ## Measure the input screen on a labelled file: FILE=texts.jsonl
	$(BIN)/python -m scripts.bench_screening "$${FILE:?labelled texts, one JSON object a line}"

# ── fork ──
.PHONY: new-operation new-service rename strip-demo rehearse
new-operation: .venv/run ## Write an operation that works: NAME=translate_formal SERVICE=tickets
	@$(BIN)/python -m scripts.fork.new_operation -- "$$NAME" $${SERVICE:+"$$SERVICE"}

new-service: .venv/run ## Write a service that works, and its tests: NAME=tickets OPERATION=digest
	@$(BIN)/python -m scripts.fork.new_service -- "$$NAME" $${OPERATION:+"$$OPERATION"}

rename: .venv/dev ## Give the project another name everywhere: NAME=acme-gate
	@$(BIN)/python -m scripts.fork.rename -- "$$NAME"

strip-demo: .venv/run ## Remove the example domain, its tests and what calls it
	@$(BIN)/python -m scripts.fork.strip_demo

rehearse: .venv/dev ## Make a fork in a temporary folder, with every command of docs/make-it-yours.md, and time it: FORK=../kept
	@$(BIN)/python -m scripts.fork.rehearse $${FORK:+"$$FORK"}

# ── maintain ──
.PHONY: upgrade
upgrade: .venv/dev ## Merge a newer version of the template into this fork: FROM=path-or-url VERSION=v1.2.0
	@$(BIN)/python -m scripts.fork.upgrade $${VERSION:+--version "$$VERSION"} -- "$${FROM:?path or URL of the template}"

docs/.venv/ready: .venv/uv docs/requirements.lock
	$(BIN)/uv venv -q --allow-existing --python $(BIN)/python docs/.venv
	$(BIN)/uv pip install -q --require-hashes -r docs/requirements.lock --python docs/.venv/bin/python
	@touch $@

.PHONY: reference docs
reference: .venv/dev ## Write the generated pages anew
	$(BIN)/python -m scripts.reference

docs: .venv/dev docs/.venv/ready ## Build the documentation into site/, and fail on a wrong page or link
	$(BIN)/python -m scripts.reference --check
	docs/.venv/bin/zensical build --clean --strict
	@rm -f site/requirements.*

.PHONY: repomix-backend repomix-backend-tests
repomix-backend: ## Write the backend into one file for reading, .repomix/backend.md
	@$(PYTHON) -m scripts.one_file .repomix/backend.md README.md backend/app docs

repomix-backend-tests: ## Write its tests into one file, .repomix/backend-tests.md
	@$(PYTHON) -m scripts.one_file .repomix/backend-tests.md tests

.PHONY: lock clean

lock: .venv/uv ## Resolve the dependencies anew, nothing younger than a week
	$(LOCK) pyproject.toml --group dev --extra otel -o backend/requirements-dev.lock
	$(LOCK) -c backend/requirements-dev.lock pyproject.toml --extra otel -o backend/requirements-otel.lock
	$(LOCK) -c backend/requirements-dev.lock pyproject.toml -o backend/requirements.lock
	[ ! -d examples/providers/legacy_gemini ] || $(LOCK) -c backend/requirements.lock pyproject.toml --extra legacy-gemini -o examples/providers/legacy_gemini/requirements.lock
	[ ! -d examples/clients ] || $(LOCK) examples/clients/typed/requirements.in -o examples/clients/typed/requirements.lock
	$(LOCK) --group frontend/pyproject.toml:dev -o frontend/requirements-dev.lock
	$(LOCK) -c frontend/requirements-dev.lock --group frontend/pyproject.toml:run -o frontend/requirements.lock
	$(LOCK) docs/requirements.in -o docs/requirements.lock
	$(LOCK) infra/requirements.in -o infra/requirements.lock
	$(LOCK) infra/checkov/requirements.in -o infra/checkov/requirements.lock

clean: ## Remove what the other targets made
	rm -rf .venv frontend/.venv frontend/.mypy_cache .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache docs/.venv infra/.venv infra/checkov/.venv site .cache .repomix
