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
QUICK := not load and not kill and not long and not browser
# PostgreSQL, where production runs, is the database of all tests. SQLite runs again what it may do
# otherwise: migrations (every session makes its database with them), constraints, conditional
# updates, writers at the same time, statements with very many values, search, JSON, whole stories.
# The browser tests and `up` run on SQLite only. What reads no database runs once, there too.
WITHOUT_DATABASE := tests/audio tests/providers tests/storage \
	$(addprefix tests/test_,house.py scripts.py templates.py up.py valkey.py)
ON_SQLITE := $(WITHOUT_DATABASE) tests/flows tests/upgrade tests/test_demo.py \
	tests/accounts tests/audit tests/catalog tests/work \
	$(addprefix tests/voices/test_,samples.py services.py syncing.py) \
	$(addprefix tests/takes/test_,board_frame.py deriving.py engine.py import_tree.py left_out.py \
		pages.py previews.py ranking.py ranking_property.py) \
	$(addprefix tests/review/test_,approving.py clip_states.py clip_table.py drafting.py \
		judging.py reviewers.py winners.py)
# People who listen do not share their processor with much else.
BROWSERS := -n $(shell python3 -c 'import os; print(min(2, os.cpu_count() or 1))') --dist loadfile

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev lock demo up test test-js test-sqlite test-postgres test-browser check benchmark clean

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' Makefile

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

test: setup-dev ## all tests; those of one app, in a minute: make test APP=takes
ifdef APP
	TEST_DATABASE=postgres $(PYTEST) $(SPREAD) -m "$(QUICK)" tests/$(APP)
else
	@bin/find-chromium
	@began=$$(date +%s) && $(MAKE) --no-print-directory test-js test-sqlite test-postgres test-browser && \
		echo "All tests took $$(($$(date +%s) - began)) seconds."
endif

test-js: node_modules/setup.stamp # the browser's modules, without a browser
	node tests/js/run.mjs

test-sqlite: setup-dev
	TEST_DATABASE=sqlite $(PYTEST) $(SPREAD) -m "$(QUICK)" $(ON_SQLITE)

test-browser: setup-dev # not beside the others, which would make people wait
	TEST_DATABASE=sqlite $(PYTEST) $(BROWSERS) -m browser

test-postgres: setup-dev # with the tests that kill workers and those that take long
	TEST_DATABASE=postgres $(PYTEST) $(SPREAD) -m "not load and not browser" \
		$(WITHOUT_DATABASE:%=--ignore=%)

check: setup-dev ## style, types, templates, rooms and migrations
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	.venv/bin/djhtml --check --tabwidth 2 templates
	.venv/bin/lint-imports
	$(MANAGE) makemigrations --check --dry-run
	$(MANAGE) check

benchmark: setup-dev ## measure: ratios, each taken in one run
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
