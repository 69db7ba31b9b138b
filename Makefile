# Every target builds what it needs in .venv; nothing but Python 3.11+ and make has to be there.
PYTHON ?= python3
BIN := .venv/bin
LANEKEEPER := $(BIN)/python -m lanekeeper
# pip's hash checking is on whenever hashes are given; the lock names every package and its hashes.
export PIP_DISABLE_PIP_VERSION_CHECK = 1
# Python compiles what is used when it is first used: half the install's time otherwise.
PIP := --quiet --no-compile

.PHONY: help demo test check bench soak serve worker call text doctor lint clean
help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

demo: .venv/speech ## a caller rings the store on this machine: watch it in the browser
	$(LANEKEEPER) demo

call: .venv/speech ## ring the store yourself: type the caller's lines
	$(LANEKEEPER) call

text: .venv/runtime ## text the store yourself: type texts, read the replies
	$(LANEKEEPER) text

serve: .venv/runtime ## answer real calls (settings in the environment; see README)
	$(LANEKEEPER) serve

worker: .venv/runtime ## background work beside `serve`, on PostgreSQL
	$(LANEKEEPER) worker

doctor: .venv/runtime ## what is missing or wrong in the configuration
	$(LANEKEEPER) doctor

test: .venv/dev ## the tests, on SQLite and PostgreSQL
	$(BIN)/pytest -n 2 --dist loadgroup

check: .venv/dev lint test ## everything CI runs

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

soak: .venv/dev ## the long suites: 1,000 calls, 100 kills, fuzzing
	$(BIN)/pytest -m soak -p no:xdist

bench: .venv/dev ## what a call costs: latency, CPU, memory, barge-in
	$(BIN)/python -m benchmarks

clean: ## remove the venv and local data
	rm -rf .venv .tools var

# Debian's Python can lack ensurepip: then uv, from the same package index, makes the venv.
.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv .venv || (rm -rf .venv && $(PYTHON) -m pip install --quiet --target .tools uv && .tools/bin/uv venv --seed --python $(PYTHON) .venv)

.venv/runtime: .venv/bin/python requirements.lock
	$(BIN)/pip install $(PIP) --require-hashes -r requirements.lock
	$(BIN)/pip install $(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

# An audible voice for the simulated people; where there is no wheel they babble, and everything else is the same.
.venv/speech: .venv/runtime requirements-speech.lock
	-$(BIN)/pip install $(PIP) --require-hashes -r requirements-speech.lock
	@touch $@

.venv/dev: .venv/runtime requirements-dev.lock
	$(BIN)/pip install $(PIP) --require-hashes -r requirements-dev.lock
	@touch $@
