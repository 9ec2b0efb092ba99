#!/usr/bin/env bash
# Resolve every pair of requirements/pairs.txt afresh and write its exact pins to requirements/constraints-PAIR.txt.
set -euo pipefail
cd "$(dirname "$0")/.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_PREFER_BINARY=1 PIP_ROOT_USER_ACTION=ignore

grep -v '^#' requirements/pairs.txt | while read -r pair versions django; do
    # Only the first version: the pins of a pair are those of its oldest Python.
    if ! python=$(requirements/find-python.sh "${versions%%,*}"); then
        echo "lock: no Python ${versions%%,*} that runs; $pair is left as it was" >&2
        continue
    fi
    "$python" -m venv "$scratch/$pair"
    "$scratch/$pair/bin/python" -m pip install -qq --editable '.[dev,postgres]' "django$django"
    {
        echo "# Written by 'make lock': what 'pip install -e .[dev,postgres] django$django' chose on Python ${versions%%,*}."
        "$scratch/$pair/bin/python" -m pip freeze --all --exclude pip --exclude-editable
    } >"$scratch/pins"
    if grep -nE '://|@ |file:' "$scratch/pins"; then
        echo "lock: $pair would pin a place instead of a version" >&2
        exit 1
    fi
    cp "$scratch/pins" "requirements/constraints-$pair.txt"
    echo "lock: requirements/constraints-$pair.txt, $(grep -c == "$scratch/pins") pins"
done
