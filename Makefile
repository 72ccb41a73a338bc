# Everything here sets itself up in .venv on a machine that has Python 3.11 or newer.
#
#   make run     check the features on the embedded cluster; ARGS="…" goes to kubeproof run
#   make prove  show that every scenario can fail; ARGS="…" goes to kubeproof prove
#   make test    check kubeproof itself: style, types, imports, tests
#   make bench   print the figures, beside a description of the machine
#   make docs    write anew what stands in docs/ about faults, phrases and coverage

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
ARGS   ?=
READY  := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help setup run prove mutate test check unit bench docs clean

help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/'

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "kubeproof needs Python 3.11 or newer; name one with PYTHON=…"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt --editable '.[dev]'
	@touch $@

setup: $(READY) ## make the virtual environment

run: $(READY) ## check the features on the embedded cluster
	@$(BIN)/kubeproof run $(ARGS)

prove: $(READY) ## show that every scenario can fail, for the right reason
	@$(BIN)/kubeproof prove $(ARGS)

test: check unit ## check kubeproof itself

check: $(READY) ## style, types, and which module may import which
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/pyright
	PYTHONPATH=. $(BIN)/lint-imports

unit: $(READY) ## the tests of kubeproof itself
	$(BIN)/python -m pytest tests -n 2 --dist loadfile -q

mutate: $(READY) ## change the checks' own code and see whether the tests notice
	@$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt --editable '.[mutation]'
	$(BIN)/python tools/mutate.py $(ARGS)
	$(if $(ARGS),,$(BIN)/python tools/mutate_thens.py)

bench: $(READY) ## print the figures, beside a description of the machine
	$(BIN)/python benchmarks/all.py

docs: $(READY) ## write anew what stands in docs/ about faults, phrases and coverage
	$(BIN)/python -m kubeproof.faults.table docs/faults.md
	$(BIN)/python -m kubeproof.cluster.quirks_table docs/quirks.md
	$(BIN)/kubeproof docs --steps -o docs/steps.md
	$(BIN)/kubeproof docs --coverage --from docs/verdicts.json -o docs/coverage.md

clean: ## remove what was made here
	rm -rf $(VENV) report build
