# The intake router. `make` alone prints what there is.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
PEERS := .venv-peers
TRAIN := .venv-train
HELD := $(addprefix bench/letters/,w x)
LETTERS ?= $(HELD)
DATA ?= ../shared/pii_data
MINUTES ?= 5
BIN := $(VENV)/bin
PAGES := intake/web/static/uswds/pages.css
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help setup run test soak fuzz check format lock bench bench-road bench-growth bench-scale bench-rules bench-flame \
  bench-pii train clean

help: ## this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: $(VENV)/.ready $(PAGES) ## everything a fresh machine lacks; afterwards .venv/bin/intake works

run: setup ## start it all with the sample letters; Ctrl-C stops it
	@exec $(BIN)/intake up --samples

test: setup ## every test, against a real Redis, PostgreSQL and browser; WHOLE=1 leaves no case out
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || \
	  echo "NOTE: no Chromium here, so the page tests are skipped; install Debian's package chromium to run them."
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

soak: setup ## all the trouble there is, at random, for MINUTES= (SEED= makes the same choices again)
	@$(BIN)/python -m tests.soak --minutes $(MINUTES) $(if $(SEED),--seed $(SEED))

fuzz: setup ## mutants of letters, rules and SMTP talks for MINUTES= (SEED= does a run again)
	@$(BIN)/python -m tests.fuzz --minutes $(MINUTES) $(if $(SEED),--seed $(SEED))

check: setup ## types, style, and the rules file
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/intake rules check

format: setup ## put the style right
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

bench: setup ## in short: routing, tagging, and the road beside Postfix
	@$(BIN)/python -m bench.routing bench/letters/t
	@$(BIN)/python -m bench.tagging bench/letters/w
	@$(BIN)/python -m bench.road --letters 400 --rounds 1

bench-road: setup ## the race against a private Postfix (root, Debian's package postfix); LETTER= another mail
	@$(BIN)/python -m bench.road $(if $(LETTER),--letter $(LETTER))

bench-growth: setup ## a million stored tickets, 100,000 letters, a backlog of 50,000: an hour
	@$(BIN)/python -m bench.growth

bench-scale: setup ## two hosts with workers beside one, in network namespaces
	@$(BIN)/python -m bench.scale

bench-rules: setup ## ten to ten thousand rules, letters of 1 kB to 1 MB
	@$(BIN)/python -m bench.rules

bench-flame: setup ## flame pictures of the door and a worker (needs py-spy)
	@$(BIN)/python -m bench.flame

bench-pii: $(PEERS)/.ready ## the tagger beside Presidio and DataFog, on labelled LETTERS= (DATA= teaches spaCy names)
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(PEERS)/bin/python -m bench.peers $(LETTERS) --data $(DATA) $(if $(SPACY),--spacy $(SPACY))

train: $(TRAIN)/.ready ## the tagger's model anew from training/letters, an hour on two cores
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(TRAIN)/bin/python -m training.fit --letters training/letters \
	  --hold $(HELD) --out intake/pii/data/model.npz

lock: ## renew the lock files (needs uv)
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
	  --no-header --upgrade --extra test pyproject.toml -o requirements.lock
	@uv pip compile --quiet --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
	  --no-header --upgrade --constraint requirements.lock bench/peers.in -o bench/peers.txt

clean: ## remove what make made; var/ stays
	rm -rf $(VENV) $(PEERS) $(TRAIN) node_modules intake/web/static/uswds

$(VENV)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name it with make PYTHON=…"; exit 1; }
	@echo "Setting up $(VENV) from requirements.lock (a minute) …"
	@$(PYTHON) -m venv $(VENV) || { echo "Python's venv module is missing; on Debian: apt-get install python3-venv"; exit 1; }
	@$(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-build-isolation --no-deps --editable .
	@touch $@

$(PEERS)/.ready: bench/peers.txt
	@echo "Setting up $(PEERS) from bench/peers.txt (a minute) …"
	@rm -rf $(PEERS) && $(PYTHON) -m venv $(PEERS)
	@$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r bench/peers.txt
	@touch $@

$(TRAIN)/.ready: training/requirements.txt
	@echo "Setting up $(TRAIN) from training/requirements.txt (a few minutes) …"
	@rm -rf $(TRAIN) && $(PYTHON) -m venv $(TRAIN)
	@$(TRAIN)/bin/python -m pip install --quiet --disable-pip-version-check -r training/requirements.txt
	@touch $@

$(PAGES): package-lock.json intake/web/pages.scss intake/web/assets.mjs | $(VENV)/.ready
	@echo "Getting the pages' assets …"
	@PATH="$(CURDIR)/$(BIN):$$PATH"; command -v npm >/dev/null || $(PIP) --require-hashes -r requirements-node.lock; \
	  npm ci --silent --no-fund --no-audit && npm run --silent assets
	@touch $@
