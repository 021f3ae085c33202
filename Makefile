# Two commands on a fresh machine (Python 3.11 or later, make):
#   make plan   installs hubselect and solves the base scenario on the shipped data
#   make test   installs what tests need and runs them
PYTHON ?= python3
SCENARIO ?= tech-valley-2030
OUTPUT ?= plan

RUN := .venv
TEST := .venv-test
PEERS := .venv-peers

.PHONY: plan test test-slow lint types imports bench peers bench-locate bench-growth bench-ablation \
	bench-plain bench-province bench-sweep clean

plan: $(RUN)/ready
	$(RUN)/bin/hubselect solve $(SCENARIO) --output $(OUTPUT)

test: $(TEST)/ready
	$(TEST)/bin/python -m pytest -n 2 -m "not slow"

test-slow: $(TEST)/ready
	$(TEST)/bin/python -m pytest -m slow

lint: $(TEST)/ready
	$(TEST)/bin/ruff check .
	$(TEST)/bin/ruff format --check .

types: $(TEST)/ready
	$(TEST)/bin/mypy

imports: $(TEST)/ready
	$(TEST)/bin/lint-imports

peers: $(PEERS)/ready

# published location instances beside other solvers; HUBSELECT_INSTANCES names their folder
bench-locate: $(TEST)/ready $(PEERS)/ready
	$(TEST)/bin/python -m benchmarks.locate

$(PEERS)/ready: $(wildcard benchmarks/peers/*.txt)
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check $(^:%=-r %)
	touch $@

bench: $(TEST)/ready
	$(TEST)/bin/python benchmarks/scenarios.py

# the plain model by HiGHS and CBC beside ours, at region level
bench-plain: $(TEST)/ready
	$(TEST)/bin/python -m benchmarks.plain

# every shipped scenario at province level
bench-province: $(TEST)/ready
	$(TEST)/bin/python -m benchmarks.province

# sweeps beside the same futures from scratch
bench-sweep: $(TEST)/ready
	$(TEST)/bin/python -m benchmarks.sweep

# time and memory against basins × sites; goes on where it stopped
bench-growth: $(TEST)/ready
	$(TEST)/bin/python -m benchmarks.growth

# the search without each of its devices; goes on where it stopped
bench-ablation: $(TEST)/ready
	$(TEST)/bin/python -m benchmarks.ablation

$(RUN)/ready: pyproject.toml
	$(PYTHON) -m venv $(RUN)
	$(RUN)/bin/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(TEST)/ready: pyproject.toml
	$(PYTHON) -m venv $(TEST)
	$(TEST)/bin/python -m pip install --quiet --disable-pip-version-check --editable ".[test,lint,report]"
	touch $@

clean:
	rm -rf $(RUN) $(TEST) $(PEERS) $(OUTPUT) .mypy_cache .ruff_cache .pytest_cache .hypothesis
