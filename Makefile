PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PEERS := build/bench-peers
export PREFECT_SERVER_ANALYTICS_ENABLED := false
export DO_NOT_TRACK := 1

.PHONY: help demo test lint bench lock vendor

help: ## Show what can be made
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	touch $@

demo: $(READY) ## Simulate an archive and run the service over it (build/demo); SERVE=1: watch it
	rm -rf build/demo
	$(BIN)/s2gm --home build/demo demo $(if $(SERVE),--serve)

test: $(READY) ## Run all tests
	$(BIN)/python -m pytest

lint: $(READY) ## Check format, lint, types and import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	PYTHONPATH=. $(BIN)/lint-imports

$(PEERS)/.ready: benchmarks/peers.lock
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r benchmarks/peers.lock
	touch $@

bench: $(READY) $(PEERS)/.ready ## Measure kernels, store, pipeline, recomposition, formats and the hub's pages beside peers and the machine's limit
	$(BIN)/python -m benchmarks.kernels
	$(BIN)/python -m benchmarks.store
	$(BIN)/python -m benchmarks.pipeline
	$(BIN)/python -m benchmarks.incremental
	$(BIN)/python -m benchmarks.formats $(BENCH_FORMATS)
	$(BIN)/python -m benchmarks.dashboard $(BENCH_DASHBOARD)
	$(BIN)/python -m benchmarks.goals

lock: $(READY) ## Resolve requirements.lock and benchmarks/peers.lock anew
	$(BIN)/uv pip compile --universal --python-version 3.11 --extra dev --generate-hashes \
		--no-emit-index-url --no-header --upgrade -q -o requirements.lock pyproject.toml
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --upgrade -q -o benchmarks/peers.lock benchmarks/peers.in

vendor: ## Fetch what the hub's pages use of others, checked against infra/vendor/package-lock.json
	cd infra/vendor && npm ci --ignore-scripts --no-audit --no-fund --omit=dev
	$(PYTHON) infra/vendor/gather.py
