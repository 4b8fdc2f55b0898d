# Everything a person does here. Set-up goes into .venv alone; stamps remember which lock file it was made from.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.SUFFIXES:

VENV := .venv
BIN := $(VENV)/bin
# The first Python on the path that is new enough.
PYTHON ?= $(shell for python in python3.11 python3.12 python3.13 python3.14 python3; do \
	"$$python" -c 'import sys; raise SystemExit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$python" && break; done)
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
CODE := src tests benchmarks docs
ARGS ?=

SECONDS ?= 60
MINUTES ?= 20
SEED ?= 20261014

.PHONY: help rehearse test check fix bench bench-engine crash crash-all soak fuzz mutants golden docs lock sshd clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

rehearse: $(VENV)/.run ## the main job, end to end, against twins of both systems
	@exec $(BIN)/ml-connector rehearse $(ARGS)

test: $(VENV)/.dev sshd ## all tests
	@exec $(BIN)/python -m pytest $(ARGS)

check: $(VENV)/.dev ## format, lint, types, import contracts, sizes
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m pytest -q -n 0 tests/house

fix: $(VENV)/.dev ## what a program can put right by itself
	$(BIN)/ruff check --fix-only $(CODE)
	$(BIN)/ruff format $(CODE)

bench: $(VENV)/.run sshd ## times of the commands a person waits for, what the edges, a booked bill, master data and reading a file cost
	@$(BIN)/python benchmarks/commands.py $(ARGS)
	@$(BIN)/python benchmarks/acumatica.py
	@$(BIN)/python -m benchmarks.booking
	@$(BIN)/python benchmarks/master_data.py
	@$(BIN)/python benchmarks/layouts.py
	@.ci/install-rclone
	@exec $(BIN)/python benchmarks/files.py

bench-engine: $(VENV)/.dev sshd ## how late polls of 500 connections are, over five real minutes on PostgreSQL
	@exec $(BIN)/python -m benchmarks.engine $(ARGS)

crash: $(VENV)/.dev ## break the posting at its edges, 20,000 times (ARGS='--schedules N', or --seed 'SEED' for one)
	@exec $(BIN)/python -m tests.crash.machine $(ARGS)

crash-all: $(VENV)/.dev ## the same, every schedule there is and every pair of crashes: hours
	@exec $(BIN)/python -m tests.crash.machine --all $(ARGS)

soak: $(VENV)/.dev sshd ## real processes killed for MINUTES (20) while invoices come, then the auditor (SEED)
	@exec $(BIN)/python -m tests.crash.soak --minutes $(MINUTES) --seed $(SEED)

fuzz: $(VENV)/.dev $(VENV)/.fuzz ## hostile files and names, guided by coverage: SECONDS a target (60)
	@for target in csv xml names; do \
		echo "$$target"; \
		mkdir -p "$(VENV)/fuzz-corpus/$$target"; \
		PYTHONPATH="$(VENV)/fuzz" $(BIN)/python -m tests.fuzz.with_atheris "$$target" "$(VENV)/fuzz-corpus/$$target" \
			tests/golden/samples/csv tests/golden/samples/xml -max_total_time=$(SECONDS) -max_len=65536 -timeout=20 \
			-rss_limit_mb=1024 -print_final_stats=1 -verbosity=0 -artifact_prefix="$(VENV)/fuzz-$$target-" || exit 1; \
	done

mutants: $(VENV)/.mutants ## change the posting core in small ways, 4,000 times: does a test notice? 10 minutes on two cores
	@rm -rf mutants
	@$(BIN)/mutmut run $(ARGS) | tr '\r' '\n' | tail -n 3
	@exec $(BIN)/python -m tests.mutants.report

golden: $(VENV)/.dev ## rewrite the expected documents of tests/golden
	@ML_CONNECTOR_WRITE_GOLDEN=1 exec $(BIN)/python -m pytest -q tests/golden $(ARGS)

docs: $(VENV)/.dev ## make the reference pages anew; are the documents whole
	@$(BIN)/python -m docs.make_reference
	@exec $(BIN)/python -m pytest -q -n 0 tests/house/test_documents.py

lock: $(VENV)/.dev ## resolve pyproject.toml anew into the lock files
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-header --no-annotate \
		pyproject.toml --group build -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-header --no-annotate \
		pyproject.toml --extra pgp --group build --group dev -c requirements.lock -o requirements-dev.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-header --no-annotate \
		--group mutants -c requirements-dev.lock -o requirements-mutants.lock

# Beside the packages of the lock files, not among them.
$(VENV)/.fuzz: | $(BIN)/python
	@$(PIP) install --no-deps --target $(VENV)/fuzz atheris==3.0.0
	@touch $@

$(VENV)/.mutants: requirements-mutants.lock $(VENV)/.dev
	@$(PIP) install --require-hashes -r requirements-mutants.lock
	@touch $@

sshd:
	@.ci/install-sshd

clean: ## forget the set-up and all that tools left
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache build dist mutants

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed and none is on the path." >&2; exit 2; }
	@"$(PYTHON)" -m venv $(VENV) || { echo "Python's venv module is needed (Debian: python3-venv)." >&2; exit 2; }

$(VENV)/.run: requirements.lock pyproject.toml | $(BIN)/python
	@echo "Setting up $(VENV) ..." >&2
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q src
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@
