#!/usr/bin/env bash
# The programs of others as clients of the service at LIENTHONG_URL: the audits that graphql-http brings, Apollo Client.
set -euo pipefail
cd "$(dirname "$0")/.."

npm --silent --prefix tests/clients run audit
npm --silent --prefix tests/clients run apollo
