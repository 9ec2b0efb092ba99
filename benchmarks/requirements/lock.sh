#!/usr/bin/env bash
# Choose the newest versions of the peers anew and pin them in py311.txt and py313.txt.
set -euo pipefail
cd "$(dirname "$0")"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_PREFER_BINARY=1 PIP_ROOT_USER_ACTION=ignore

for pins in py311 py313; do
    version=${pins/py3/3.}
    if ! python=$(../../requirements/find-python.sh "$version"); then
        echo "lock: no Python $version that runs; $pins.txt is left as it was" >&2
        continue
    fi
    "$python" -m venv "$scratch/$pins"
    "$scratch/$pins/bin/python" -m pip install -qq --requirement "$pins.in"
    {
        echo "# Written by 'make bench-lock': what $pins.in gave on Python $version."
        "$scratch/$pins/bin/python" -m pip freeze
    } >"$scratch/pins"
    if grep -nE '://|@ |file:' "$scratch/pins"; then
        echo "lock: $pins would pin a place instead of a version" >&2
        exit 1
    fi
    cp "$scratch/pins" "$pins.txt"
    echo "lock: $pins.txt, $(grep -c == "$scratch/pins") pins"
done
