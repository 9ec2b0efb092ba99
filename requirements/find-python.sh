#!/bin/sh
# Print the path of the first Python, of the versions named (3.13 3.14 ...), that really runs; else exit 1.
# Looked for on PATH, then among pyenv's and uv's. A shim that only says "not found" does not run.
set -u

candidates() {
    command -v "python$1"
    command -v python3
    for found in "${PYENV_ROOT:-$HOME/.pyenv}/versions/$1".*/bin/python3 \
        "${UV_PYTHON_INSTALL_DIR:-$HOME/.local/share/uv/python}/cpython-$1".*/bin/python3; do
        [ -x "$found" ] && echo "$found"
    done
}

for version in "$@"; do
    # The interpreter names itself, so that a shim is not what an environment would later point to.
    candidates "$version" | while read -r python; do
        "$python" -c "import sys, venv
assert '%d.%d' % sys.version_info[:2] == '$version'
print(sys.executable)" 2>/dev/null && break
    done | grep . && exit 0
done
exit 1
