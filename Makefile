# Two commands on a fresh machine with only Python 3.11 or newer: `make run` (or `make chat`) and `make test` set up what they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
LOADED := $(VENV)/.installed-bench

.PHONY: setup run chat test lint eval bench check coverage clean

$(STAMP): pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Cài đặt các thư viện…"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[dev]"
	@touch $(STAMP)

$(LOADED): $(STAMP)
	@echo "Cài đặt công cụ đo tải…"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[bench]"
	@touch $(LOADED)

setup: $(STAMP)

run: setup
	@$(BIN)/donghanh run --open

chat: setup
	@$(BIN)/donghanh chat

test: setup
	@$(BIN)/python -m pytest -n auto --dist worksteal

lint: setup
	@$(BIN)/ruff check .
	@$(BIN)/mypy

eval: setup
	@$(BIN)/donghanh eval

bench: $(LOADED)
	@$(BIN)/donghanh bench

check: setup
	@$(BIN)/donghanh check

coverage: setup
	@$(BIN)/donghanh coverage

clean:
	rm -rf $(VENV) .cache
