# One way in: every command of the project. `make help` lists them.

PAIR    ?= $(shell awk '!/^#/ { print $$1; exit }' requirements/pairs.txt)
PAIRS   ?= $(shell awk '!/^#/ { print $$1 }' requirements/pairs.txt)
PYTHON  ?=
PORT    ?= 8000
# Processes that share the tests: one for each core, at most four; 0 keeps them all in this one.
WORKERS ?= $(shell getconf _NPROCESSORS_ONLN 2>/dev/null | awk '{ print ($$1 > 4) ? 4 : ($$1 > 1) ? $$1 : 0 }')
ARGS    ?=

BIN    := .venv/bin
PYTEST := $(BIN)/python -m pytest

# Tests start some hundred servers: one that may not keep what it compiles takes 3.4 s of CPU to start, not 1.3 s.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help venv demo test system lint types layers pytest soak live guards sql-check sql-update test-matrix other-pairs \
        coverage bench bench-full bench-report bench-lock peers bench-auth bench-accounts bench-read bench-async \
        bench-streams bench-jobs bench-check bench-baseline format lock clean

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

venv: ## Build .venv, if pyproject.toml or its pins have changed (PYTHON=... chooses the interpreter)
	@requirements/venv.sh .venv $(PAIR) $(PYTHON)

demo: venv ## Start the bookshop with 2,000 books on http://127.0.0.1:8000 (PORT=... for another port)
	@cd examples/bookshop && ../../$(BIN)/python manage.py migrate --verbosity 0 \
	  && ../../$(BIN)/python manage.py seed --books 2000 --if-empty \
	  && ../../$(BIN)/python manage.py add_people \
	  && ../../$(BIN)/python manage.py add_orders \
	  && ../../$(BIN)/python manage.py add_clients \
	  && export SITE_URL="$${SITE_URL:-http://127.0.0.1:$(PORT)}" \
	  && exec ../../$(BIN)/python manage.py serve --host 127.0.0.1 --port $(PORT)

test: system lint types layers pytest ## Everything that must hold before a commit

system: venv ## Install what the tests need from the system, or name it
	@requirements/system.sh $(BIN)/python
	@requirements/system.sh $(BIN)/python nginx || echo "system: tests behind nginx are left out" >&2
	@requirements/system.sh $(BIN)/python pgbouncer || echo "system: tests behind a transaction pooler are left out" >&2
	@requirements/system.sh $(BIN)/python chromium-headless-shell || echo "system: tests in a browser are left out" >&2

lint: venv ## Check style and formatting
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check

format: venv ## Repair style and formatting
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

types: venv ## Check types
	@$(BIN)/mypy

layers: venv ## Check the direction of imports
	@$(BIN)/lint-imports --no-logo

pytest: venv ## Run the tests, golden SQL included, on SQLite and PostgreSQL (ARGS="-k name")
	@$(PYTEST) --numprocesses $(WORKERS) --dist worksteal $(ARGS)

sql-check: venv ## Compare the SQL of every plan with tests/statements
	@$(PYTEST) tests/statements $(ARGS)

sql-update: venv ## Write the SQL of every plan to tests/statements; read the diff before committing it
	@NUAGES_UPDATE_STATEMENTS=1 $(PYTEST) tests/statements $(ARGS)

test-matrix: ## Run the tests for every (Python, Django) pair whose Python is present (PAIRS="name name")
	@requirements/matrix.sh "$(PAIRS)" --numprocesses $(WORKERS) --dist worksteal $(ARGS)

other-pairs:
	@echo $(filter-out $(PAIR),$(PAIRS))

# What is promised of many at once, as long as it is promised: 64 clients, and rounds by the hundred.
soak: system ## Race as many clients as are promised on real servers, for an hour (ARGS="-k sqlite")
	@NUAGES_CLIENTS=64 NUAGES_ROUNDS=50 $(PYTEST) tests/live/test_write_races.py $(ARGS)
	@NUAGES_CLIENTS=64 NUAGES_ROUNDS=200 $(PYTEST) tests/live/test_login_races.py $(ARGS)
	@NUAGES_CLIENTS=64 NUAGES_ROUNDS=50 $(PYTEST) tests/live/test_oauth_races.py $(ARGS)
	@NUAGES_CLIENTS=64 NUAGES_ROUNDS=20 $(PYTEST) tests/live/test_limits.py $(ARGS)
	@$(PYTEST) -s tests/live/soak_logins.py $(ARGS)
	@$(PYTEST) -s tests/live/soak_exports.py $(ARGS)
	@$(PYTEST) -s tests/live/soak_openapi.py $(ARGS)
	@NUAGES_ROUNDS=10000 $(PYTEST) tests/live/test_exports.py -k places $(ARGS)
	@NUAGES_REQUESTS=100000 $(PYTEST) -s tests/live/test_leaks.py $(ARGS)
	@NUAGES_ROUNDS=20 $(PYTEST) tests/live/test_cache.py $(ARGS)
	@NUAGES_CHANGES=10000 $(PYTEST) tests/unit/live/test_feed.py $(ARGS)
	@NUAGES_WRITES=10000 $(PYTEST) tests/live/test_live_lists.py $(ARGS)
	@NUAGES_JOBS=10000 $(PYTEST) -s tests/live/test_jobs.py -k lost $(ARGS)

