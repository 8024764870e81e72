# Everything runs in the environment .venv, which is made and kept up to date as needed.
# `make` alone lists the targets. Another port: make up PORT=8001

PORT ?= 8000
PYTHON := .venv/bin/python
MANAGE := $(PYTHON) manage.py
PYTEST := $(PYTHON) -m pytest
# For every platform and Python from 3.11 on. Versions that are locked stay until the .txt or
# UPGRADE asks for others: make lock UPGRADE=--upgrade
COMPILE := .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --annotation-style line --custom-compile-command "make lock" $(UPGRADE)
# Each process has servers and a database of its own. Many tests wait for servers that start and
# end: one process more than there are processors.
PROCESSES := $(shell python3 -c 'import os; print(min(4, (os.cpu_count() or 1) + 1))')
SPREAD := -n $(PROCESSES) --dist worksteal
# People who listen do not share their processor with much else.
BROWSERS := -n $(shell python3 -c 'import os; print(min(2, os.cpu_count() or 1))') --dist loadfile

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev lock demo up test test-sqlite test-postgres test-browser check bench clean

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' Makefile

setup: .venv/runtime.stamp node_modules/setup.stamp ## make the environment, nothing else

setup-dev: .venv/dev.stamp node_modules/setup.stamp ## the same, with what tests and checks need

lock: setup-dev ## requirements*.lock anew, after a change of requirements*.txt
	$(COMPILE) requirements.txt --output-file requirements.lock
	$(COMPILE) requirements-dev.txt --constraints requirements.lock \
		--output-file requirements-dev.lock

demo: setup ## set up, make something to listen to, and start
	@bin/check-directory
	@LOG_LEVEL=$${LOG_LEVEL:-WARNING} $(MANAGE) demo
	@$(MANAGE) up --port $(PORT)

up: setup ## start queue, workers and web server; Ctrl-C ends them
	@bin/check-directory
	@$(MANAGE) up --port $(PORT)

test: setup-dev ## all tests, on SQLite and again on PostgreSQL
	@bin/find-chromium
	@began=$$(date +%s) && $(MAKE) --no-print-directory test-sqlite test-postgres test-browser && \
		echo "All tests took $$(($$(date +%s) - began)) seconds."

test-sqlite: setup-dev # killing workers is tried where production runs: on PostgreSQL
	TEST_DATABASE=sqlite $(PYTEST) $(SPREAD) -m "not load and not kill and not long and not browser"

test-browser: setup-dev # not beside the others, which would make people wait
	TEST_DATABASE=sqlite $(PYTEST) $(BROWSERS) -m browser

test-postgres: setup-dev # a browser and these rooms see no database; the house has one of its own
	TEST_DATABASE=postgres $(PYTEST) $(SPREAD) -m "not load and not browser" \
		--ignore=tests/audio --ignore=tests/providers --ignore=tests/storage \
		--ignore=tests/test_up.py --ignore=tests/test_house.py

check: setup-dev ## style, types, rooms and migrations
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	.venv/bin/lint-imports
	$(MANAGE) makemigrations --check --dry-run
	$(MANAGE) check

bench: setup-dev ## measure: ratios, each taken in one run
	TEST_DATABASE=postgres $(PYTEST) tests/load -m load -s

clean: ## remove the environment and caches; var/ and output/ hold data and stay
	rm -rf .venv node_modules staticfiles test-results .pytest_cache .mypy_cache .ruff_cache \
		.import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/runtime.stamp: requirements.lock
	@bin/check-directory
	@bin/make-environment requirements.lock
	@touch $@

.venv/dev.stamp: requirements-dev.lock
	@bin/check-directory
	@bin/make-environment requirements-dev.lock
	@touch $@ .venv/runtime.stamp

node_modules/setup.stamp: package.json package-lock.json
	@bin/fetch-modules
	@touch $@
