# Short names for the commands that the README explains.
PYTHON ?= python3.11
VENV ?= .venv
BIN = $(VENV)/bin

.PHONY: setup sample test test-slow lint format benchmarks wheel clean

setup: $(BIN)/pfs  ## a virtual environment with everything, versions as in constraints.txt

$(BIN)/pfs: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

sample: setup  ## the main job on the embedded sample, then an answer from it
	$(BIN)/pfs refresh --source sample
	$(BIN)/pfs price 99213 --mac 10112 --locality 00 --on 2026-05-01

test: setup  ## the default test run: no network, no server; what Python compiles is kept, whatever the environment says
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n auto --maxprocesses 4

test-slow: setup  ## the tests that the default run leaves out because each takes half a second or more
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n auto --maxprocesses 4 -m slow

lint: setup  ## what CI checks beside the tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

benchmarks: setup  ## by hand; needs the archives that tests/benchmarks/README.md names
	$(BIN)/python -m tests.benchmarks

wheel: setup
	$(BIN)/python -m build --wheel

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
