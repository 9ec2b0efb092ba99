"""Measure one cell: a workload at a number of connections against a running server."""

import time
from typing import Any

from benchmarks.side_by_side.bench import Bench
from benchmarks.side_by_side.load import Load, Target, drive
from benchmarks.side_by_side.processes import cpu_s, machine_ticks, memory_mib
from benchmarks.side_by_side.servers import Server


def measure(bench: Bench, server: Server, target: Target, *, connections: int, seconds: int) -> dict[str, Any]:
    """Drive the server and take what it and PostgreSQL used meanwhile.

    Units: CPU in ms a request, memory in MiB, shares in percent of all processors.
    """
    before = (cpu_s(server.pid), cpu_s(bench.cluster.pid), machine_ticks())
    load = drive(target, connections=connections, seconds=seconds)
    after = (cpu_s(server.pid), cpu_s(bench.cluster.pid), machine_ticks())
    rss_mib, pss_mib = memory_mib(server.pid)
    used = dict(zip(("server_cpu_ms", "database_cpu_ms"), _each(load, before, after), strict=True))
    all_ticks, stolen, idle = (late - early for late, early in zip(after[2], before[2], strict=True))
    return {
        **_figures(load),
        **{name: round(ms, 4) for name, ms in used.items()},
        "rss_mib": round(rss_mib, 1),
        "pss_mib": round(pss_mib, 1),
        "stolen_percent": round(100 * stolen / max(all_ticks, 1), 1),
        "idle_percent": round(100 * idle / max(all_ticks, 1), 1),
    }


def _each(load: Load, before: tuple[Any, ...], after: tuple[Any, ...]) -> list[float]:
    return [(after[part] - before[part]) * 1000 / max(load.requests, 1) for part in (0, 1)]


def _figures(load: Load) -> dict[str, Any]:
    return {
        "requests": load.requests,
        "requests_a_second": round(load.requests / load.seconds, 1),
        "bytes_a_request": load.bytes // max(load.requests, 1),
        "errors": load.errors if load.requests else load.errors + 1,  # a cell without an answer has failed
        "p50_ms": load.p50_ms,
        "p90_ms": load.p90_ms,
        "p99_ms": load.p99_ms,
        "max_ms": load.max_ms,
    }


def calibrate_ms() -> float:
    """Time a fixed piece of Python: how fast the machine is at this moment."""
    began_s = time.perf_counter()
    total = 0
    for number in range(1_000_000):
        total += number & 7
    return round((time.perf_counter() - began_s) * 1000, 1)