live: system ## Restart servers, databases and Valkey under load as often as is promised, a quarter of an hour (ARGS="-k nginx")
	@NUAGES_RESTARTS=10 $(PYTEST) tests/live/test_rolling.py tests/live/test_signals.py tests/live/test_drain.py $(ARGS)
	@NUAGES_INTERFACE=asgi NUAGES_RESTARTS=10 $(PYTEST) tests/live/test_rolling.py tests/live/test_signals.py \
	  tests/live/test_drain.py tests/live/test_deaths.py tests/live/test_serve.py tests/live/test_growing.py $(ARGS)
	@NUAGES_KILLS=24 $(PYTEST) tests/live/test_deaths.py $(ARGS)
	@NUAGES_RESTARTS=10 $(PYTEST) -s tests/live/soak_faults.py tests/live/test_database_restarts.py $(ARGS)

guards: venv ## Take each guard away in turn and see its tests turn red, some minutes (ARGS="-k J26")
	@$(PYTEST) --numprocesses $(WORKERS) tests/guards/every_guard.py $(ARGS)

coverage: venv ## Run the tests and show the branches that none of them takes
	@$(PYTEST) --numprocesses $(WORKERS) --cov --cov-report=term $(ARGS)

# The environments of the peers; a Python that is not there leaves out the peers that want it.
peers: venv
	@requirements/system.sh $(BIN)/python postgres wrk
	@benchmarks/requirements/venv.sh .venv-bench-311 py311 3.11
	@benchmarks/requirements/venv.sh .venv-bench-313 py313 3.13 3.12 || [ $$? -eq 3 ]

bench: peers ## Compare with the peers that matter over HTTP, some minutes (ARGS="--peers nuages,drf --workloads W2")
	@$(BIN)/python -m benchmarks.side_by_side $(ARGS)

bench-full: peers ## Compare with every peer and measure every part, for hours (ARGS="--largest 2000000")
	@$(BIN)/python -m benchmarks.side_by_side full $(ARGS)

bench-report: venv ## Write docs/explanation/benchmarks.md from the figures in benchmarks/results
	@$(BIN)/python -m benchmarks.report

bench-lock: ## Choose the newest versions of the peers anew and pin them
	@benchmarks/requirements/lock.sh

bench-auth: venv ## Measure what it costs to find out who asks
	@$(BIN)/python benchmarks/auth.py $(ARGS)

bench-accounts: venv ## Measure whether the time of an answer tells who there is
	@$(BIN)/python benchmarks/equal_times.py $(ARGS)

bench-read: venv ## Measure reads
	@$(BIN)/python benchmarks/read.py $(ARGS)

bench-async: venv ## Measure a thousand coroutines that wait at once
	@$(BIN)/python benchmarks/waiting.py $(ARGS)

bench-streams: venv ## Open a thousand streams on one process and measure what they take
	@$(BIN)/python benchmarks/streams.py $(ARGS)

bench-jobs: peers ## Measure how many jobs are enqueued and run in a second
	@$(BIN)/python benchmarks/jobs.py $(ARGS)

bench-check: venv ## Compare the instructions and statements of fixed requests with the kept baseline
	@requirements/system.sh $(BIN)/python postgres valgrind
	@$(BIN)/python benchmarks/check/run.py

bench-baseline: venv ## Keep what bench-check measures now as the baseline; commit it with what changed it
	@requirements/system.sh $(BIN)/python postgres valgrind
	@$(BIN)/python benchmarks/check/run.py --keep

lock: ## Choose the newest versions anew and pin them
	@requirements/lock.sh

clean: ## Remove everything that the commands above have made
	rm -rf .venv .venv-* build dist htmlcov .coverage .coverage.* .hypothesis
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	rm -f examples/*/*.sqlite3 examples/*/*.sqlite3-*
	find src tests examples benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
