"""The page says what the figures say: losses beside gains, errors marked, and nothing without a result."""

import copy
from typing import Any

from benchmarks.report.page import write_page

_LABELS = {"nuages": "Nuages", "drf": "DRF", "statement-wsgi": "by hand"}
_SERVED = {"nuages": ["W2"], "drf": ["W1", "W2"], "statement-wsgi": ["W1", "W2"]}


def _cell(stand: str, workload: str, rate: float, errors: int = 0) -> dict[str, Any]:
    cpu = {"server_cpu_ms": 0.1, "database_cpu_ms": 0.2, "rss_mib": 80.0, "stolen_percent": 0.0}
    times = {"p50_ms": 1.0, "p99_ms": 9.0, "calibration_ms": 40.0}
    place = {"stand": stand, "workload": workload, "connections": 64, "round": 0}
    return {**place, "requests_a_second": rate, "errors": errors, **cpu, **times}


RESULT = {
    "part": "matrix",
    "conditions": {
        "date": "2026-01-01",
        "commit": "abc",
        "machine": {"processors": 2, "model": "a processor", "memory_gib": 8, "kernel": "6"},
        "calibration_ms": 40.0,
        "database": {"version": "PostgreSQL 18", "reached": "a socket", "settings": {}, "rows": {"shop_book": 20_000}},
        "load": "wrk 4",
        "left_out": ["bolt"],
        "peers": {
            name: {"label": label, "versions": {"Python": "3.11"}, "started_by": "serve"}
            for name, label in _LABELS.items()
        },
    },
    "rounds": 1,
    "seconds": 2,
    "stands": {name: {"peer": name, "workers": 1, "workloads": served} for name, served in _SERVED.items()},
    "workloads": ["W1", "W2"],
    "connections": [64],
    "problems": {"ninja": ["W2: 500"]},
    "cells": [
        _cell("drf", "W1", 1000.0),
        _cell("statement-wsgi", "W1", 9000.0),
        _cell("drf", "W2", 100.0, errors=5),
        _cell("nuages", "W2", 2000.0),
        _cell("statement-wsgi", "W2", 4000.0),
    ],
}


def _lines(result: dict[str, Any]) -> list[str]:
    return write_page({"matrix": result}).text.splitlines()


def test_a_losing_cell_is_shown() -> None:
    """Nuages stands below what is faster, with its ratio, and the missed aim is named as missed."""
    lines = _lines(RESULT)
    rows = [line for line in lines if line.startswith(("| statement-wsgi | 4,000", "| **nuages** | 2,000"))]
    assert [row.split("|")[1].strip() for row in rows] == ["statement-wsgi", "**nuages**"]
    assert "0.500" in rows[1]
    assert any(line.startswith("| W2: 0.9 of the hand-written statement") and "**missed**" in line for line in lines)


def test_what_is_not_built_is_a_dash_with_a_note() -> None:
    """A workload that Nuages does not serve yet is a dash, and a note says why."""
    text = write_page({"matrix": RESULT}).text
    assert "| **nuages**¹ |" in text
    assert "¹ Nuages: not built yet." in text


def test_errors_mark_a_cell() -> None:
    """A figure with errors is marked wherever it stands."""
    assert "**5!**" in write_page({"matrix": RESULT}).text


def test_who_is_missing_is_named() -> None:
    """A peer that was left out, or that answered otherwise, is named."""
    text = write_page({"matrix": RESULT}).text
    assert "Left out, since their Python is not there: bolt." in text
    assert "Not measured: ninja: W2: 500" in text


def test_without_results_nothing_is_claimed() -> None:
    """A page without result files has no figures."""
    page = write_page({})
    assert page.charts == {}
    assert page.text.count("Not measured yet.") == 6


def test_charts_are_small_and_the_same_each_time() -> None:
    """A chart is written twice alike, is smaller than 40 kB, and each is shown on the page."""
    page = write_page({"matrix": RESULT})
    assert page == write_page({"matrix": copy.deepcopy(RESULT)})
    for name, text in page.charts.items():
        assert f"(benchmarks/{name})" in page.text
        assert len(text.encode()) < 40_000
