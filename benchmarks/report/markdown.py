"""Write Markdown: tables and figures. Knows no benchmark."""

from collections.abc import Iterable, Sequence

DASH = "–"  # noqa: RUF001


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table: the first column to the left, the others to the right."""
    lines = [_line(head), _line(["---", *["---:"] * (len(head) - 1)]), *map(_line, rows)]
    return "\n".join(lines)


def text_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table of texts, all to the left."""
    return "\n".join([_line(head), _line(["---"] * len(head)), *map(_line, rows)])


def figure(value: float | None, unit: str = "") -> str:
    """Write a number with three digits that count; a dash where there is none."""
    if value is None:
        return DASH
    digits = 0 if value >= 100 else 1 if value >= 10 else 2 if value >= 1 else 3
    return f"{value:,.{digits}f}{unit}"


def times(value: float | None) -> str:
    """Write a ratio."""
    return figure(value, "×")  # noqa: RUF001


def count(number: int, noun: str) -> str:
    """Write a number of things."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
