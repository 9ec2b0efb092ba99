"""Turn a part's cells into the figures of one stand at one place: medians and ratios, under the names of columns."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from benchmarks.side_by_side.ratios import errors_of, median_of, pick, ratio

Result = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Figures:
    """What a stand did with a workload. Units: CPU in ms a request, memory in MiB."""

    stand: str
    workload: str
    connections: int
    rate: float
    to_drf: float | None
    to_statement: float | None
    p50_ms: float
    p99_ms: float
    server_cpu_ms: float
    database_cpu_ms: float
    rss_mib: float
    errors: int

    @property
    def cpu_ms(self) -> float:
        """CPU of server and database together."""
        return self.server_cpu_ms + self.database_cpu_ms


def figures_of(result: Result, stand: str, workload: str, connections: int) -> Figures | None:
    """Take the rounds of a cell together; None where it was not measured."""
    place = {"stand": stand, "workload": workload, "connections": connections}
    cells = pick(result["cells"], **place)
    if not cells:
        return None
    names = {"rate": "requests_a_second", **{name: name for name in ("p50_ms", "p99_ms", "server_cpu_ms")}}
    names |= {name: name for name in ("database_cpu_ms", "rss_mib")}
    return Figures(
        **place,
        **{ours: median_of(cells, theirs) or 0.0 for ours, theirs in names.items()},
        to_drf=ratio(result["cells"], baseline="drf", **place),
        to_statement=ratio(result["cells"], baseline="statement-wsgi", **place),
        errors=errors_of(cells),
    )


def ranked(result: Result, workload: str, connections: int, *, workers: int = 1) -> list[Figures]:
    """Give what all stands with so many workers did, the fastest first."""
    stands = [name for name, told in result["stands"].items() if told["workers"] == workers]
    found = [figures_of(result, stand, workload, connections) for stand in stands]
    return sorted((one for one in found if one), key=lambda one: -one.rate)


def not_built(result: Result, workload: str) -> Iterable[str]:
    """Name the stands with one worker that do not serve a workload."""
    return [
        name for name, told in result["stands"].items() if told["workers"] == 1 and workload not in told["workloads"]
    ]
