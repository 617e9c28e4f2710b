# Two commands on a fresh machine: `make run` and `make test`. The others are steps of them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DONE := $(VENV)/.installed
TRAINING := $(VENV)/.training

# For the training commands: the question and verdict sets, and where a run keeps what it needs to go on.
SETS ?= data/sets
WORK ?= data/training

.PHONY: run test check bench setup format browser train-reader train-judge

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

# Train the small reader again; then: python -m bot.fit_reading $(SETS)
train-reader: $(TRAINING)
	$(BIN)/python -m bot.training.train_reader $(SETS) $(WORK)

# Train the small judge again; it begins as the reader that is in bot/weights.
train-judge: $(TRAINING)
	$(BIN)/python -m bot.training.train_judge $(SETS) $(WORK)

# The tests open the pages in a real Chromium; on Debian it is installed when missing.
browser:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null \
		|| { command -v apt-get >/dev/null && { apt-get update -qq; apt-get install -y -qq chromium; }; } \
		|| echo "Install Chromium: the tests of the pages need it" >&2

$(DONE): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $(DONE)

$(TRAINING): $(DONE)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[training]'
	touch $(TRAINING)
