# Rapport. `make` lists what there is; `make up` and `make test` do their own set-up.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

VENV := .venv
BIN := $(VENV)/bin
# Any Python from 3.11 on; PYTHON=... chooses another.
PYTHON ?= $(firstword $(foreach name,python3 python3.14 python3.13 python3.12 python3.11,$(shell \
	command -v $(name) >/dev/null && $(name) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(name))))
# What is installed is stamped with the locks' checksum: a changed lock installs again, an unchanged one costs nothing.
RUNTIME := $(VENV)/.runtime-$(shell cat requirements.lock pyproject.toml | cksum | cut -d' ' -f1)
DEVELOP := $(VENV)/.develop-$(shell cat requirements.lock requirements-dev.lock pyproject.toml | cksum | cut -d' ' -f1)
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

# make test PG=/usr/lib/postgresql/15 runs on other Postgres binaries; ARGS='...' is handed on to what runs.
PG ?=
ARGS ?=
# More than two cores have: tests wait, for processes to start and for what comes later.
WORKERS ?= 3
export RAPPORT_POSTGRES_BIN := $(PG)
# What is compiled is kept: tests start many processes, each of which would compile everything anew.
PYTEST := PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest
# Side by side, each process goes through a stretch of its own: what a file sets up once is set up once.
TOGETHER := -n $(WORKERS) --dist worksteal

.PHONY: help
help: ## List the targets
	@echo 'make up starts Rapport; make test tests it. All targets:'
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 22

.PHONY: up
up: $(RUNTIME) ## Start Rapport: databases, web and worker; the first start loads a demo (ARGS='--port 9000 --no-demo')
	@PYTHONDONTWRITEBYTECODE= exec $(BIN)/rapport up $(ARGS)

.PHONY: install
install: $(DEVELOP) ## Install everything that developing needs into .venv, exactly as locked

.PHONY: test
test: $(DEVELOP) ## Test everything quick on real Postgres and Valkey (PG=DIR: other Postgres binaries)
	$(PYTEST) $(TOGETHER) -m 'not proof and not drill' $(ARGS)

.PHONY: check
check: $(DEVELOP) ## Lint, format, types, import contracts, migrations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(PYTEST) -q -k blocks_nobody  # squawk, with its rules; all tests are read meanwhile, and compiled

.PHONY: format
format: $(DEVELOP) ## Put the code into its format
	$(BIN)/ruff check --fix --exit-zero .
	$(BIN)/ruff format .

.PHONY: proofs
proofs: $(DEVELOP) ## The long must-shows at full size, at most 30 minutes on two cores
	$(PYTEST) -n 2 --dist worksteal -m '(proof or hypothesis) and not drill and not alone' \
	  --hypothesis-profile many --durations=15 $(ARGS) || [ $$? -eq 5 ]  # 5: ARGS leave none of these
	$(PYTEST) -m 'proof and not drill and alone' --durations=15 $(ARGS) || [ $$? -eq 5 ]

.PHONY: drills
drills: $(DEVELOP) ## Break things on purpose, longer than CI would wait
	$(PYTEST) -m drill $(ARGS)
	$(PYTEST) -n 2 --dist worksteal -m 'hypothesis and not alone' --hypothesis-profile new $(ARGS) || [ $$? -eq 5 ]

.PHONY: bench
bench: $(DEVELOP) ## Measure; writes the figures with machine and commit
	$(BIN)/python -m tests.bench $(ARGS)

.PHONY: bench-peers
bench-peers: $(DEVELOP) ## Fetch what the figures are compared with
	$(BIN)/python -m tests.bench.peers $(ARGS)

.PHONY: explorer
explorer: ## Build the explorer's committed files again from their locked packages (needs Node and npm)
	cd api/explorer/page && npm ci --no-audit --no-fund && npm rebuild esbuild && npm run build

$(BIN)/python:
	@test -n '$(PYTHON)' || { echo 'Rapport needs Python 3.11 or newer (make PYTHON=/path/to/python3 ...)' >&2; exit 1; }
	@echo 'Making the virtual environment .venv'
	@$(PYTHON) -m venv $(VENV) || { echo "On Debian and Ubuntu: apt install python3-venv" >&2; rm -rf $(VENV); exit 1; }

$(RUNTIME): | $(BIN)/python
	@echo 'Installing the locked dependencies (about a minute)'
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@rm -f $(VENV)/.runtime-* && touch $@

$(DEVELOP): $(RUNTIME)
	@echo 'Installing the locked tools of development'
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@rm -f $(VENV)/.develop-* && touch $@
