#!/usr/bin/env bash
# Build the environment of one pair, or leave it alone if nothing it was built from has changed.
# Usage: requirements/venv.sh DIRECTORY PAIR [PYTHON]     PAIR: a name of requirements/pairs.txt
set -euo pipefail
cd "$(dirname "$0")/.."
directory=$1 pair=$2 python=${3:-}

read -r versions _ < <(awk -v pair="$pair" '$1 == pair { print $2, $3 }' requirements/pairs.txt) || {
    echo "venv: no pair '$pair' in requirements/pairs.txt" >&2
    exit 2
}
constraints=requirements/constraints-$pair.txt

# What is built depends on the tables of the package, not on the tools' settings that follow them.
package=$(awk '/^\[/ { wanted = /^\[(build-system|project|tool\.hatch)/ } wanted' pyproject.toml)
# An environment holds absolute paths, so the place counts too.
fingerprint=$(cat "$constraints" requirements/venv.sh <(echo "$package $PWD $python") | sha256sum)
if [ "$(cat "$directory/.fingerprint" 2>/dev/null)" = "$fingerprint" ] && "$directory/bin/python" -c '' 2>/dev/null; then
    exit 0
fi

if [ -z "$python" ] && ! python=$(requirements/find-python.sh ${versions//,/ }); then
    echo "venv: no Python ${versions//,/ or } that runs; name one: make venv PYTHON=/path/to/python" >&2
    exit 3
fi
echo "venv: $directory, $("$python" -V), pair $pair"

export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_PREFER_BINARY=1 PIP_ROOT_USER_ACTION=ignore
make_environment() {
    "$python" -m venv --clear "$directory" >/dev/null 2>&1 && return
    # Debian's python3 has no ensurepip; a pip outside can install one inside.
    "$python" -m venv --clear --without-pip "$directory"
    "$python" -m pip --python "$directory/bin/python" install -qq pip 2>/dev/null && return
    echo "venv: $python has neither ensurepip nor pip; install the system package python3-venv" >&2
    return 4
}
make_environment
# The build tools first: without build isolation their versions are the pinned ones, and nothing is fetched twice.
# setuptools builds crontab, which comes with RQ and has no wheel.
"$directory/bin/python" -m pip install -qq --no-compile --constraint "$constraints" hatchling setuptools
"$directory/bin/python" -m pip install -qq --no-compile --constraint "$constraints" --no-build-isolation --editable '.[dev,postgres]'
echo "$fingerprint" >"$directory/.fingerprint"
