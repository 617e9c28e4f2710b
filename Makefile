# Two commands on a fresh machine: `make run` and `make test`. The others are steps of them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DONE := $(VENV)/.installed

.PHONY: run test check bench setup format browser

run: $(DONE)
	$(BIN)/python -m bot serve

test: $(DONE) browser
	HF_HUB_OFFLINE=1 $(BIN)/python -m pytest

check: $(DONE)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(DONE)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(DONE)
	$(BIN)/python -m bot bench

setup: $(DONE)
	$(BIN)/python -m bot setup

# The tests open the pages in a real Chromium; on Debian it is installed when missing.
browser:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null \
		|| { command -v apt-get >/dev/null && { apt-get update -qq; apt-get install -y -qq chromium; }; } \
		|| echo "Install Chromium: the tests of the pages need it" >&2

$(DONE): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $(DONE)
