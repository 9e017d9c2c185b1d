# Everything a person does with this project: `make help` lists it. Needs Python 3.11 with venv, and nothing else.

SHELL := /bin/sh
PYTHON ?= python3.11
PORT ?= 8080
VENV := .venv
PY := $(VENV)/bin/python
LOGS := var/log

# The stamp bears what it was made from, so that a second `make` installs nothing, and a change of the list or a lost interpreter all
REQUIREMENTS := $(shell cat requirements-dev.txt requirements-exchange.txt | cksum | tr -d ' ')
INTERPRETER := $(shell $(PY) -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null || echo none)
STAMP := $(VENV)/.installed-$(REQUIREMENTS)-$(INTERPRETER)

# Another environment's settings must not reach into ours
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV
PIP := $(PY) -m pip --disable-pip-version-check --no-input --retries 2 --quiet
export PIP_USER := 0
# pip and npm keep what they fetched under HOME; without a usable one they would fill the current folder, or complain
ifneq ($(shell [ -n "$$HOME" ] && [ -d "$$HOME" ] && [ -w "$$HOME" ] && echo usable),usable)
export HOME := $(CURDIR)/var/home
endif

WITH_SERVICES := $(PY) -m balancer.embedded run --ephemeral --
# For tools that load the settings and ask nothing of a database
WITHOUT_SERVICES := DATABASE_URL=postgres://none@127.0.0.1:1/none REDIS_URL=redis://127.0.0.1:1/0
IN_PRODUCTION := NODE_ENV=production SECRET_KEYS="check:$$(head -c 32 /dev/urandom | base64)" \
	RECEIPT_SIGNING_KEY="check:$$(head -c 32 /dev/urandom | base64)" \
	DJANGO_SECRET_KEY="$$(head -c 60 /dev/urandom | base64 -w 0)" JWT_SECRET="$$(head -c 60 /dev/urandom | base64 -w 0)"
COMPILE := $(PY) -m piptools compile --quiet --no-header --strip-extras --allow-unsafe --no-emit-options --no-emit-index-url \
	--no-emit-find-links --no-emit-trusted-host

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-all prove prove-reduced soak fuzz bench bench-curve bench-sockets prove-followers lint format contracts sdk requirements audit stop clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(STAMP) ## make the virtual environment and install the pinned requirements

demo: setup ## start everything, swap in both directions, keep serving (PORT=8081; ONCE=1 ends after the swaps)
	@$(PY) -m balancer.embedded run -- $(PY) manage.py demo --port $(PORT) $(if $(ONCE),--once)

test: setup ## run the unit and the integration tests, ten minutes or a few more on two cores (ARGS="-k name" for some)
	@$(PY) -m pytest tests/unit tests/integration -m "not slow and not browser" --numprocesses auto --dist loadfile $(ARGS)

test-all: setup ## run every test, those of the whole service and in a browser too
	@$(PY) -m pytest tests $(ARGS)

prove: setup ## the whole proofs: every state, every guard changed, every death, every fault (an hour or more)
	@$(WITHOUT_SERVICES) $(PY) manage.py model
	@$(WITHOUT_SERVICES) $(PY) manage.py model --mutate
	@$(WITH_SERVICES) $(PY) manage.py crashmatrix
	@$(WITH_SERVICES) $(PY) manage.py faultmatrix

prove-reduced: setup ## the same in a form of less than three minutes
	@$(WITHOUT_SERVICES) $(PY) manage.py model --reduced
	@$(WITH_SERVICES) $(PY) manage.py crashmatrix --reduced
	@$(WITH_SERVICES) $(PY) manage.py faultmatrix --reduced

soak: setup ## swaps by the hundred while any process is killed (SWAPS=500 SEED=1)
	@$(WITHOUT_SERVICES) $(PY) manage.py soak --swaps $(or $(SWAPS),500) $(if $(SEED),--seed $(SEED))

