#!/usr/bin/env bash
# The playground in a real browser: web/'s tests, on the built program.
set -euo pipefail
cd "$(dirname "$0")/.."

[ -d web/node_modules ] || (cd web && npm ci --no-audit --no-fund)
tests/served.sh npm --prefix web test
