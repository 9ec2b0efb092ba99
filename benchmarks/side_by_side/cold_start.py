"""Time a server from the start of its process to its first answer, and the first request of each kind after it."""

import time
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.side_by_side.bench import Bench, choose_peers, say
from benchmarks.side_by_side.conditions import describe
from benchmarks.side_by_side.peers import PEERS
from benchmarks.side_by_side.questions import paths_of
from benchmarks.side_by_side.results import save
from benchmarks.side_by_side.servers import Server, Stand, fetch, run_server
from benchmarks.side_by_side.workloads import make_workload

_KINDS = ("W2", "W3", "W4", "W6")
_WARM_CALLS = 50
_ROUNDS = 5
_LEFT_OUT = ("constant", "nuages-cursor")


def run(bench: Bench, directory: Path) -> Path:
    """Measure every peer, interleaved, and keep the figures."""
    peers = choose_peers(bench, tuple(name for name in PEERS if name not in _LEFT_OUT))
    rounds = bench.asked.rounds or _ROUNDS
    cells = [
        cell
        for number in range(rounds)
        for peer in peers
        for cell in _starts(bench, Stand(peer.name, peer, bench.place), number)
    ]
    told = {"part": "start", "conditions": describe(bench, peers), "rounds": rounds, "problems": {}}
    return save(directory, "start", {**told, "cells": cells})


def _starts(bench: Bench, stand: Stand, number: int) -> list[dict[str, Any]]:
    began_s = time.perf_counter()
    with run_server(stand, bench.directory) as server:
        ready_ms = _since(began_s)
        place = {"stand": stand.name, "round": number}
        cells = [{**place, "workload": kind, **_first_and_warm(server, kind)} for kind in _KINDS]
        say(f"round {number} {stand.name:22} ready after {ready_ms:.0f} ms")
        return [{**place, "workload": "ready", "ready_ms": ready_ms}, *cells]


def _first_and_warm(server: Server, kind: str) -> dict[str, float]:
    paths = paths_of(server, make_workload(kind))
    times = []
    for path in paths[: _WARM_CALLS + 1]:
        began_s = time.perf_counter()
        fetch(server.port, path)
        times.append(_since(began_s))
    return {"first_ms": times[0], "warm_ms": median(times[1:])}


def _since(began_s: float) -> float:
    return round((time.perf_counter() - began_s) * 1000, 3)
