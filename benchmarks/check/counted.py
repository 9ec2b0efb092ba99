"""What runs below callgrind: every fixed request, warm, on both databases, and the reference, each a separate stretch.

    valgrind --tool=callgrind ... benchmarks/check/counted.py SQLITE_FILE POSTGRESQL_DIRECTORY

Two functions of the C library that nothing else calls mark the stretches: `getsid` begins one, `getpgid` ends it.
callgrind starts from zero before the first and writes what it counted before the second (see `callgrind`).
"""

import gc
import os
import sys
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from select import select
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks.check.asking import ask, check, prepare
from benchmarks.check.project import bring_up
from benchmarks.check.questions import QUESTIONS
from benchmarks.check.reference import work
from nuages.execute import silence

WARM = 20  # psycopg and PostgreSQL have settled on how a statement is run by then, and Python on how code is
COUNTED = 20
_ROUNDS = 200
REFERENCE = "reference"
ALIASES = ("sqlite", "postgresql")


def stretches() -> list[tuple[str, str]]:
    """Name the stretches in their order: (database, request)."""
    return [(REFERENCE, REFERENCE), *((alias, name) for alias in ALIASES for name in QUESTIONS)]


def main() -> None:
    """Count everything."""
    # To write how long a stage took costs more for some numbers than for others.
    time.perf_counter = count(0.0, 0.0001).__next__
    application = bring_up()
    # The thread that looks at PostgreSQL's connections goes by the clock, and a request takes fifty times as long here.
    silence.LOOK_S = 1e6
    _wait()
    _say_where(*sys.argv[1:])
    work(_ROUNDS)
    _count(lambda: work(_ROUNDS))
    for alias, name in stretches()[1:]:
        _count_request(application, alias, name)


def _wait() -> None:
    """Say that the project is up, and go on when callgrind counts; it listens only to a process that is busy."""
    print("up", flush=True)
    while not select([sys.stdin], [], [], 0)[0]:
        pass


def _say_where(sqlite_file: str, postgresql_directory: str) -> None:
    from django.conf import settings  # noqa: PLC0415  # only now that the project is up

    settings.DATABASES["sqlite"]["NAME"] = sqlite_file
    settings.DATABASES["postgresql"]["HOST"] = postgresql_directory


def _count_request(application: Any, alias: str, name: str) -> None:
    from tests.support.router import choose_database  # noqa: PLC0415  # only now that the project is up

    with choose_database(alias):
        environs = prepare(application, name, WARM + COUNTED)
        ask(application, environs[:WARM])
        check(name, _count(lambda: ask(application, environs[WARM:])))


def _count(stretch: Callable[[], Any]) -> Any:
    # What there is by now is nobody's garbage, and a collection would fall into whichever stretch comes next.
    gc.collect()
    gc.freeze()
    gc.disable()
    os.getsid(0)
    result = stretch()
    os.getpgid(0)
    return result


if __name__ == "__main__":
    main()
