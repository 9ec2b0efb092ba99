"""Turn the figures into tables for a terminal."""

from collections.abc import Iterable, Sequence
from typing import Any

Row = Sequence[str]
_LAST_OF_FIGURES = frozenset("0123456789x")


def write_tables(results: dict[str, Any]) -> str:
    """Write the conditions, the comparisons, the ORM code that was tried, and our own time."""
    parts = [
        _conditions(results["conditions"]),
        "Against the best ORM code (median of the rounds; lowest and highest ratio of a single round)",
        _comparisons(results["comparisons"]),
        "The ORM code tried, its best round in ms; what is compared with is the best that makes model instances",
        _variants(results["comparisons"]),
        "Our own Python for a warm shape: a request without the driver's call",
        _own_times(results["own_python"]),
    ]
    return "\n\n".join(parts)


def _conditions(conditions: dict[str, Any]) -> str:
    rows = ", ".join(f"{table} {count:,}" for table, count in conditions["rows"].items())
    lines = [
        f"{conditions['python']}, Django {conditions['django']}, "
        f"psycopg {conditions['psycopg']}, msgspec {conditions['msgspec']}",
        *conditions["databases"].values(),
        f"rows: {rows}",
        f"{conditions['processors']} processors; garbage collector {conditions['garbage_collector']}",
    ]
    return "\n".join(lines)


def _comparisons(comparisons: Iterable[dict[str, Any]]) -> str:
    head = ("", "database", "Nuages ms", "ORM ms", "ratio", "of a round", "target", "")
    return _table(head, [_comparison(one) for one in comparisons])


def _comparison(one: dict[str, Any]) -> Row:
    return (
        one["case"],
        one["database"],
        f"{one['ours_ms']:.3f}",
        f"{one['theirs_ms']:.3f}",
        f"{one['ratio']:.1f}x",
        f"{one['lowest']:.1f} to {one['highest']:.1f}",
        f">= {one['target']}x",
        _verdict(one),
    )


def _variants(comparisons: Iterable[dict[str, Any]]) -> str:
    tried = [
        (one["case"], one["database"], code, f"{time_ms:.3f}", "best" if code == one["orm_code"] else "")
        for one in comparisons
        for code, time_ms in one["orm_best_rounds_ms"].items()
    ]
    return _table(("", "database", "code", "ms", ""), tried)


def _own_times(times: Iterable[dict[str, Any]]) -> str:
    rows = [
        (
            one["shape"],
            one["database"],
            f"{one['median_us']:.1f}",
            f"{one['p95_us']:.1f}",
            f"< {one['target_us']}",
            _verdict(one),
        )
        for one in times
    ]
    return _table(("", "database", "median us", "p95 us", "target", ""), rows)


def _verdict(one: dict[str, Any]) -> str:
    return "ok" if one["is_met"] else "MISSED"


def _table(head: Row, rows: Sequence[Row]) -> str:
    """Align columns; those of figures to the right."""
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    rights = [
        all(row[column][-1:].isdigit() or row[column].endswith("x") for row in rows) for column in range(len(head))
    ]
    lines = [
        "  ".join(
            cell.rjust(width) if is_right else cell.ljust(width)
            for cell, width, is_right in zip(row, widths, rights, strict=True)
        ).rstrip()
        for row in (head, *rows)
    ]
    return "\n".join(lines)
