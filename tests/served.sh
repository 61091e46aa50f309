#!/usr/bin/env bash
# Starts the built program on a new database and a free port, runs a command with LIENTHONG_URL and LIENTHONG_PASSWORD
# (of the user admin) in its environment, and stops the program: tests/served.sh COMMAND...
set -euo pipefail

program=${LIENTHONG_PROGRAM:-${CARGO_TARGET_DIR:-$(dirname "$0")/../target}/debug/lienthong}
# The program takes variables that begin so for its configuration.
unset LIENTHONG_PROGRAM
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

# Create the file first: the program may start slowly, and sed fails on a missing file.
: >"$folder/out"
"$program" serve --listen 127.0.0.1:0 --data-dir "$folder/data" >>"$folder/out" 2>"$folder/log" &
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

password=$(sed -n 's|.* with the password \([^ ]*\) .*|\1|p' "$folder/out")
if ! LIENTHONG_URL=$address LIENTHONG_PASSWORD=$password "$@"; then
    echo "the end of the server's log:" >&2
    tail -n 20 "$folder/log" >&2
    exit 1
fi
