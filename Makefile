# All tasks of this repository. `make run` on a fresh machine needs Rust, Node 20.19 or later with npm, and a C
# compiler; `make test` installs everything else it needs (see tests/install.sh).

.DEFAULT_GOAL := help
.PHONY: help run web docs test browser clients schema schema-check lint deny advisories bench

CARGO ?= cargo

help:
	@echo "make run      build all of it, and serve on http://127.0.0.1:8000 (LIENTHONG_LISTEN chooses another address)"
	@echo "make test     all tests: unit, integration on SQLite and PostgreSQL, the playground in a browser, other programs as clients"
	@echo "make lint     formatting, clippy, licences and sources of the dependencies"
	@echo "make schema   write schema.graphql anew, after a change of the API"
	@echo "make schema-check  whether schema.graphql may follow that of the last release"
	@echo "make docs     build the documentation as a site, which the next build of the program embeds"
	@echo "make bench    measure it beside hand-written servers; BENCH='list' shows the parts, BENCH='--shape nested' chooses"
	@echo "make web      build the playground, which the next build of the program embeds"

run: web docs
	$(CARGO) build --release
	$(CARGO) run --release --quiet -- serve

# Without npm, the program is built without the playground, and /playground says so.
web:
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory web/dist/index.html; \
	else echo "npm is not installed: the program will be built without the playground" >&2; fi

web/dist/index.html: web/index.html web/package-lock.json web/vite.config.ts web/tsconfig.json $(shell find web/src -type f)
	cd web && npm ci --no-audit --no-fund && npm run build

# The same, without the documentation.
docs:
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory docs/.vitepress/dist/index.html; \
	else echo "npm is not installed: the program will be built without the documentation" >&2; fi

docs/.vitepress/dist/index.html: docs/package-lock.json docs/.vitepress/config.ts $(shell find docs -name '*.md' -not -path '*/node_modules/*') $(wildcard docs/images/*)
	cd docs && npm ci --no-audit --no-fund && npm run build

test: web
	tests/install.sh postgresql
	$(CARGO) test --workspace
	$(MAKE) --no-print-directory clients browser

clients: web tests/clients/node_modules/.package-lock.json examples/typescript/node_modules/.package-lock.json
	tests/install.sh gql
	$(CARGO) build
	npm --silent --prefix tests/clients run build
	npm --silent --prefix examples/typescript run build
	tests/served.sh tests/clients.sh

tests/clients/node_modules/.package-lock.json: tests/clients/package-lock.json
	cd tests/clients && npm ci --no-audit --no-fund

examples/typescript/node_modules/.package-lock.json: examples/typescript/package-lock.json
	cd examples/typescript && npm ci --no-audit --no-fund

browser: web docs
	tests/install.sh chromium
	$(CARGO) build
	tests/browser.sh

schema:
	$(CARGO) run --quiet -- schema > schema.graphql.new
	mv schema.graphql.new schema.graphql

schema-check: tests/clients/node_modules/.package-lock.json
	npm --silent --prefix tests/clients run evolution

lint: deny
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings

deny:
	tests/install.sh cargo-deny
	$(CARGO) deny --offline check --hide-inclusion-graph bans licenses sources

# Known vulnerabilities of the dependencies. Not part of lint, because the database is downloaded.
advisories:
	tests/install.sh cargo-deny
	$(CARGO) deny check --hide-inclusion-graph advisories

# The benchmark is a workspace of its own, built below the target folder, where its filled databases are kept too.
bench: web
	tests/install.sh postgresql
	$(CARGO) build --release
	$(CARGO) run --release --locked --quiet --manifest-path bench/Cargo.toml --target-dir $${CARGO_TARGET_DIR:-target}/bench -- \
		--program $${CARGO_TARGET_DIR:-target}/release/lienthong --data $${CARGO_TARGET_DIR:-target}/bench-data $(BENCH)
