"""Put the fixed requests to both databases and gather all that is counted, with the conditions it was counted in.

Shapes: `{"conditions": {...}, "figures": {request: {figure: number}}, "calls": {request: {function: number}}}`, all of
    it for one asking; plain data, to be compared or kept.
"""

import platform
import sqlite3
from collections import Counter
from collections.abc import Mapping
from typing import Any

import django
import msgspec
import psycopg
from django.conf import settings
from django.db import connections

from benchmarks.check.asking import ask, check, prepare
from benchmarks.check.callgrind import Count, count_instructions
from benchmarks.check.counted import ALIASES, COUNTED, REFERENCE, WARM
from benchmarks.check.database_work import postgresql_work, sqlite_work
from benchmarks.check.python_calls import count_calls
from benchmarks.check.questions import BOOKS, QUESTIONS
from benchmarks.databases import both_bookshops
from tests.support.router import choose_database

Measured = dict[str, Any]
_TITLES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
_WORK = {"sqlite": sqlite_work, "postgresql": postgresql_work}


def measure(application: Any) -> Measured:
    """Measure everything.

    Raises: WrongAnswerError; RuntimeError where valgrind fails.
    """
    with both_bookshops(BOOKS):
        counts = count_instructions(settings.DATABASES["sqlite"]["NAME"], settings.DATABASES["postgresql"]["HOST"])
        asked = {name: _ask_both(application, name) for name in QUESTIONS}
        return {
            "conditions": _conditions(counts),
            "figures": {
                name: {figure: round(number, 2) for figure, number in {**work, **_instructions(counts, name)}.items()}
                for name, (work, _) in asked.items()
            },
            "calls": {name: calls for name, (_, calls) in asked.items()},
        }


def _ask_both(application: Any, name: str) -> tuple[dict[str, float], dict[str, float]]:
    figures: dict[str, float] = {}
    calls: Counter[str] = Counter()
    for alias in ALIASES:
        with choose_database(alias):
            environs = prepare(application, name, WARM + COUNTED)
            check(name, ask(application, environs[:WARM]))
            work = _WORK[alias](application, environs[WARM:])
            calls.update(count_calls(application, environs[WARM:]))
        figures |= {f"{_TITLES[alias]}: {kind}": number for kind, number in work.items()}
    return figures, {function: number / COUNTED for function, number in sorted(calls.items())}


def _instructions(counts: Mapping[tuple[str, str], Count], name: str) -> dict[str, float]:
    figures = {f"{_TITLES[alias]}: own instructions": counts[alias, name].own / COUNTED for alias in ALIASES}
    return {**figures, "SQLite: its instructions": counts["sqlite", name].sqlite / COUNTED}


def _conditions(counts: Mapping[tuple[str, str], Count]) -> dict[str, Any]:
    with connections["postgresql"].cursor() as cursor:
        cursor.execute("SHOW server_version")
        server = cursor.fetchone()[0]
    return {
        "architecture": platform.machine(),
        "python": ".".join(platform.python_version_tuple()[:2]),
        "python build": f"{platform.python_version()}, {platform.python_compiler()}",
        "django": ".".join(map(str, django.VERSION[:2])),
        "msgspec": msgspec.__version__,
        "psycopg": f"{psycopg.__version__} ({psycopg.pq.__impl__})",
        "sqlite": sqlite3.sqlite_version,
        "sqlite build": _sqlite_build(),
        # Where Python has SQLite built in, callgrind cannot tell them apart.
        "sqlite library": "shared" if any(count.sqlite for count in counts.values()) else "built in",
        "postgresql": server.partition(".")[0],
        "reference instructions": counts[REFERENCE, REFERENCE].everything,
    }


def _sqlite_build() -> str:
    """The very source and compiler: other ones need other instructions for the same steps."""
    with connections["sqlite"].cursor() as cursor:
        cursor.execute("SELECT sqlite_source_id()")
        source = cursor.fetchone()[0]
        cursor.execute("PRAGMA compile_options")
        compiler = next((option for (option,) in cursor.fetchall() if option.startswith("COMPILER=")), "")
    return f"{source.split()[-1][:12]} {compiler}"
