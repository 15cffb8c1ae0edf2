# Everything a newcomer types. GNU make 3.81 and newer, Linux and macOS; Windows through WSL.

VENV := .venv
PY := $(VENV)/bin/python
SETUP = python=$$(tools/pick-python $(VENV)) && "$$python" -I tools/setup.py
UV ?= uv
EXPORT := $(UV) export --quiet --frozen --no-emit-project --no-header --format requirements.txt
SOURCES := daemon research tests tools
# Whole files at once, as many as there are cores; the many short ones come last and even out who is done first.
AT_ONCE := --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder
fresh := $(if $(filter-out 0 no,$(FRESH)),--fresh)

export PYTHON
# Tests, benches and the daemon share compiled kernels, and a checkout that is read-only elsewhere can still start.
export NUMBA_CACHE_DIR ?= $(CURDIR)/.cache/numba

.DEFAULT_GOAL := help
.PHONY: help page browser run test test-long bench bench-setup reference lock clean setup setup-dev

help: ## say what can be made
	@echo 'finantrade: make TARGET'
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1|\2/p' Makefile | awk -F'|' '{printf "  %-13s %s\n", $$1, $$2}'

run: setup page ## set up, then trade bundled data on paper at http://127.0.0.1:8080 (FRESH=1: a new session)
	@exec $(VENV)/bin/finantrade run -c config/demo.yml --state state $(fresh)

test: setup-dev page browser ## set up, then lint, type check and test, the page too: minutes
	$(VENV)/bin/ruff check $(SOURCES)
	$(VENV)/bin/ruff format --check $(SOURCES)
	$(VENV)/bin/basedpyright
	SEEDS=small $(PY) -m pytest -m 'not long' $(AT_ONCE)

test-long: setup-dev page browser ## every test with many seeds, on every Python here; goes on where it was stopped (FRESH=1: from the start)
	@$(PY) tools/long_tests.py $(fresh)

bench: setup-dev page ## print the figures
	@$(PY) -m tests.bench $(ARGS)

bench-setup: setup-dev ## build the rivals that `make bench` compares with, each in an environment of its own
	@$(PY) -m tests.bench.setup $(ARGS)

reference: setup-dev ## write docs/features anew: pages of all features, with a picture of each
	@$(VENV)/bin/finantrade features reference --out docs/features

setup: ## install what is needed to run
	@$(SETUP) run

page: ## build the page where its sources have changed and there is Node 20
	@$(PY) tools/page.py

browser: ## find a browser for the tests; install one with apt where CI or INSTALL_BROWSER=1 asks for it
	@$(PY) tools/browser.py

setup-dev: ## install what is needed to develop
	@$(SETUP) dev

lock: ## move the pins to the newest permitted versions (needs uv)
	@command -v $(UV) >/dev/null || { echo 'expected uv, found none: pip install uv, or make lock UV=/path/to/uv' >&2; exit 1; }
	$(UV) lock --upgrade
	$(EXPORT) --no-dev --output-file requirements.txt
	$(EXPORT) --only-dev --output-file requirements-dev.txt
	$(EXPORT) --only-group build --output-file requirements-build.txt

clean: ## remove what was set up and cached; state/ with its journals stays
	rm -rf $(VENV) ui/out ui/.next ui/node_modules .cache .pytest_cache .ruff_cache .hypothesis build dist
	find $(SOURCES) -type d -name __pycache__ -prune -exec rm -rf {} +
