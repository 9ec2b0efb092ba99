"""Put the questions to both sides on both databases; gives plain data, ready to be printed or saved."""

import gc
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from random import Random
from typing import Any

import django
import msgspec
import psycopg

from benchmarks.databases import ALIASES, both_bookshops, count_rows, version_of
from benchmarks.equality import demand_equal
from benchmarks.nuages_side import read_one, read_page
from benchmarks.orm_side import ONES, PAGE_SIZE, PAGES, read_one_by_hand, read_page_by_hand
from benchmarks.own_python import SHAPES, time_shape
from benchmarks.rounds import Read, compare, fastest
from benchmarks.rows_alone import fetch_one, fetch_page
from tests.support.router import choose_database

OWN_TARGET_US = 60
BY_HAND = "values_list, put together by hand"
ROWS_ALONE = "the rows alone by the bare driver, no JSON"
_OWN_CALLS = 2_000
_EQUAL_CALLS = 10
_TRIALS = 8  # short rounds that choose the fastest ORM code


@dataclass(frozen=True, slots=True)
class Case:
    """A question put to both sides.

    Shapes: the fastest of `variants` is the best ORM code; `by_hand` and `rows` are only shown beside them; `calls`
        make a round; `targets` are the ratios to reach on each database.
    """

    name: str
    ours: Read
    variants: Mapping[str, Read]
    by_hand: Read
    rows: Read
    calls: int
    targets: Mapping[str, float]


CASES = (
    Case(
        name="50 nested books",
        ours=read_page,
        variants=PAGES,
        by_hand=read_page_by_hand,
        rows=fetch_page,
        calls=20,
        targets={"sqlite": 20, "postgresql": 5},
    ),
    Case(
        name="one nested book",
        ours=read_one,
        variants=ONES,
        by_hand=read_one_by_hand,
        rows=fetch_one,
        calls=150,
        targets={"sqlite": 8, "postgresql": 8},
    ),
)


def measure_reads(*, books: int, rounds: int) -> dict[str, Any]:
    """Measure everything.

    Shapes: `{"conditions": {...}, "comparisons": [...], "own_python": [...]}`.
    Raises: UnequalError where the two sides do not answer the same.
    """
    with both_bookshops(books):
        return {
            "conditions": _conditions(),
            "comparisons": [_compare(case, alias, books, rounds) for case in CASES for alias in ALIASES],
            "own_python": [_time_own(shape, alias, books) for shape in SHAPES for alias in ALIASES],
        }


def _compare(case: Case, alias: str, books: int, rounds: int) -> dict[str, Any]:
    rng = Random(f"{case.name} {alias}")

    def draw(count: int, calls: int) -> Sequence[Sequence[int]]:
        last = max(1, books - PAGE_SIZE)
        return [[rng.randint(1, last) for _ in range(calls)] for _ in range(count)]

    tried = {**case.variants, BY_HAND: case.by_hand}
    with choose_database(alias):
        for variant, theirs in tried.items():
            demand_equal(f"{case.name}, {alias}, {variant}", case.ours, theirs, draw(1, _EQUAL_CALLS)[0])
        times = fastest({**tried, ROWS_ALONE: case.rows}, draw(_TRIALS, case.calls // 5))
        best = next(variant for variant in times if variant not in (BY_HAND, ROWS_ALONE))
        comparison = compare(case.ours, case.variants[best], draw(rounds, case.calls))
    return {
        "case": case.name,
        "database": alias,
        **asdict(comparison),
        "target": case.targets[alias],
        "is_met": comparison.ratio >= case.targets[alias],
        "orm_code": best,
        "orm_best_rounds_ms": times,
    }


def _time_own(shape: str, alias: str, books: int) -> dict[str, Any]:
    with choose_database(alias):
        own = time_shape(shape, alias, books=books, calls=_OWN_CALLS)
    is_met = own.median_us < OWN_TARGET_US
    return {"shape": shape, "database": alias, **asdict(own), "target_us": OWN_TARGET_US, "is_met": is_met}


def _conditions() -> dict[str, Any]:
    return {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "django": django.get_version(),
        "psycopg": f"{psycopg.__version__} ({psycopg.pq.__impl__})",
        "msgspec": msgspec.__version__,
        "databases": {alias: version_of(alias) for alias in ALIASES},
        "rows": count_rows(),
        "processors": os.cpu_count(),
        "garbage_collector": f"{'on' if gc.isenabled() else 'off'}, thresholds {gc.get_threshold()}",
    }
