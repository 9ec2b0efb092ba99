"""Visit every stand in each round, which begins with another one each time: drift of the machine hits all alike."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.side_by_side.bench import Bench, say
from benchmarks.side_by_side.cells import calibrate_ms, measure
from benchmarks.side_by_side.databases import remove_new_reviews
from benchmarks.side_by_side.processes import cpu_s
from benchmarks.side_by_side.questions import write_target
from benchmarks.side_by_side.servers import Server, ServerError, Stand, run_server
from benchmarks.side_by_side.verify import problems_of
from benchmarks.side_by_side.workloads import Workload

_WARMUP_CONNECTIONS = 16
_REST_S = 0.1
_LONGEST_REST_S = 10
_IDLE_S = 0.015  # in a rest; the kernel counts in hundredths, and an idle event loop takes one now and then


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured: every workload that a stand serves, at each number of connections, in each round."""

    stands: Sequence[Stand]
    workloads: Sequence[Workload]
    connections: Sequence[int]
    rounds: int
    seconds: int

    def served_by(self, stand: Stand) -> list[Workload]:
        """Give the stand's workloads, those that write at the end."""
        served = [one.spread_over(stand.place.books) for one in self.workloads if _serves(stand, one.kind)]
        return sorted(served, key=lambda one: bool(one.bodies))


def _serves(stand: Stand, kind: str) -> bool:
    return kind in stand.peer.workloads or (kind.startswith("D") and kind in stand.peer.paths)


def run_plan(bench: Bench, plan: Plan, save: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Measure; `save` gets what there is after each round.

    Shapes: {"cells": [...], "problems": {stand: [text]}}; a stand with problems has no cells.
    """
    result: dict[str, Any] = {"cells": [], "problems": {}}
    for number in range(plan.rounds):
        for stand in _rotated(plan.stands, number):
            if stand.name not in result["problems"]:
                _visit(bench, plan, stand, number, result)
        save(result)
    return result


def _rotated(stands: Sequence[Stand], by: int) -> list[Stand]:
    first = by * max(1, len(stands) // 3) % len(stands)
    return [*stands[first:], *stands[:first]]


def _visit(bench: Bench, plan: Plan, stand: Stand, number: int, result: dict[str, Any]) -> None:
    try:
        with run_server(stand, bench.directory) as server:
            if number == 0 and stand.peer.is_checked:
                checked = [one for one in plan.served_by(stand) if not one.kind.startswith("D")]
                if problems := problems_of(server, checked):
                    result["problems"][stand.name] = problems
                    say(f"{stand.name} is not measured: {problems}")
                    return
            result["cells"] += _measure_all(bench, plan, server, number)
    except ServerError as error:
        result["problems"][stand.name] = [str(error)]
        say(str(error))


def _measure_all(bench: Bench, plan: Plan, server: Server, number: int) -> list[dict[str, Any]]:
    calibration_ms = calibrate_ms()
    cells = []
    for workload in plan.served_by(server.stand):
        target = write_target(server, workload, bench.directory)
        if bench.asked.warmup_s:
            measure(bench, server, target, connections=_WARMUP_CONNECTIONS, seconds=bench.asked.warmup_s)
            _settle(server)
        for connections in plan.connections:
            cell = measure(bench, server, target, connections=connections, seconds=plan.seconds)
            place = {"stand": server.stand.name, "workload": workload.name, "connections": connections}
            cells.append({**place, "round": number, "calibration_ms": calibration_ms, **cell})
            say(_line(cells[-1]))
            _settle(server)
        if workload.bodies:
            remove_new_reviews(server.stand.place)
    return cells


def _settle(server: Server) -> None:
    """Wait until the server has worked off what wrk left behind, so that the next cell does not pay for it."""
    deadline_s = time.monotonic() + _LONGEST_REST_S
    used_s, now_s = -1.0, cpu_s(server.pid)
    while now_s - used_s > _IDLE_S and time.monotonic() < deadline_s:
        time.sleep(_REST_S)
        used_s, now_s = now_s, cpu_s(server.pid)


def _line(cell: dict[str, Any]) -> str:
    return (
        f"round {cell['round']} {cell['stand']:22} {cell['workload']:10} {cell['connections']:3} connections "
        f"{cell['requests_a_second']:10,.1f}/s  p50 {cell['p50_ms']:7.2f}  p99 {cell['p99_ms']:7.2f} ms  "
        f"CPU {cell['server_cpu_ms']:.3f} + {cell['database_cpu_ms']:.3f} ms  {cell['rss_mib']:4.0f} MiB"
        + (f"  {cell['errors']} ERRORS" if cell["errors"] else "")
    )
