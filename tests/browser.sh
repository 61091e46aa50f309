#!/usr/bin/env bash
# Runs the tests of the playground and the documentation in a real browser, against the built program.
set -euo pipefail
cd "$(dirname "$0")/.."

[ -d web/node_modules ] || (cd web && npm ci --no-audit --no-fund)
tests/served.sh npm --prefix web test
