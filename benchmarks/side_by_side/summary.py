"""Turn the figures of a part into a table for the terminal."""

from typing import Any

from benchmarks.side_by_side.ratios import errors_of, median_of, pick, ratio

BASELINES = ("drf", "statement-wsgi")


def summarize(result: dict[str, Any]) -> str:
    """Write the figures of each stand, a line a cell, the rounds taken together."""
    cells = result.get("cells", [])
    lines = [f"{name}: NOT MEASURED: {'; '.join(found)}" for name, found in result.get("problems", {}).items()]
    if cells and "requests_a_second" in cells[0]:
        lines += [_head(), *_rows(result, cells)]
    else:
        lines += [" ".join(f"{name}={value}" for name, value in cell.items()) for cell in cells]
    return "\n".join(lines)


def _head() -> str:
    return (
        f"{'':24} {'':10} {'conn':>4} {'req/s':>9} {'x drf':>7} {'x stmt':>7} {'p50 ms':>8} {'p99 ms':>8} "
        f"{'server':>7} {'database':>8} {'MiB':>5} errors   (CPU in ms a request)"
    )


def _rows(result: dict[str, Any], cells: list[dict[str, Any]]) -> list[str]:
    rows = []
    for workload in result["workloads"]:
        for connections in result["connections"]:
            for stand in result["stands"]:
                alike = pick(cells, stand=stand, workload=workload, connections=connections)
                if alike:
                    rows.append(_row(cells, alike))
    return rows


def _row(cells: list[dict[str, Any]], alike: list[dict[str, Any]]) -> str:
    place = {name: alike[0][name] for name in ("stand", "workload", "connections")}
    ratios = [ratio(cells, baseline=baseline, **place) for baseline in BASELINES]
    shown = " ".join("      -" if one is None else f"{one:7.2f}" for one in ratios)
    return (
        f"{place['stand']:24} {place['workload']:10} {place['connections']:4} "
        f"{median_of(alike, 'requests_a_second'):9,.0f} {shown} {median_of(alike, 'p50_ms'):8.2f} "
        f"{median_of(alike, 'p99_ms'):8.2f} {median_of(alike, 'server_cpu_ms'):7.3f} "
        f"{median_of(alike, 'database_cpu_ms'):8.3f} {median_of(alike, 'rss_mib'):5.0f} {errors_of(alike) or ''}"
    )
