"""Compare what a server holds after 100,000 requests with what it held after 1,000."""

from pathlib import Path
from typing import Any

from benchmarks.side_by_side.bench import Bench, choose_peers, say
from benchmarks.side_by_side.conditions import describe
from benchmarks.side_by_side.load import Target, drive
from benchmarks.side_by_side.processes import memory_mib
from benchmarks.side_by_side.questions import write_target
from benchmarks.side_by_side.results import save
from benchmarks.side_by_side.servers import Server, Stand, run_server
from benchmarks.side_by_side.workloads import make_workload

FEW, MANY = 1_000, 100_000
_MIX = {"W2": 17, "W3": 1, "W4": 1, "W6": 1}  # of twenty requests
_CONNECTIONS = 16
_LONG_S = 5


def run(bench: Bench, directory: Path) -> Path:
    """Measure one peer after the other and keep the figures."""
    peers = choose_peers(bench, ("nuages", "statement-wsgi", "fastapi_asyncpg"))
    cells = [_grow(bench, Stand(peer.name, peer, bench.place)) for peer in peers]
    told = {"part": "memory", "conditions": describe(bench, peers), "mix": _MIX, "problems": {}}
    return save(directory, "memory", {**told, "cells": cells})


def _grow(bench: Bench, stand: Stand) -> dict[str, Any]:
    with run_server(stand, bench.directory) as server:
        target = _mixed(bench, server)
        sent, errors = _send(target, FEW)
        early = memory_mib(server.pid)
        late_sent, late_errors = _send(target, MANY - sent)
        late = memory_mib(server.pid)
    cell = {"stand": stand.name, "early_requests": sent, "late_requests": sent + late_sent}
    cell |= {"errors": errors + late_errors}
    cell |= dict(zip(("early_rss_mib", "early_pss_mib"), (round(size, 1) for size in early), strict=True))
    cell |= dict(zip(("late_rss_mib", "late_pss_mib"), (round(size, 1) for size in late), strict=True))
    say(f"{stand.name}: {cell['early_rss_mib']} MiB after {sent:,}, {cell['late_rss_mib']} MiB after {MANY:,}")
    return cell


def _mixed(bench: Bench, server: Server) -> Target:
    """Write one file in which the workloads take turns."""
    lines = {}
    for kind in _MIX:
        target = write_target(server, make_workload(kind), bench.directory)
        lines[kind] = iter(target.requests.read_text().splitlines() * 20)
    mixed = [next(lines[kind]) for _ in range(400) for kind, share in _MIX.items() for _ in range(share)]
    file = bench.directory / f"{server.stand.name}.mix.txt"
    file.write_text("\n".join(mixed) + "\n")
    return Target(server.port, file, "GET", None)


def _send(target: Target, count: int) -> tuple[int, int]:
    """Send at least so many requests; gives how many were sent and how many failed."""
    sent = errors = 0
    while sent < count:
        seconds = 1 if count - sent <= FEW else _LONG_S
        load = drive(target, connections=_CONNECTIONS, seconds=seconds)
        sent, errors = sent + load.requests, errors + load.errors
    return sent, errors
