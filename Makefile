# Every target works from a clean clone; what it needs and cannot find it installs, or says how to.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo test screenshot soak fuzz run bench bench-quick check openapi sql sqlx fmt sdks

# The demo's directory, and what `make run` passes on to `windlass serve`.
DIR ?= /usr/share
ARGS ?=
# How long `make soak` begins new scripts, and `make fuzz` new rounds.
SECONDS = 600

# Queries are checked against the committed cache; only `make sqlx` asks a database.
export SQLX_OFFLINE := true

help: ## Lists the targets
	@sed -nE 's/^([a-z-]+):.*## (.*)$$/  \1\t\2/p' Makefile | expand -t 15

demo: ## Inventories a directory tree with a server and two workers (DIR=/usr/share, KEEP=1 leaves it up to look at)
	@.ci/install postgres
	KEEP="$(KEEP)" crates/sdk/examples/inventory/demo "$(DIR)"

# The clients meet the binary that nextest has built: alone, its dependencies have other features, and all are built anew.
# Tests wait for a third of their time, as for leases to expire: so there are half as many more of them as there are processors.
test: ## Runs every test beside a throw-away Postgres
	@.ci/install postgres pgbouncer nextest clients chromium
	tests/with-postgres cargo nextest run --workspace --test-threads $$((($$(nproc) * 3 + 1) / 2))
	cargo test --doc --workspace
	WINDLASS_BINARY=$${CARGO_TARGET_DIR:-target}/debug/windlass tests/clients/run

screenshot: ## Takes the picture of the dashboard that the README shows: docs/dashboard.png
	@.ci/install postgres clients chromium
	tests/clients/run --only tests/browser/screenshot.py

soak: ## Plays random scripts of calls for long (SECONDS=600), random times, killed servers, attacks by some 2,000 clients, an upgrade
	@.ci/install postgres nextest clients
	tests/with-postgres env WINDLASS_RANDOM_SECONDS=$(SECONDS) \
	  cargo nextest run --profile soak -p windlass-tests -E 'test(/^random::/)'
	WINDLASS_RANDOM_PATTERNS=10000 cargo nextest run --profile soak -p windlass-templates -E 'test(/random_patterns/)'
	tests/with-postgres env WINDLASS_KILL_SECONDS=60 \
	  cargo nextest run --profile soak -p windlass-cli -E 'test(/^schedules::/)'
	WINDLASS_ATTACK_TIMES=10 cargo nextest run --profile soak -p windlass-cli -j 1 -E 'test(/^(stop_under_attack|crowd|unread_answers)::/)'
	tests/upgrade

# The variable SECONDS of bash counts up by itself. A round takes a minute or so.
fuzz: ## Tries random bodies, requests, graphs, cursors, keys and event streams for long (SECONDS=600)
	@.ci/install postgres nextest
	export PROPTEST_CASES=$${PROPTEST_CASES-30000}; \
	end=$$((SECONDS + $(SECONDS))); while ((SECONDS < end)); do \
	  tests/with-postgres cargo nextest run --profile soak --workspace -E 'test(/(^|::)fuzz::/)'; done

# Nobody turns to another server meanwhile, so its end need not wait.
run: ## Serves on 127.0.0.1:7070 with a Postgres of its own (ARGS='--listen …')
	@.ci/install postgres
	WINDLASS_DRAIN_SECONDS=$${WINDLASS_DRAIN_SECONDS-0} cargo run --bin windlass -- serve $(ARGS)

bench: ## Measures every figure of BENCHMARKS.md, some 25 minutes (ARGS='--only single,batch')
	@.ci/install postgres
	cargo run --release --bin windlass -- bench $(ARGS)

bench-quick: ## The same with smaller sizes, under 3 minutes
	@.ci/install postgres
	cargo run --release --bin windlass -- bench --quick $(ARGS)

check: ## Checks all but the tests: format, lints, docs, dependencies, query cache, OpenAPI
	@.ci/install postgres rustfmt clippy
	cargo fmt --all --check
	.ci/sql-variants check
	.ci/sqlx-cache check cargo clippy --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --document-private-items
	windlass=$$(.ci/windlass); "$$windlass" openapi | diff -u openapi/openapi.json - \
	  || { echo 'openapi/openapi.json is not what the server says; run `make openapi`' >&2; exit 1; }
	windlass=$$(.ci/windlass); "$$windlass" openapi --jobnik | diff -u openapi/jobnik.json - \
	  || { echo 'openapi/jobnik.json is not what the server says; run `make openapi`' >&2; exit 1; }
	if command -v cargo-deny >/dev/null; then cargo deny --offline check bans licenses sources; fi
	if command -v cargo-machete >/dev/null; then cargo machete; fi

openapi: ## Writes openapi/openapi.json and openapi/jobnik.json from the server's own routes
	windlass=$$(.ci/windlass); document=$$("$$windlass" openapi) && printf '%s\n' "$$document" >openapi/openapi.json
	windlass=$$(.ci/windlass); document=$$("$$windlass" openapi --jobnik) && printf '%s\n' "$$document" >openapi/jobnik.json

sql: ## Writes the variants of statements from their templates
	.ci/sql-variants write

sqlx: sql ## Writes the queries' offline cache (.sqlx) from the migrations
	@.ci/install postgres
	.ci/sqlx-cache write

fmt: ## Formats the code
	@.ci/install rustfmt
	cargo fmt --all

sdks: ## Builds the packages of the SDKs of other languages, from openapi/openapi.json
	@.ci/install clients
	sdks/python/pack
	sdks/typescript/pack
