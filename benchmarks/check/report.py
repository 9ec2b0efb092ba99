"""Write what was compared, for a terminal: a table of all figures, then what is to be said of them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from math import isfinite

from benchmarks.check.comparison import Row, Skipped

Cells = Sequence[str]
_OTHER_BUILD = (
    "Another build of Python than the baseline's: own instructions are put in proportion to a reference, and only a "
    "change by more than a tenth counts."
)
_HEAD = ("request", "figure, of one asking", "baseline", "now", "change", "")


def write_report(
    rows: Sequence[Row],
    skipped: Iterable[Skipped],
    name_growth: Callable[[str], Sequence[str]],
    *,
    is_other_build: bool,
) -> str:
    """Write everything; `name_growth` tells which functions a request calls more often."""
    parts = [
        "\n".join(_align([_HEAD, *map(_cells, rows)])),
        *([_OTHER_BUILD] if is_other_build else []),
        *_say_skipped(skipped),
        *_say_grown(rows, name_growth),
        *_say_shrunk(rows),
    ]
    return "\n\n".join(parts)


def _cells(row: Row) -> Cells:
    verdict = "GREW" if row.grew else "shrank" if row.shrank else ""
    return (row.request, row.figure, _number(row.before), _number(row.now), _percent(row), verdict)


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:,.0f}" if value >= 1000 else f"{value:,.4g}"


def _percent(row: Row) -> str:
    if row.before is None or row.now is None:
        return "new" if row.before is None else "gone"
    return f"{row.change:+.1%}" if isfinite(row.change) else "from none"


def _align(rows: Sequence[Cells]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row[:2], widths, strict=False)]
        cells += [cell.rjust(width) for cell, width in zip(row[2:5], widths[2:], strict=False)]
        yield "  ".join((*cells, row[5])).rstrip()


def _say_skipped(skipped: Iterable[Skipped]) -> Iterator[str]:
    lines = [f"  {one.figure}: {one.condition} is {one.now}, in the baseline {one.before}" for one in skipped]
    if lines:
        yield "\n".join(("Not compared, since a figure means something else here:", *lines))


def _say_grown(rows: Iterable[Row], name_growth: Callable[[str], Sequence[str]]) -> Iterator[str]:
    for request in dict.fromkeys(row.request for row in rows if row.grew):
        grown = ", ".join(f"{row.figure} {_percent(row)}" for row in rows if row.request == request and row.grew)
        names = name_growth(request) or ["nothing; what was called before does more, or the statement is another one"]
        yield "\n".join(
            (
                f"{request!r} grew: {grown}.",
                "  Called more often, on both databases together:",
                *(f"    {name}" for name in names),
            )
        )


def _say_shrunk(rows: Iterable[Row]) -> Iterator[str]:
    names = dict.fromkeys(row.request for row in rows if row.shrank)
    if names:
        yield f"Less than before: {', '.join(names)}. `make bench-baseline` keeps it."
