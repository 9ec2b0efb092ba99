"""Write the comparison of the peers: an overview, and for each workload a table and a chart."""

from typing import Any

from benchmarks.report.figures import Figures, Result, figures_of, ranked
from benchmarks.report.markdown import DASH, count, figure, table, times
from benchmarks.report.svg import draw_bars
from benchmarks.side_by_side.workloads import TITLES

_NUAGES = "nuages"
_HEAD = (
    "",
    "requests/s",
    "to DRF",
    "to the statement",
    "p50 ms",
    "p99 ms",
    "CPU server",
    "CPU database",
    "CPU both",
    "MiB",
    "errors",
)
_LINES = "A dash is a workload that the peer's program here does not serve."
_NOT_BUILT = "¹ Nuages: not built yet."


def write_comparison(result: Result, charts: dict[str, str]) -> list[str]:
    """Write the sections; the charts are added to `charts` by their file names."""
    most = max(result["connections"])
    parts = ["## Overview", *_overview(result, most)]
    for workload in result["workloads"]:
        parts += [f"## {workload}: {TITLES[workload]}", *_workload(result, workload, most, charts)]
    return parts


def _overview(result: Result, connections: int) -> list[str]:
    stands = [name for name, told in result["stands"].items() if told["workers"] == 1]
    rows = [
        [_name(stand), *(_to_drf(result, stand, one, connections) for one in result["workloads"])] for stand in stands
    ]
    notes = f"{_LINES} {_NOT_BUILT}"
    about = f"Requests a second as a multiple of Django REST framework's, one worker, {connections} connections."
    return [about, table(["", *result["workloads"]], rows), notes]


def _to_drf(result: Result, stand: str, workload: str, connections: int) -> str:
    found = figures_of(result, stand, workload, connections)
    if found is None:
        return f"{DASH}¹" if stand == _NUAGES else DASH
    return times(found.to_drf) + ("!" if found.errors else "")


def _workload(result: Result, workload: str, connections: int, charts: dict[str, str]) -> list[str]:
    found = ranked(result, workload, connections)
    if not found:
        return ["Not measured."]
    rows = [_row(one) for one in found]
    if workload not in result["stands"].get(_NUAGES, {"workloads": [workload]})["workloads"]:
        rows.append([f"**{_NUAGES}**¹", *[DASH] * (len(_HEAD) - 1)])
    parts = [f"One worker, {connections} connections; CPU in ms a request.", table(_HEAD, rows)]
    if any(row[0].endswith("¹") for row in rows):
        parts.append(_NOT_BUILT)
    shown = [one for one in found if one.stand != "constant"]
    charts[f"{workload}.svg"] = _rate_chart(workload, shown, connections)
    charts[f"{workload}-cpu.svg"] = _cpu_chart(workload, shown)
    parts.append(f"![{workload}: requests a second](benchmarks/{workload}.svg)")
    parts.append(f"![{workload}: CPU a request](benchmarks/{workload}-cpu.svg)")
    return [*parts, *_other_loads(result, workload)]


def _row(one: Figures) -> list[str]:
    return [
        _name(one.stand),
        figure(one.rate),
        times(one.to_drf),
        times(one.to_statement),
        *(figure(value) for value in (one.p50_ms, one.p99_ms, one.server_cpu_ms, one.database_cpu_ms, one.cpu_ms)),
        f"{one.rss_mib:.0f}",
        f"**{one.errors}!**" if one.errors else "0",
    ]


def _other_loads(result: Result, workload: str) -> list[str]:
    """Write requests a second at every number of connections and workers, with p99 over p50."""
    counts = sorted({told["workers"] for told in result["stands"].values()})
    places = [(workers, connections) for workers in counts for connections in result["connections"]]
    if len(places) < 2:
        return []
    head = [
        "requests/s (p99 ÷ p50)",
        *(f"{count(workers, 'worker')}, {connections}" for workers, connections in places),
    ]
    rows = []
    for stand, told in result["stands"].items():
        if told["workers"] == 1 and workload in told["workloads"]:
            rows.append([_name(stand), *(_load(result, stand, workload, *place) for place in places)])
    return [f"At {', '.join(map(str, result['connections']))} connections:", table(head, rows)]


def _load(result: Result, stand: str, workload: str, workers: int, connections: int) -> str:
    name = stand if workers == 1 else f"{stand} x {workers}"
    found = figures_of(result, name, workload, connections)
    if found is None:
        return DASH
    tail = found.p99_ms / found.p50_ms if found.p50_ms else 0
    return f"{figure(found.rate)} ({tail:.1f}){'!' if found.errors else ''}"


def _name(stand: str) -> str:
    return f"**{stand}**" if stand.startswith(_NUAGES) else stand


def _rate_chart(workload: str, found: list[Figures], connections: int) -> str:
    title = f"{workload}, {TITLES[workload]}: requests a second, {connections} connections"
    return draw_bars(title, [(one.stand, [one.rate]) for one in found], strong=_NUAGES)


def _cpu_chart(workload: str, found: list[Figures]) -> str:
    least_first = sorted(found, key=lambda one: one.cpu_ms)
    rows: list[Any] = [(one.stand, [one.server_cpu_ms, one.database_cpu_ms]) for one in least_first]
    return draw_bars(f"{workload}: CPU in ms a request", rows, strong="", parts=("server", "database"))
