# Two commands for everybody: `make demo` and `make test`. The others are for those who change Backstop.
PYTHON ?= python3
VENV := .venv
READY := $(VENV)/.ready
RUN := $(VENV)/bin/python -m

.PHONY: demo test lint types contracts check reference accuracy clean

demo: $(READY)
	@$(RUN) bot demo

test: $(READY)
	$(RUN) pytest -n 2 --dist loadfile

lint: $(READY)
	$(RUN) ruff check .
	$(RUN) ruff format --check .

types: $(READY)
	$(RUN) mypy

contracts: $(READY)
	$(VENV)/bin/lint-imports

check: $(READY)
	@$(RUN) bot check

reference: $(READY)
	$(RUN) bot reference

accuracy: $(READY)
	@$(RUN) sandbox.accuracy

clean:
	rm -rf $(VENV)

# Everything is pinned with hashes; the environment is made anew when the pins change.
$(READY): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; say make PYTHON=…"; exit 1; }
	@echo "Making the environment in $(VENV) and installing pinned packages (once, about half a minute) …"
	@$(PYTHON) -m venv $(VENV)
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	@touch $(READY)
