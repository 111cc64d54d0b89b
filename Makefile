# Needs Python 3.11 or newer and make. `make run` starts Placet with a demo, `make test` tests it whole, with no service running.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
WORKERS ?= 2

.PHONY: run test check bench soak mutation audit baseline

run: .venv/run.stamp
	@$(BIN)/placet serve --demo

test: .venv/test.stamp .venv-client/client.stamp
	@$(BIN)/pytest -q -n $(WORKERS)

check: .venv/test.stamp
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python .ci/migrations.py
	@cp .secrets.baseline .venv/secrets.baseline
	$(BIN)/detect-secrets-hook --baseline .venv/secrets.baseline $$(git ls-files -co --exclude-standard) || test $$? = 3 # only lines moved

bench: .venv/test.stamp
	@$(BIN)/python -m tests.bench

soak: .venv/test.stamp
	@PLACET_TEST_SOAK=1 $(BIN)/pytest -q tests/faults tests/threats tests/core/test_at_once.py tests/core/test_state_machine.py \
	  tests/contract/test_fuzz.py

# Which changes of core/domain and core/engine no test would notice. Takes an hour or two; goes on where it was interrupted.
# MUTANTS='core.engine.decide_approval.*' judges only those.
mutation: .venv-mutation/test.stamp
	@rm -rf .venv-mutation/tmp && mkdir -p .venv-mutation/tmp
	@TMPDIR="$(CURDIR)/.venv-mutation/tmp" PLACET_TEST_SQLITE_TEMPLATE="$(CURDIR)/.venv-mutation/tmp/template.db" \
	  .venv-mutation/bin/python .ci/mutation.py $(WORKERS) $(foreach each,$(MUTANTS),'$(each)')

.venv-mutation/test.stamp: .ci/mutation.lock .ci/run.lock pyproject.toml | $(BIN)/python
	$(BIN)/python -m venv .venv-mutation
	.venv-mutation/bin/pip install -q --disable-pip-version-check --require-hashes -r .ci/run.lock -r .ci/mutation.lock
	.venv-mutation/bin/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# Known flaws in what is locked. Asks PyPI for its advisories; where none can be had, it fails and says so.
audit: .venv-audit/audit.stamp
	@.venv-audit/bin/python .ci/audit.py

.venv-audit/audit.stamp: .ci/audit.lock | $(BIN)/python
	$(BIN)/python -m venv .venv-audit
	.venv-audit/bin/pip install -q --disable-pip-version-check --require-hashes -r .ci/audit.lock
	@touch $@

# What is no secret, though it looks like one: look at each new entry before it is committed.
baseline: .venv/test.stamp
	git ls-files -coz --exclude-standard | xargs -0 $(BIN)/detect-secrets scan --exclude-files '(\.ci/.*\.lock|\.secrets\.baseline)$$' > .venv/secrets.baseline
	mv .venv/secrets.baseline .secrets.baseline

.venv/test.stamp: .ci/test.lock .venv/run.stamp
	$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r .ci/test.lock
	@touch $@

# The generated client of tests/contract, with its generator, in an environment of its own.
.venv-client/client.stamp: .ci/client.lock | $(BIN)/python
	$(BIN)/python -m venv .venv-client
	.venv-client/bin/pip install -q --disable-pip-version-check --require-hashes -r .ci/client.lock
	@touch $@

.venv/run.stamp: .ci/run.lock pyproject.toml | $(BIN)/python
	$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r .ci/run.lock
	$(BIN)/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(BIN)/python:
	@test -n "$(PYTHON)" && $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Placet needs Python 3.11 or newer: install it, or name one, as in: make run PYTHON=/path/to/python3.11" >&2; exit 1; }
	$(PYTHON) -m venv .venv
