"""Ratios are taken within a round, then their median."""

from typing import Any

from benchmarks.side_by_side.ratios import errors_of, median_of, pick, ratio


def _cell(stand: str, number: int, rate: float, **more: int) -> dict[str, Any]:
    place = {"stand": stand, "workload": "W2", "connections": 64, "round": number}
    return {**place, "requests_a_second": rate, "errors": 0, **more}


# The machine slowed down to a tenth in round 1: both did alike, and the ratio stays.
CELLS = [
    _cell("drf", 0, 100.0),
    _cell("nuages", 0, 3000.0),
    _cell("drf", 1, 10.0),
    _cell("nuages", 1, 310.0),
    _cell("drf", 2, 100.0),
    _cell("nuages", 2, 2900.0, errors=3),
]
PLACE = {"workload": "W2", "connections": 64}


def test_a_ratio_is_taken_within_a_round() -> None:
    """Drift of the machine between rounds does not change a ratio."""
    assert ratio(CELLS, stand="nuages", baseline="drf", **PLACE) == 30.0


def test_what_was_not_measured_has_no_ratio() -> None:
    """A missing stand or baseline gives no ratio, not a wrong one."""
    assert ratio(CELLS, stand="nuages", baseline="bolt", **PLACE) is None
    assert ratio(CELLS, stand="bolt", baseline="drf", **PLACE) is None
    assert median_of([], "requests_a_second") is None


def test_errors_of_all_rounds_are_counted() -> None:
    """An error in one round is an error of the cell."""
    assert errors_of(pick(CELLS, stand="nuages")) == 3
