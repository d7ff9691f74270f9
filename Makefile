# make demo, make test: all that a fresh clone needs. Without make, see "plain pip" in README.md.
# VENV=folder and PYTHON=interpreter choose another environment, e.g. make test VENV=.venv-3.12 PYTHON=python3.12

VENV ?= .venv
RUN := $(VENV)/bin
PIP_INSTALL := $(RUN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
USABLE := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))

.PHONY: help demo test test-all lint bench soak dashboard docs clean

help:
	@echo "make demo       compare four strategies for five villages; tables, figures and report in out/demo"
	@echo "make dashboard  the same questions on a page in the browser"
	@echo "make test       the quick tests;  make test-all: the slow ones and those in a browser as well"
	@echo "make docs       the documentation as pages in build/docs; they need no internet"
	@echo "make lint       ruff, floors, mypy;   make bench: the speed figures, as JSON;    make clean: remove what can be made again"

demo: $(VENV)/.installed-plain
	$(RUN)/alliances compare jinxi --strategies none,strong_leads_weak,industry_chain,area_integration --runs 500 --seed 1 --out out/demo

test: $(VENV)/.installed-all
	$(RUN)/python -m pytest -m "not slow and not browser" -n 2 --dist loadfile --durations 5

# What takes real processes, Dask and a browser is tried a second time before it counts as failed: a busy machine can be late.
# In the browser, what is timed or counts memory (slow) has the machine to itself.
AGAIN := --last-failed --last-failed-no-failures none -rs
test-all: test
	$(RUN)/python -m pytest -m "slow and not browser" -n 2 --dist loadfile --durations 5 -rs || $(RUN)/python -m pytest -m "slow and not browser" $(AGAIN)
	$(RUN)/python -m pytest -m "browser and not slow" -n 2 --dist loadfile --durations 5 -rs || $(RUN)/python -m pytest -m "browser and not slow" $(AGAIN)
	$(RUN)/python -m pytest -m "browser and slow" --durations 5 -rs || $(RUN)/python -m pytest -m "browser and slow" $(AGAIN)

lint: $(VENV)/.installed-all
	$(RUN)/ruff check .
	$(RUN)/ruff format --check .
	$(RUN)/python -m pytest tests/test_floors.py tests/test_lines.py
	rm -rf build/typed && mkdir -p build/typed/village_alliances
	cd build/typed/village_alliances && ln -s ../../../village_alliances/*.py ../../../sim ../../../calibration ../../../experiments ../../../interface ../../../wording .
	$(RUN)/mypy

bench: $(VENV)/.installed-all
	$(RUN)/python -m benchmarks --json

# A long look for what ends badly: mutated inputs, flipped bits, hostile inputs, kills, scenarios and posteriors made up at random. MINUTES=30
MINUTES ?= 30
soak: $(VENV)/.installed-all
	$(RUN)/python -m benchmarks.soak --minutes $(MINUTES) --rounds 1000000
	$(RUN)/python -m benchmarks.bounds
	$(RUN)/python -m benchmarks.kills --kills 4
	HYPOTHESIS_PROFILE=soak $(RUN)/python -m pytest tests/interface/test_checked_runs.py tests/sim/test_posterior.py -m "not slow"

dashboard: $(VENV)/.installed-dashboard
	$(RUN)/alliances dashboard

# What cannot be linked, read or executed fails.
docs: $(VENV)/.installed-docs
	$(RUN)/python -m sphinx --fail-on-warning --keep-going --fresh-env -b html -d build/docs-cache docs build/docs
	@echo "Read it: build/docs/index.html"

clean:
	rm -rf build dist out/demo *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path "./.venv*" -type d -prune -exec rm -rf {} +

# The environment. Stamps make a second call quick; new requirements make them stale.

$(VENV)/.installed-plain: EXTRAS :=
$(VENV)/.installed-dashboard: EXTRAS := [dashboard]
$(VENV)/.installed-docs: EXTRAS := [docs]
$(VENV)/.installed-all: EXTRAS := [dashboard,dask,dev,docs,recipes,tables]

$(VENV)/.installed-%: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "Installing village-alliances$(EXTRAS) into $(VENV); the first time this takes a few minutes ..."
	@$(PIP_INSTALL) --editable ".$(EXTRAS)"
	@touch $@

$(VENV)/bin/python:
	@for candidate in $(PYTHON) python3.11 python3.12 python3.13 python3; do \
	    if $$candidate -c "$(USABLE)" 2>/dev/null; then \
	        echo "Creating $(VENV) with $$candidate ($$($$candidate --version))"; \
	        exec $$candidate -m venv --clear $(VENV); \
	    fi; \
	done; \
	echo "No Python 3.11 or newer with venv was found. Install one (Debian, Ubuntu: apt-get install python3-venv)" >&2; \
	echo "or name one: make PYTHON=/path/to/python3" >&2; exit 1