lint: setup ## check style, types, layers, migrations, and the settings of a deployment
	@$(PY) -m ruff check --quiet .
	@$(PY) -m ruff format --quiet --check . || { echo "make: some files are not formatted: run make format" >&2; exit 1; }
	@$(WITHOUT_SERVICES) $(PY) -m mypy
	@$(VENV)/bin/lint-imports --no-logo
	@$(WITH_SERVICES) $(PY) manage.py makemigrations --check --dry-run
	@$(IN_PRODUCTION) $(WITHOUT_SERVICES) $(PY) manage.py check --deploy --fail-level WARNING

format: setup ## let ruff mend what it can
	@$(PY) -m ruff check --quiet --fix . ; $(PY) -m ruff format --quiet .

contracts: setup ## build the contracts from their sources (the NEAR ones need Debian's rustc)
	@$(PY) -m devnet.evm.prepare --contracts
	@sh contracts/near/build.sh

bench: setup ## measure the REST calls beside plain Django and beside no Django (three minutes)
	@$(PY) -m tests.bench.rest

bench-curve: setup ## measure the auction's arithmetic beside an empty call
	@$(PY) -m tests.bench.curve

bench-sockets: setup ## measure followers beside bare ASGI (FOLLOWERS=1000)
	@FOLLOWERS=$(or $(FOLLOWERS),1000) $(PY) -m tests.bench.sockets

prove-followers: setup ## every update reaches every follower while web and Valkey are killed (FOLLOWERS=1000)
	@FOLLOWERS=$(or $(FOLLOWERS),1000) $(PY) -m pytest tests/e2e/test_followers.py -s

fuzz: setup ## play every call of the API by its description (API_CASES=200 for each)
	@API_CASES=$(or $(API_CASES),200) $(PY) -m pytest tests/integration/api/test_schemathesis.py $(ARGS)

sdk: setup ## make what is generated in the SDKs anew
	@$(WITHOUT_SERVICES) $(PY) sdk/generate.py

requirements: setup ## pin the requirements anew from requirements.in and requirements-dev.in
	@$(COMPILE) --output-file requirements.txt requirements.in
	@$(COMPILE) --constraint requirements.txt --output-file requirements-dev.txt requirements-dev.in

audit: setup ## look for known vulnerabilities in what we depend on
	@$(PY) -m pip_audit --requirement requirements.txt --no-deps --disable-pip

stop: ## stop the embedded PostgreSQL and Valkey
	@if [ -x $(PY) ]; then $(PY) -m balancer.embedded stop; fi

clean: ## stop the services and remove everything that was made here, their data too
	@if [ -x $(PY) ]; then $(PY) -m balancer.embedded remove; fi
	@rm -rf $(VENV) var staticfiles contracts/evm/node_modules contracts/near/target sdk/typescript/node_modules sdk/typescript/dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -prune -exec rm -rf {} +

$(STAMP): requirements-dev.txt requirements-exchange.txt
	@command -v "$(PYTHON)" >/dev/null || { \
		echo "make: there is no $(PYTHON) here: install Python 3.11 (Debian: apt-get install python3.11-venv)," \
			"or name yours: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { \
		echo "make: $(PYTHON) is not Python 3.11: name one that is, make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@mkdir -p $(LOGS) "$$HOME"
	@[ "$(INTERPRETER)" != none ] && $(PY) -m pip --version >/dev/null 2>&1 || { \
		echo "Making the virtual environment $(VENV)"; \
		"$(PYTHON)" -m venv --clear $(VENV) >$(LOGS)/setup.log 2>&1 || { rm -rf $(VENV); \
			echo "make: $(PYTHON) could not make a virtual environment: install its venv module" \
				"(Debian: apt-get install python3.11-venv); its words are in $(LOGS)/setup.log" >&2; exit 1; }; }
	@echo "Installing the pinned requirements (about a minute, only when they change)"
	@{ $(PIP) install -r requirements-dev.txt && $(PIP) install --no-deps -r requirements-exchange.txt; } >$(LOGS)/setup.log 2>&1 || { grep -E '^ERROR' $(LOGS)/setup.log | tail -n 3 >&2; \
		echo "make: the requirements could not be installed: is the package registry within reach?" \
			"pip's words are in $(LOGS)/setup.log" >&2; exit 1; }
	@rm -f $(VENV)/.installed-*
	@touch $(VENV)/.installed-$(REQUIREMENTS)-$$($(PY) -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])')
