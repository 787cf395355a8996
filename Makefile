# Tamiz: every door of the house. `make help` lists them.
PYTHON ?= python3
BIN := .venv/bin
export MLFLOW_DISABLE_TELEMETRY := true
export DO_NOT_TRACK := true
export BENTOML_DO_NOT_TRACK := true

.DEFAULT_GOAL := help
.PHONY: help install demo test check lint bench evidence reference lock

help: ## list these targets
	@awk -F':.*## ' '/^[a-z]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: .venv/installed ## own virtual environment, from the hash-pinned lock

.venv/installed: requirements.lock requirements-install.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Tamiz needs Python 3.11 or newer: make PYTHON=python3.11 install")'
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements-install.lock
	$(BIN)/uv pip install --python $(BIN)/python --compile-bytecode --require-hashes --requirement requirements.lock
	$(BIN)/uv pip install --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

demo: install ## the whole life of a risk model, on a simulated world, in demo/
	$(BIN)/tamiz --workspace demo demo

test: lint ## everything the CI runs: the style, the types, the floors, every test
	$(BIN)/pytest -n 2

check: test ## the same, under the name habit gives it

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: install ## measure again every figure in the docs
	$(BIN)/python -m benchmarks

evidence: install ## the long proofs, resumable, into docs/evidence/
	$(BIN)/python -m tests.evidence

reference: install ## make the pages of the guide that come from the code
	$(BIN)/python -m tests.house.reference

lock: ## pin every dependency again, with hashes
	$(BIN)/uv pip compile requirements-install.in --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header --output-file requirements-install.lock
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header --output-file requirements.lock
