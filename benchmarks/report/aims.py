"""Compare what was aimed at with what was measured."""

from collections.abc import Iterator

from benchmarks.report.figures import Figures, Result, figures_of, ranked
from benchmarks.report.markdown import figure, text_table, times

_CONNECTIONS = 64
_BY_HAND = ("statement-wsgi", "statement-rsgi", "rows-rsgi")
_MOST_TAIL = 4
_LEAST_CPU_MS = 1.5

Aim = tuple[str, str, bool]


def write_aims(result: Result) -> list[str]:
    """Write the aims that this result can answer for."""
    found = list(_aims(result))
    if not found:
        return []
    rows = [[text, seen, "met" if is_met else "**missed**"] for text, seen, is_met in found]
    return [
        "## Aims",
        "One worker, 64 connections where no other number stands.",
        text_table(["aim", "measured", ""], rows),
    ]


def _aims(result: Result) -> Iterator[Aim]:
    for workload in ("W2", "W3", "W6"):
        if ours := figures_of(result, "nuages", workload, _CONNECTIONS):
            yield _at_least(f"{workload}: 0.9 of the hand-written statement", ours.to_statement, 0.9)
            yield from _ahead(result, ours, "fastapi_asyncpg")
    if ours := figures_of(result, "nuages", "W4", _CONNECTIONS):
        yield _at_least("W4: 20 times DRF", ours.to_drf, 20)
        yield from _ahead(result, ours, "bolt", 11)
        yield from _ahead(result, ours, "statement-wsgi")
        yield from _cheapest(result, ours)
    if ours := figures_of(result, "nuages", "W5", _CONNECTIONS):
        yield _at_least("W5: 8 times DRF", ours.to_drf, 8)
    yield from _tails(result)
    yield from _two_workers(result)


def _at_least(text: str, value: float | None, least: float) -> Aim:
    return text, times(value), value is not None and value >= least


def _ahead(result: Result, ours: Figures, name: str, least: float = 1) -> Iterator[Aim]:
    theirs = figures_of(result, name, ours.workload, ours.connections)
    if theirs:
        text = f"{ours.workload}: {'ahead of' if least == 1 else f'{least} times'} {name}"
        yield _at_least(text, ours.rate / theirs.rate, least)


def _cheapest(result: Result, ours: Figures) -> Iterator[Aim]:
    yield f"W4: under {_LEAST_CPU_MS} ms of CPU in all", f"{figure(ours.cpu_ms)} ms", ours.cpu_ms < _LEAST_CPU_MS
    others = [one for one in ranked(result, "W4", _CONNECTIONS) if not one.stand.startswith(("nuages", "constant"))]
    if others:
        best = min(others, key=lambda one: one.cpu_ms)
        seen = f"{figure(ours.cpu_ms)} ms; {best.stand} {figure(best.cpu_ms)} ms"
        yield "W4: less CPU than every peer and every hand-written form", seen, ours.cpu_ms < best.cpu_ms


def _tails(result: Result) -> Iterator[Aim]:
    for workload in result["workloads"]:
        for connections in (16, _CONNECTIONS):
            ours = figures_of(result, "nuages", workload, connections)
            if ours and ours.p50_ms:
                tail = ours.p99_ms / ours.p50_ms
                text = f"{workload}, {connections} connections: p99 at most {_MOST_TAIL} times p50"
                yield text, times(tail), tail <= _MOST_TAIL


def _two_workers(result: Result) -> Iterator[Aim]:
    for workload in result["workloads"]:
        gains = [_gain(result, stand, workload) for stand in ("nuages", "statement-wsgi")]
        if gains[0] and gains[1]:
            seen = f"{times(gains[0])}; the statement {times(gains[1])}"
            yield f"{workload}: two workers gain what the statement gains", seen, gains[0] >= gains[1]


def _gain(result: Result, stand: str, workload: str) -> float | None:
    one, two = (figures_of(result, name, workload, _CONNECTIONS) for name in (stand, f"{stand} x 2"))
    return two.rate / one.rate if one and two else None
