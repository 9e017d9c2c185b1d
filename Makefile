# Everything a person does with this project. `make help` lists it.

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.requirements-$(shell cat requirements-dev.txt 2>/dev/null | cksum | cut -d' ' -f1)
PORT ?= 8080
PIP := $(BIN)/pip --disable-pip-version-check -q
export PYTHONDONTWRITEBYTECODE ?=

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-all lint contracts requirements audit stop clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

setup: $(STAMP) ## make the virtual environment and install the pinned requirements

$(STAMP): requirements-dev.txt
	@command -v $(PYTHON) >/dev/null || { echo "make: $(PYTHON) is not here: install Python 3.11, or say 'make PYTHON=/path/to/python3.11 ...'"; exit 1; }
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv $(VENV) || { echo "make: $(PYTHON) has no venv: install Debian's python3-venv"; exit 1; }
	@echo "installing the requirements (about a minute, only when they change)"
	@$(PIP) install -r requirements-dev.txt 2>var-pip.log || { grep -v WARNING var-pip.log | tail -n 5; rm -f var-pip.log; \
		echo "make: pip could not install the requirements: is a package registry in reach?"; exit 1; }
	@rm -f var-pip.log $(VENV)/.requirements-* && touch $@

demo: setup ## start everything, swap in both directions, keep serving (ONCE=1 stops after the swaps; PORT=8081)
	@$(BIN)/python manage.py demo --port $(PORT) $(if $(ONCE),--once)

test: setup ## unit and integration tests
	@$(BIN)/python -m pytest tests/unit tests/integration $(ARGS)

test-all: setup ## and the tests of the whole service as processes, in a browser too
	@$(BIN)/python -m pytest tests $(ARGS)

lint: setup ## style, types, layers, deployment checks, migrations
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@DATABASE_URL=postgres://nobody@127.0.0.1/none REDIS_URL=redis://127.0.0.1 $(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python manage.py makemigrations --check --dry-run
	@NODE_ENV=production DJANGO_SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(60))') \
		JWT_SECRET=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(60))') \
		SECRET_KEYS=ci:$$($(BIN)/python -c 'import base64, os; print(base64.b64encode(os.urandom(32)).decode())') \
		$(BIN)/python manage.py check --deploy --fail-level WARNING

contracts: setup ## build the contracts from their sources
	@cd contracts/evm && $(abspath $(BIN)/python) -m devnet.evm.build 2>/dev/null || node build.mjs
	@sh contracts/near/build.sh

requirements: setup ## pin the requirements anew from requirements*.in
	@$(BIN)/pip-compile -q --no-header --strip-extras --no-emit-options --no-emit-index-url --no-emit-find-links -o requirements.txt requirements.in
	@$(BIN)/pip-compile -q --no-header --strip-extras --no-emit-options --no-emit-index-url --no-emit-find-links --constraint requirements.txt -o requirements-dev.txt requirements-dev.in

audit: setup ## known vulnerabilities of what we depend on
	@$(BIN)/pip-audit -r requirements.txt

stop: ## stop the embedded PostgreSQL and Valkey
	@[ ! -x $(BIN)/python ] || $(BIN)/python -m balancer.embedded stop

clean: stop ## remove everything that was made here, data of the embedded services too
	@rm -rf $(VENV) var staticfiles .pytest_cache .mypy_cache .ruff_cache .hypothesis
