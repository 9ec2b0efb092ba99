"""The parts of the comparison: what each one measures. Those that wrk drives are plans; two have code of their own."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.side_by_side import cold_start, growth
from benchmarks.side_by_side.bench import Bench, choose_peers, say
from benchmarks.side_by_side.conditions import describe
from benchmarks.side_by_side.databases import Place, copy_to_sqlite, fill_postgres, has_room
from benchmarks.side_by_side.peers import ALL, PEERS, SHORT, Peer
from benchmarks.side_by_side.results import save
from benchmarks.side_by_side.rounds import Plan, run_plan
from benchmarks.side_by_side.servers import Stand
from benchmarks.side_by_side.workloads import Workload, make_depth, make_pages, make_workload

_SIZES = (20_000, 200_000, 2_000_000)
_PAGE_SIZES = (10, 50, 100, 1_000, 10_000)


def run_part(name: str, bench: Bench, directory: Path) -> Path:
    """Measure a part and keep its figures with their conditions."""
    say(f"part: {name}")
    make_plan = PLANS.get(name)
    if make_plan is None:
        return MEASUREMENTS[name](bench, directory)
    plan = make_plan(bench)
    told: dict[str, Any] = {
        "part": name,
        "conditions": describe(bench, {stand.peer.name: stand.peer for stand in plan.stands}.values()),
        "rounds": plan.rounds,
        "seconds": plan.seconds,
        "stands": {stand.name: _tell(stand) for stand in plan.stands},
        "workloads": [workload.name for workload in plan.workloads],
        "connections": list(plan.connections),
    }
    result = run_plan(bench, plan, lambda so_far: save(directory, name, {**told, **so_far}) and None)
    return save(directory, name, {**told, **result})


def _tell(stand: Stand) -> dict[str, Any]:
    place = {"database": stand.place.name, "books": stand.place.books}
    return {"peer": stand.peer.name, "workers": stand.workers, **place, "workloads": list(stand.peer.workloads)}


def _plan(
    bench: Bench,
    stands: list[Stand],
    workloads: list[Workload],
    connections: tuple[int, ...],
    *,
    rounds: int = 3,
    seconds: int = 2,
) -> Plan:
    asked = bench.asked
    return Plan(stands, workloads, asked.connections or connections, asked.rounds or rounds, asked.seconds or seconds)


def _workloads(bench: Bench, usual: tuple[str, ...]) -> list[Workload]:
    return [make_workload(kind) for kind in bench.asked.workloads or usual]


def _short(bench: Bench) -> Plan:
    stands = [Stand(peer.name, peer, bench.place) for peer in choose_peers(bench, SHORT)]
    return _plan(bench, stands, _workloads(bench, ("W2", "W3", "W4", "W6")), (1, 64), rounds=2)


def _matrix(bench: Bench) -> Plan:
    peers = choose_peers(bench, tuple(PEERS))
    stands = [
        Stand(peer.name if workers == 1 else f"{peer.name} x {workers}", peer, bench.place, workers)
        for workers in bench.asked.workers or (1, 2)
        for peer in peers
    ]
    return _plan(bench, stands, _workloads(bench, ALL), (1, 16, 64), seconds=3)


def _sqlite(bench: Bench) -> Plan:
    places = [bench.place, copy_to_sqlite(bench.place, bench.directory)]
    stands = _on_places(choose_peers(bench, ("nuages",)), places)
    return _plan(bench, stands, _workloads(bench, ("W2", "W4")), (1, 16))


def _on_places(peers: list[Peer], places: list[Place]) -> list[Stand]:
    return [Stand(f"{peer.name} on {place.name}", peer, place) for place in places for peer in peers]


def _pages(bench: Bench) -> Plan:
    stands = [Stand(peer.name, peer, bench.place) for peer in choose_peers(bench, ("nuages", "statement-wsgi"))]
    workloads = [make_pages(kind, size) for kind in bench.asked.workloads or ("W3", "W4") for size in _PAGE_SIZES]
    return _plan(bench, stands, workloads, (1,))


def _depth(bench: Bench) -> Plan:
    stands = [Stand(peer.name, peer, bench.place) for peer in choose_peers(bench, ("nuages",))]
    return _plan(bench, stands, [make_depth(depth) for depth in range(1, 5)], (1, 16))


def _sizes(bench: Bench) -> Plan:
    places = [bench.place]
    for books in _SIZES:
        if bench.asked.books < books <= bench.asked.largest:
            if has_room(bench.cluster, books):
                places.append(fill_postgres(bench.cluster, books))
            else:
                say(f"{books:,} books are left out: no room in {bench.cluster.directory}")
    peers = choose_peers(bench, ("nuages", "drf", "statement-wsgi"))
    stands = [Stand(f"{peer.name}, {place.books:,} books", peer, place) for place in places for peer in peers]
    return _plan(bench, stands, _workloads(bench, ("W2", "W3", "W4", "W6")), (16,))


PLANS: dict[str, Callable[[Bench], Plan]] = {
    "short": _short,
    "matrix": _matrix,
    "sqlite": _sqlite,
    "pages": _pages,
    "depth": _depth,
    "sizes": _sizes,
}
MEASUREMENTS: dict[str, Callable[[Bench, Path], Path]] = {"start": cold_start.run, "memory": growth.run}
PARTS = (*PLANS, *MEASUREMENTS)
