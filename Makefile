# Everything a developer does, one word each. `make help` lists them.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r
NPM_CI := ci --ignore-scripts --no-audit --no-fund --loglevel=error --no-update-notifier
UV_COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header \
	--no-emit-index-url --no-emit-find-links --no-strip-extras

# For tools that import the settings but need no server.
NO_DATABASE := DATABASE_URL=off
# What a real installation would have to set; the address is never contacted.
AS_DEPLOYED = DEBUG=false DATABASE_URL=postgres://claimdesk@database.invalid/claimdesk ALLOWED_HOSTS=claimdesk.invalid \
	SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(64))')

.DEFAULT_GOAL := help
.PHONY: help demo run install install-dev test test-ipfs lint bench faults lock clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: install ## start everything and send real orders through it; ONCE=1 ends by itself
	@$(BIN)/python manage.py demo $(if $(ONCE),--once)

run: install ## start the web process and the task queue on the database of DATABASE_URL, or the embedded one
	@$(BIN)/python -m local.run

install: $(VENV)/run.stamp node_modules/.stamp ## what running needs: the venv and a development chain

install-dev: $(VENV)/dev.stamp node_modules/.stamp ## what developing and testing needs on top

test: install-dev ## the whole test suite on real PostgreSQL and real anvil; ARGS= goes to pytest
	@$(BIN)/python -m pytest -n 2 --dist worksteal $(ARGS)

test-ipfs: install-dev tests/ipfs/node_modules/.stamp ## a collection and the uploader against a real IPFS node, js-ipfs, which is installed for it
	@$(BIN)/python -m pytest tests/ipfs $(ARGS)

lint: install-dev contracts/node_modules/.stamp ## style, types, who imports whom, migrations, deploy settings, contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(NO_DATABASE) $(BIN)/mypy .
	@$(BIN)/lint-imports
	@$(NO_DATABASE) $(BIN)/python manage.py makemigrations --check --dry-run
	@$(AS_DEPLOYED) $(BIN)/python manage.py check --deploy --fail-level WARNING
	@scripts/node contracts/build.mjs --check

bench: install-dev ## how many orders a second, and how long one takes; SHORT=1, ONLY=name
	@$(BIN)/python -m bench $(if $(ONLY),--only $(ONLY)) $(if $(SHORT),--short)

faults: install-dev ## kill, cut off and starve a running system, then count the money; ONLY=name, SHORT=1, SOAK=30m
	@$(BIN)/python -m tests.faults $(if $(SHORT),--short) $(if $(SOAK),--soak $(SOAK)) $(if $(TIMES),--times $(TIMES)) $(if $(SEED),--seed $(SEED)) $(ONLY)

lock: $(VENV)/dev.stamp ## write the requirements files anew: exact versions with hashes
	@$(UV_COMPILE) $(UPGRADE) requirements.in -o requirements.txt
	@$(UV_COMPILE) $(UPGRADE) requirements-dev.in -o requirements-dev.txt
	@$(UV_COMPILE) $(UPGRADE) requirements-node.in -o requirements-node.txt

clean: ## remove what was built or cached; the data in var/ stays
	@rm -rf $(VENV) node_modules contracts/node_modules tests/ipfs/node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache \
		.hypothesis .coverage htmlcov

# -- stamps: a file says that a step was done for the present requirements ------------------------------------------

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Claimdesk needs Python 3.11 or newer; name one: make PYTHON=python3.11" >&2; exit 1; }
	@echo "creating $(VENV)" >&2
	@$(PYTHON) -m venv $(VENV)

$(VENV)/run.stamp: requirements.txt | $(BIN)/python
	@echo "installing requirements.txt" >&2
	@$(PIP_INSTALL) requirements.txt
	@touch $@

$(VENV)/dev.stamp: requirements-dev.txt | $(VENV)/run.stamp
	@echo "installing requirements-dev.txt" >&2
	@$(PIP_INSTALL) requirements-dev.txt
	@touch $@

# Whoever sets ANVIL_BIN needs no npm.
node_modules/.stamp: package-lock.json | $(VENV)/run.stamp
	@if [ -z "$$ANVIL_BIN" ]; then echo "installing anvil" >&2; scripts/npm $(NPM_CI) >&2; fi
	@mkdir -p node_modules && touch $@

tests/ipfs/node_modules/.stamp: tests/ipfs/package-lock.json | $(VENV)/run.stamp
	@echo "installing js-ipfs (308 MB)" >&2
	@scripts/npm --prefix tests/ipfs $(NPM_CI) >&2
	@touch $@

contracts/node_modules/.stamp: contracts/package-lock.json | $(VENV)/run.stamp
	@echo "installing the contract compiler" >&2
	@scripts/npm --prefix contracts $(NPM_CI) >&2
	@touch $@
