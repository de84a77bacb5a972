# The two commands that a new user needs: `make demo` and `make test`. Everything lives in .venv.

PYTHON ?= $(shell for p in python3.14 python3.13 python3.12 python3.11 python3 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
# Many tests wait more than they compute, so that more of them go side by side than there are cores.
WORKERS ?= 4
TESTS = $(BIN)/python -m pytest -q --maxschedchunk 1 -n

# Where each stage of `make test` notes what it left out.
SKIPPED := .skipped

.PHONY: help demo run check test quick stages chaos mutants bench lint types imports audit tests \
	golden screenshots format lock clean

help:  ## show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(VENV)/.ready  ## try the bot here, without any account
	$(BIN)/python -m bot demo

run: $(VENV)/.ready  ## run the bot with the settings of the environment and .env
	$(BIN)/python -m bot

check: $(VENV)/.ready  ## check the settings, the database, Slack and Respan, then stop
	$(BIN)/python -m bot check

test: $(VENV)/.ready-dev  ## everything that CI runs; the last lines say what was skipped and why
	@rm -f $(SKIPPED)
	@export BOT_TESTS_SKIPPED="$(CURDIR)/$(SKIPPED)"; $(MAKE) --no-print-directory stages; code=$$?; \
		$(BIN)/python -m tests.skipped $$code; exit $$code

quick: lint types imports  ## lint, types, imports and the fast tests, in under a minute
	$(BIN)/python -m pytest -q -n 2 tests/domain tests/views tests/test_settings.py tests/test_packaging.py

stages: lint types imports audit tests  ## the stages of `make test`, without its last lines

lint: $(VENV)/.ready-dev  ## ruff: rules and form
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.ready-dev  ## mypy, strict
	$(BIN)/mypy

imports: $(VENV)/.ready-dev  ## import-linter: which room may import which
	$(BIN)/lint-imports

audit: $(VENV)/.ready-dev  ## known vulnerabilities of the dependencies
	$(BIN)/python -m tests.audit

tests: $(VENV)/.ready-dev  ## all tests but the long ones, with coverage
	rm -f .coverage .coverage.*
	$(TESTS) $(WORKERS) -m "not chaos and not quiet" --ignore tests/browser --cov --cov-report=
	$(BIN)/python -m coverage report --skip-covered
	$(BIN)/python -m coverage report --include='bot/domain/*,bot/views/*' --fail-under=100 >/dev/null
	$(BIN)/python -m pytest -q -m quiet --ignore tests/browser
	$(TESTS) 3 tests/browser

chaos: $(VENV)/.ready-dev  ## the long form of the promises
	$(TESTS) 4 -m chaos
	ALL_ON_POSTGRES=1 $(TESTS) 4 tests/engine tests/listeners tests/steps tests/telemetry -k postgres
	ALL_EXAMPLES=1 $(TESTS) 4 tests/domain tests/views tests/telemetry/test_masking.py \
		tests/promises/test_any_answer.py

mutants: $(VENV)/.ready-dev  ## change the domain in every small way: do its tests notice?
	$(BIN)/python -m tests.mutation 4

bench: $(VENV)/.ready-dev  ## measure the bot beside what others would use; docs/benchmarks.md shows it
	@for each in acks start ten_thousand crowd watches page; do \
		$(BIN)/python -m benchmarks.$$each || exit 1; done

golden: $(VENV)/.ready-dev  ## write anew what people read, to be looked at in the diff
	GOLDEN=write $(BIN)/python -m pytest -q tests/views

screenshots: $(VENV)/.ready-dev  ## take the README's pictures anew, with Chromium
	$(BIN)/python -m tests.browser.screenshots

format: $(VENV)/.ready-dev  ## put the code in its form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: $(VENV)/.ready-dev  ## pin what pyproject.toml asks for
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header \
		--no-emit-index-url --no-strip-extras --extra postgres pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header \
		--no-emit-index-url --no-strip-extras --extra dev -c requirements.txt pyproject.toml -o requirements-dev.txt

clean:  ## remove what was set up and built
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache \
		.coverage .coverage.* $(SKIPPED)

$(VENV)/.made:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed and was not found."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.ready: $(VENV)/.made requirements.txt
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(VENV)/.ready-dev: $(VENV)/.made requirements-dev.txt
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@ $(VENV)/.ready
