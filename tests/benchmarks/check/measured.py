"""What a run of the check might have measured, to be changed by each test."""

from copy import deepcopy
from typing import Any

from benchmarks.check.comparison import FIGURES, Row, compare

_MEASURED = {
    "conditions": {
        "architecture": "x86_64",
        "python": "3.11",
        "python build": "3.11.7, GCC 12.2.0",
        "django": "5.2",
        "sqlite": "3.40.1",
        "sqlite build": "abc COMPILER=gcc-12.2.0",
        "sqlite library": "shared",
        "postgresql": "18",
        "reference instructions": 1_000_000,
    },
    "figures": {
        "one book": {name: 1 if name.endswith("statements") else 1000 for name in FIGURES},
        "page of 50": {name: 1 if name.endswith("statements") else 5000 for name in FIGURES},
    },
    "calls": {
        "one book": {"nuages.parse.pairs.read_pairs": 2, "<built-in method builtins.len>": 40},
        "page of 50": {"nuages.parse.pairs.read_pairs": 2},
    },
}


def measured(conditions: dict[str, Any] | None = None, *, book: dict[str, float] | None = None) -> dict[str, Any]:
    """Give a run with other conditions, or with other figures of the request "one book"."""
    run: dict[str, Any] = deepcopy(_MEASURED)
    run["conditions"] |= conditions or {}
    run["figures"]["one book"] |= book or {}
    return run


def grown(now: dict[str, Any], baseline: dict[str, Any] | None = None) -> list[tuple[str, str]]:
    """What grew against the usual run: request and figure."""
    return [(row.request, row.figure) for row in rows(now, baseline) if row.grew]


def rows(now: dict[str, Any], baseline: dict[str, Any] | None = None) -> list[Row]:
    """Compare with the usual run."""
    return compare(baseline or measured(), now)
