#!/usr/bin/env bash
# Run the tests for each named pair whose Python is present, each in an environment of its own; say which ran.
# Usage: requirements/matrix.sh "PAIR PAIR ..." [pytest's arguments]     PAIR: a name of requirements/pairs.txt
set -uo pipefail
cd "$(dirname "$0")/.."
pairs=$1
shift

ran=() missing=() failed=()
for pair in $pairs; do
    directory=.venv-${pair%%-*}
    status=0
    requirements/venv.sh "$directory" "$pair" || status=$?
    # Status 3: no Python of this pair is present.
    if [ "$status" -eq 3 ]; then
        missing+=("$pair")
        continue
    fi
    echo "matrix: $pair"
    if [ "$status" -eq 0 ] && "$directory/bin/python" -m pytest "$@"; then
        ran+=("$pair")
    else
        failed+=("$pair")
    fi
done
echo "matrix: passed: ${ran[*]:-none}; failed: ${failed[*]:-none}; no Python for: ${missing[*]:-none}"
[ ${#failed[@]} -eq 0 ]
