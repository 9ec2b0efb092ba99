"""Say under which conditions figures were taken."""

import datetime as dt
import os
import platform
import subprocess
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import Any

import psycopg

from benchmarks.side_by_side.bench import Bench
from benchmarks.side_by_side.cells import calibrate_ms
from benchmarks.side_by_side.databases import SETTINGS, TABLES
from benchmarks.side_by_side.environments import ROOT, is_there, versions_of
from benchmarks.side_by_side.peers import PEERS, Peer


def describe(bench: Bench, peers: Iterable[Peer]) -> dict[str, Any]:
    """Describe the machine, the versions, the database and the commit."""
    return {
        "date": dt.datetime.now(dt.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": commit(),
        "machine": _machine(),
        "calibration_ms": median(calibrate_ms() for _ in range(5)),
        "database": _database(bench),
        "load": _output("wrk", "-v").partition(" [")[0],
        "left_out": [peer.name for peer in PEERS.values() if not is_there(peer)],
        "peers": {peer.name: _describe_peer(peer) for peer in peers},
    }


def _describe_peer(peer: Peer) -> dict[str, Any]:
    return {"label": peer.label, "versions": versions_of(peer), "started_by": peer.started_by}


def commit() -> str:
    """Name the commit, and whether the checkout differs from it."""
    name = _output("git", "-C", str(ROOT), "rev-parse", "--short=12", "HEAD").strip()
    changed = _output("git", "-C", str(ROOT), "status", "--porcelain", "--", "src", "benchmarks").strip()
    return f"{name}{' with changes' if changed else ''}"


def _machine() -> dict[str, Any]:
    models = [line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    total_kib = next((line.split()[1] for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), "0")
    return {
        "processors": os.cpu_count(),
        "model": models[0] if models else platform.machine(),
        "memory_gib": round(int(total_kib) / 2**20),
        "kernel": platform.release(),
    }


def _database(bench: Bench) -> dict[str, Any]:
    with psycopg.connect(bench.place.conninfo) as connection:
        version = connection.execute("SHOW server_version").fetchone()
        rows = {table: connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone() for table in TABLES}
    return {
        "version": f"PostgreSQL {version[0] if version else ''}",
        "reached": "a Unix socket; the driver of each peer",
        "settings": {**SETTINGS, "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"},
        "rows": {table: count[0] for table, count in rows.items() if count},
    }


def _output(*command: str) -> str:
    with suppress(OSError):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.stdout or done.stderr
    return ""


def _lines(path: str) -> list[str]:
    with suppress(OSError):
        return Path(path).read_text().splitlines()
    return []
