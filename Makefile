# Every target makes its own environment. The two that matter:
#   make run    open the lab: several mail domains on this machine, and a page to play with
#   make test   install what the tests need, and run them all

PYTHON ?= $(shell sh tools/find_python.sh)
BIN := .venv/bin
READY := .venv/.ready
# Not -bb: hypothesis compares b"" with 0 inside, at random.
PYTEST := $(BIN)/python -X dev -m pytest

.DEFAULT_GOAL := help
.PHONY: help run test unit check format format-check lint types layers bench bench-webmail fuzz docs golden pictures clean services webmail

help:
	@echo "make run      start the lab (several mail domains on this machine) and its page"
	@echo "make test     install everything the tests need, run all of them"
	@echo "make check    what CI runs: format, lint, types, layers, tests"
	@echo "make unit     only the fast tests"
	@echo "make format   reformat the code"
	@echo "make bench    measure, side by side with other servers; prints the table"
	@echo "make bench-webmail  the webmail on an account of 100,000 messages, in a browser"
	@echo "make fuzz     the property tests, much longer"
	@echo "make webmail  build the webmail, if it changed"
	@echo "make docs     write the generated pages of docs/"
	@echo "make pictures write the pictures of docs/ again, by the tests that look at the webmail"
	@echo "make golden   write what comes out of each case of tests/golden; read the difference"
	@echo "make clean    remove the environment and all caches"

$(READY): pyproject.toml hatch_build.py tools/make_venv.sh
	@sh tools/make_venv.sh "$(PYTHON)"
	@touch $@

# The webmail is built when its sources are newer than what was built.
webmail: $(READY)
	@$(BIN)/python tools/build_webmail.py

run: $(READY) webmail
	@$(BIN)/pillarbox lab $(LAB)

services:
	@sh tools/services.sh test

test: $(READY) services webmail
	$(PYTEST) -q -n 2 --dist loadgroup -m "not e2e"
	$(PYTEST) -q -m e2e

unit: $(READY)
	$(PYTEST) -q -m "not e2e and not slow and not postgres and not interop"

check: format-check lint types layers test

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

format-check: $(READY)
	$(BIN)/ruff format --check .

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/codespell src tests docs bench tools *.md

types: $(READY)
	$(BIN)/mypy

layers: $(READY)
	$(BIN)/lint-imports --no-cache

bench: $(READY)
	@sh tools/services.sh bench
	$(BIN)/pip install -q -e ".[bench]"
	$(BIN)/python -m bench $(BENCH)

bench-webmail: $(READY) services webmail
	$(BIN)/python -m bench.webmail $(BENCH)

pictures: $(READY) services webmail
	PILLARBOX_PICTURES=docs/img $(PYTEST) -q -m e2e tests/webmail/test_pictures.py

fuzz: $(READY)
	HYPOTHESIS_PROFILE=deep $(PYTEST) -q -m property

docs: $(READY)
	$(BIN)/python tools/rfc_index.py
	$(BIN)/python tools/config_docs.py
	$(BIN)/python tools/checks_docs.py
	$(BIN)/python tools/jmap_types.py

golden: $(READY)
	$(BIN)/python tools/golden.py

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist build lab-state
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
