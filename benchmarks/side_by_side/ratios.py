"""Turn cells into ratios: each taken within a round, then the median of the rounds. Knows no server and no file."""

from collections.abc import Iterable, Sequence
from statistics import median
from typing import Any

Cell = dict[str, Any]


def pick(cells: Iterable[Cell], **wanted: Any) -> list[Cell]:
    """Give the cells that have all these values."""
    return [cell for cell in cells if all(cell[name] == value for name, value in wanted.items())]


def median_of(cells: Sequence[Cell], name: str) -> float | None:
    """Give the median of a figure; None where there is no cell."""
    return median(cell[name] for cell in cells) if cells else None


def ratio(cells: Iterable[Cell], *, stand: str, baseline: str, workload: str, connections: int) -> float | None:
    """Compare requests a second of a stand with the baseline's; None where one of them has none."""
    alike = pick(cells, workload=workload, connections=connections)
    base = {cell["round"]: cell["requests_a_second"] for cell in pick(alike, stand=baseline)}
    found = [
        cell["requests_a_second"] / base[cell["round"]] for cell in pick(alike, stand=stand) if base.get(cell["round"])
    ]
    return median(found) if found else None


def errors_of(cells: Iterable[Cell]) -> int:
    """Count the errors of all rounds."""
    return sum(cell["errors"] for cell in cells)
