#!/usr/bin/env bash
# Build the environment of some peers, or leave it alone if nothing it was built from has changed.
# Usage: benchmarks/requirements/venv.sh DIRECTORY PINS VERSION...
#   PINS: py311 or py313; VERSION: the Pythons that will do, the best first. Status 3: none of them is present.
set -euo pipefail
cd "$(dirname "$0")/../.."
directory=$1 pins=benchmarks/requirements/$2.txt
shift 2

package=$(awk '/^\[/ { wanted = /^\[(build-system|project|tool\.hatch)/ } wanted' pyproject.toml)
fingerprint=$(cat "$pins" benchmarks/requirements/venv.sh <(echo "$package $PWD") | sha256sum)
if [ "$(cat "$directory/.fingerprint" 2>/dev/null)" = "$fingerprint" ] && "$directory/bin/python" -c '' 2>/dev/null; then
    exit 0
fi

if ! python=$(requirements/find-python.sh "$@"); then
    echo "bench: no Python $* that runs: the peers of $pins are left out" >&2
    exit 3
fi
echo "bench: $directory, $("$python" -V), $pins"
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_PREFER_BINARY=1 PIP_ROOT_USER_ACTION=ignore
"$python" -m venv --clear "$directory"
"$directory/bin/python" -m pip install -qq --requirement "$pins"
# Nuages from this checkout, with the Django, psycopg and granian of the peers.
if grep -q '^hatchling==' "$pins"; then
    "$directory/bin/python" -m pip install -qq --no-deps --no-build-isolation --editable .
fi
"$directory/bin/python" -m compileall -q "$directory" || true # a cold start measures the start, not the compiler
echo "$fingerprint" >"$directory/.fingerprint"
