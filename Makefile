# Three commands to know: make demo, make test, make lint.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
DEMO   ?= demo

# Two processes of tests share the cores: a process that takes them all for a small matrix makes both wait.
export OPENBLAS_NUM_THREADS ?= 1

.PHONY: help demo install test coverage test-slow lint docs bench clean

help:
	@echo "make demo    set up, simulate a shop, run everything, write $(DEMO)/report.html"
	@echo "make test    set up, run the tests"
	@echo "make lint    format, style, types, import order"
	@echo "make docs    write the generated pages of docs/"
	@echo "make bench   measure speed and memory beside other libraries, write docs/benchmarks.md (an hour)"

demo: $(VENV)/.installed
	$(BIN)/patron demo $(DEMO)

install: $(VENV)/.installed-dev

test: $(VENV)/.installed-dev
	$(BIN)/pytest -n 2 --dist worksteal -m "not slow" src tests benchmarks docs

coverage: $(VENV)/.installed-dev
	$(BIN)/pytest -n 2 --dist worksteal -m "not slow" --cov --cov-report=term src tests

test-slow: $(VENV)/.installed-dev
	$(BIN)/pytest -n 2 --dist worksteal -m slow tests

lint: $(VENV)/.installed-dev
	$(BIN)/ruff format --check src tests benchmarks docs
	$(BIN)/ruff check src tests benchmarks docs
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: $(VENV)/.installed-dev
	$(BIN)/python docs/generate.py

bench: $(VENV)/.installed-dev
	$(BIN)/python benchmarks/all.py

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("Patron needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Give one: make PYTHON=/path/to/python3.11") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet -c constraints.txt -e .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[dev]'
	@touch $@

clean:
	rm -rf $(VENV) $(DEMO) build dist .pytest_cache .mypy_cache .ruff_cache .coverage*
