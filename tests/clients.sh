#!/usr/bin/env bash
# Runs third-party clients against the service at LIENTHONG_URL: the audits of graphql-http, Apollo Client, Python's
# gql, and the programs in examples/.
set -euo pipefail
cd "$(dirname "$0")/.."

npm --silent --prefix tests/clients run audit
npm --silent --prefix tests/clients run apollo
npm --silent --prefix examples/typescript test
"${CARGO_TARGET_DIR:-target}/gql/bin/python" -B -m unittest discover --start-directory tests/clients/python
