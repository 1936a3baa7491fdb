# `make help` says what there is to do.
PYTHON ?= python3
BIN := .venv/bin
LOCK := $(BIN)/uv pip compile --quiet --generate-hashes --no-header $(UPGRADE)
CODE := backend benchmarks bot demo docs sandbox scripts tests
.DEFAULT_GOAL := help
unexport PYTHONDONTWRITEBYTECODE  # else each of the many programs compiles all that it imports
.PHONY: help run test check lint types fast evaluate format lock migration clean

help: ## This list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## Install what is missing, train, and open the shop (COMPTOIR_PORT, COMPTOIR_DATA_DIR); Ctrl-C ends it
	@$(PYTHON) scripts/bootstrap.py app rasa widget
	@exec ./comptoir run

test: .installed-for-tests lint types ## The whole suite: lint, types, directions, tests
	@$(PYTHON) scripts/bootstrap.py rasa widget stripe
	$(BIN)/pytest -n 2

check: .installed-for-tests lint types fast ## Before a commit: all of it but the slow tests

lint: ## Ruff, and who may import whom
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/lint-imports --no-logo

types: ## mypy, strict, each side under its own Python
	$(BIN)/mypy backend sandbox bot/actions
	$(BIN)/mypy --python-version 3.10 --exclude '^bot/actions/' bot

fast: ## The tests that need no model, browser or second process
	$(BIN)/pytest -n 2 -m "not slow"

evaluate: ## How well labelled messages are understood: make evaluate FILE=messages.jsonl [MAPPING=labels.json]
	@$(PYTHON) scripts/bootstrap.py app rasa
	@.venv-rasa/bin/python -m benchmarks.evaluate $(FILE) $(if $(MAPPING),--mapping $(MAPPING))

format: .installed-for-tests ## Let Ruff repair what it can
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/ruff format $(CODE)

migration: .installed-for-tests ## Write the migration that the models ask for: make migration m="Orders have notes"
	./comptoir migration "$(m)"
	@$(BIN)/ruff format --quiet backend/migrations/versions

lock: .installed-for-tests ## Renew requirements/*.lock from pyproject.toml (UPGRADE=--upgrade moves the pins)
	$(LOCK) --universal --python-version 3.11 --group app --group build -o requirements/app.lock
	$(LOCK) --universal --python-version 3.11 --group app --group build --group test -c requirements/app.lock -o requirements/test.lock
	$(LOCK) --python-version 3.10 --group rasa -o requirements/rasa.lock
	$(LOCK) --universal --python-version 3.11 --group bootstrap -o requirements/bootstrap.lock

clean: ## Remove what was installed and built; your shop's data (var/) stays
	rm -rf .venv .venv-rasa tests/sandbox/cli/node_modules web/node_modules web/dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache

.PHONY: .installed-for-tests
.installed-for-tests:
	@$(PYTHON) scripts/bootstrap.py test
