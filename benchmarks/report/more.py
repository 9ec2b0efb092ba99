"""Write the other parts: SQLite, sizes of pages, depth of nesting, sizes of the database, starts, memory."""

from itertools import product
from statistics import median

from benchmarks.report.figures import Figures, Result, figures_of
from benchmarks.report.markdown import count, figure, table
from benchmarks.report.svg import draw_lines
from benchmarks.side_by_side.ratios import pick

_HEAD = ("", "connections", "requests/s", "p50 ms", "p99 ms", "CPU server", "CPU database", "CPU both", "MiB", "errors")


def write_sqlite(result: Result, _charts: dict[str, str]) -> list[str]:
    """Write SQLite beside PostgreSQL."""
    return ["The same rows in a SQLite file; its CPU is the server's.", _cell_table(result)]


def write_depth(result: Result, _charts: dict[str, str]) -> list[str]:
    """Write what nesting costs."""
    chain = "publishers, then 5 books of each, the author of each book, 2 books of each author, 2 reviews of each book"
    return [f"Lists of 20 {chain}: depth 1 ends with the books.", _cell_table(result)]


def write_sizes(result: Result, _charts: dict[str, str]) -> list[str]:
    """Write how figures change with the database."""
    return ["Copies of the same books; 2,000 authors and 100 tags in each database.", _cell_table(result)]


def write_pages(result: Result, charts: dict[str, str]) -> list[str]:
    """Write what a row costs on pages of different sizes."""
    (connections,) = result["connections"][:1]
    rows, lines = [], {}
    for stand in result["stands"]:
        for workload in result["workloads"]:
            if one := figures_of(result, stand, workload, connections):
                kind, _, size = workload.partition(" x ")
                row_us = one.cpu_ms * 1000 / int(size)
                rows.append([stand, kind, f"{int(size):,}", figure(one.rate), figure(one.p50_ms), figure(row_us)])
                lines.setdefault((stand, kind), {})[int(size)] = row_us
    for kind in sorted({kind for _, kind in lines}):
        series = {stand: list(costs.values()) for (stand, one), costs in lines.items() if one == kind}
        steps = [f"{size:,}" for size in next(costs for (_, one), costs in lines.items() if one == kind)]
        charts[f"pages-{kind}.svg"] = draw_lines(f"{kind}: CPU in us a row, by rows a page", steps, series)
    head = ["", "workload", "rows a page", "pages/s", "p50 ms", "CPU us a row"]
    shown = [f"![{name}](benchmarks/{name})" for name in charts if name.startswith("pages-")]
    return [f"Server and database together, {connections} connection.", table(head, rows), *shown]


def write_start(result: Result, _charts: dict[str, str]) -> list[str]:
    """Write how long a start takes, and what the first request of each kind pays."""
    stands = list(dict.fromkeys(cell["stand"] for cell in result["cells"]))
    kinds = [kind for kind in ("W2", "W3", "W4", "W6") if pick(result["cells"], workload=kind)]
    rows = [[stand, _median(result, stand, "ready", "ready_ms"), *_first(result, stand, kinds)] for stand in stands]
    head = ["ms", "process to first answer", *(f"{kind} first / warm" for kind in kinds)]
    started = count(result["rounds"], "start")
    about = f"Median of {started}. Warm: the median of 50 more requests, each on a new connection."
    return [about, table(head, rows)]


def write_memory(result: Result, _charts: dict[str, str]) -> list[str]:
    """Write how memory grows."""
    mix = ", ".join(f"{share} × {kind}" for kind, share in result["mix"].items())  # noqa: RUF001
    head = ["MiB resident (with shared pages in shares)", "early", "late", "growth", "requests", "errors"]
    rows = [
        [
            cell["stand"],
            f"{cell['early_rss_mib']:.0f} ({cell['early_pss_mib']:.0f})",
            f"{cell['late_rss_mib']:.0f} ({cell['late_pss_mib']:.0f})",
            f"{cell['late_rss_mib'] - cell['early_rss_mib']:+.0f}",
            f"{cell['early_requests']:,}, {cell['late_requests']:,}",
            str(cell["errors"]),
        ]
        for cell in result["cells"]
    ]
    return [f"16 connections; of twenty requests: {mix}.", table(head, rows)]


def _cell_table(result: Result) -> str:
    places = product(result["workloads"], result["connections"], result["stands"])
    found = [figures_of(result, stand, workload, connections) for workload, connections, stand in places]
    return table(_HEAD, [_row(one) for one in found if one])


def _row(one: Figures) -> list[str]:
    values = (one.rate, one.p50_ms, one.p99_ms, one.server_cpu_ms, one.database_cpu_ms, one.cpu_ms)
    name = f"{one.workload}, {one.stand}"
    return [name, str(one.connections), *map(figure, values), f"{one.rss_mib:.0f}", str(one.errors)]


def _median(result: Result, stand: str, workload: str, name: str) -> str:
    cells = pick(result["cells"], stand=stand, workload=workload)
    return figure(median(cell[name] for cell in cells)) if cells else figure(None)


def _first(result: Result, stand: str, kinds: list[str]) -> list[str]:
    names = ("first_ms", "warm_ms")
    return [" / ".join(_median(result, stand, kind, name) for name in names) for kind in kinds]
