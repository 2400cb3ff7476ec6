# `make run` and `make test` are all that a fresh machine needs, besides Python 3.11 or later.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
SOURCES := bot handlers config tests bench
# One more than there are cores: most tests wait for a socket, a disk or a browser most of the time.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print((os.cpu_count() or 1) + 1)')

.PHONY: help run test check format-check lint types imports coverage fix bench chaos properties browser screenshots clean

help: ## show this
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Pilothouse needs Python 3.11 or later: make PYTHON=/path/to/python3.11")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing into $(VENV) (once) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

run: $(STAMP) ## try it: a workspace in the browser, a Jenkins, and the real server between them
	@$(BIN)/pilothouse sandbox

test: $(STAMP) ## every test, side by side
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

check: $(STAMP) format-check lint types imports coverage ## exactly what CI runs

format-check: $(STAMP)
	@$(BIN)/ruff format --check --quiet $(SOURCES)

lint: $(STAMP)
	@$(BIN)/ruff check --quiet $(SOURCES)

types: $(STAMP)
	@$(BIN)/mypy

imports: $(STAMP)
	@$(BIN)/lint-imports

coverage: $(STAMP) ## the tests, with branch coverage
	@rm -f .coverage .coverage.*
	@COVERAGE_PROCESS_START=pyproject.toml $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --cov --cov-report=
	@$(BIN)/coverage report

fix: $(STAMP) ## format, and mend what the linter can
	@$(BIN)/ruff format --quiet $(SOURCES)
	@$(BIN)/ruff check --quiet --fix $(SOURCES)

bench: $(STAMP) ## measure, as ratios in one run
	@$(BIN)/python -m bench

chaos: $(STAMP) ## kill -9 at random moments, 200 times
	@$(BIN)/python -m tests.chaos --kills 200

properties: $(STAMP) ## random people, kills and clock jumps against the small model, 60 histories
	@PILOTHOUSE_EXAMPLES=60 $(BIN)/python -m pytest tests/properties

screenshots: $(STAMP) ## the pictures of the documentation, from real runs (SCENES="locks queue" for some)
	@$(BIN)/python -m tests.browser.screenshots $(if $(SCENES),--only $(SCENES))

clean:
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache artifacts build *.egg-info
