#!/usr/bin/env bash
# The playground in a real browser: starts the built program on a new database and a free port, runs web/'s tests against it, and
# stops it.
set -euo pipefail
cd "$(dirname "$0")/.."

program=${LIENTHONG_PROGRAM:-${CARGO_TARGET_DIR:-target}/debug/lienthong}
folder=$(mktemp -d)
server=
stop() {
    if [ -n "$server" ]; then
        kill "$server" 2>/dev/null || true
        wait "$server" || true
    fi
    rm -rf "$folder"
}
trap stop EXIT

"$program" serve --listen 127.0.0.1:0 --data-dir "$folder/data" >"$folder/out" 2>"$folder/log" &
server=$!
for _ in $(seq 600); do
    address=$(sed -n 's|.*\(http://.*\)/playground$|\1|p' "$folder/out")
    if [ -n "$address" ] || ! kill -0 "$server" 2>/dev/null; then break; fi
    sleep 0.1
done
if [ -z "$address" ]; then
    echo "error: the program did not start:" >&2
    cat "$folder/log" >&2
    exit 1
fi

[ -d web/node_modules ] || (cd web && npm ci --no-audit --no-fund)
password=$(sed -n 's|.* with the password \([^ ]*\) .*|\1|p' "$folder/out")
if ! (cd web && LIENTHONG_URL=$address LIENTHONG_PASSWORD=$password npm test); then
    echo "the end of the server's log:" >&2
    tail -n 20 "$folder/log" >&2
    exit 1
fi
