"""Measure how many jobs that do nothing one process enqueues and one worker of one process runs in a second.

    python benchmarks/jobs.py [--jobs 2000] [--rounds 3] [--databases sqlite,postgres]

django-tasks-db is measured beside it, in turn, where `make peers` has installed it. Each job is enqueued in a
transaction of its own; of a worker's time that of an empty queue is taken away, which is what its start takes.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]

from tests.support.postgres import temp_postgres  # noqa: E402  # found by the line above

WORKERS = {"nuages": ["worker", "--batch", "--quiet"], "django-tasks-db": ["db_worker", "--batch", "--interval", "0.1"]}
PYTHONS = {"nuages": sys.executable, "django-tasks-db": str(ROOT / ".venv-bench-311" / "bin" / "python")}
LIMIT_S = 600


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=2_000, help="in each round (default: 2000)")
    parser.add_argument("--rounds", type=int, default=3, help="whose median counts (default: 3)")
    parser.add_argument("--databases", default="sqlite,postgres")
    given = parser.parse_args()
    sides = [side for side, python in PYTHONS.items() if Path(python).exists()]
    print("| database | side | enqueued a second | run a second |")
    print("|---|---|---|---|")
    for name in given.databases.split(","):
        with database(name) as environment:
            for side in sides:
                run(environment, side, "-m", "django", "migrate", "--verbosity", "0")
            rounds = [{side: measure(environment, side, given.jobs) for side in sides} for _ in range(given.rounds)]
        for side in sides:
            enqueued, done = (median(each[side][part] for each in rounds) for part in (0, 1))
            print(f"| {name} | {side} | {enqueued:.0f} | {done:.0f} |", flush=True)


@contextmanager
def database(name: str) -> Iterator[dict[str, str]]:
    """The environment of a project on a new database."""
    directory = Path(tempfile.mkdtemp(prefix="nuages-jobs-"))
    base = {**os.environ, "DJANGO_SETTINGS_MODULE": "benchmarks.jobs_project", "PYTHONPATH": str(ROOT)}
    try:
        if name == "sqlite":
            yield {**base, "BENCH_SQLITE": str(directory / "jobs.sqlite3")}
        else:
            with temp_postgres() as cluster:
                yield {**base, "BENCH_POSTGRES": str(cluster.directory)}
    finally:
        shutil.rmtree(directory)


def measure(environment: dict[str, str], side: str, number: int) -> tuple[float, float]:
    """How many jobs a second are enqueued, and run."""
    worker = ["-m", "django", *WORKERS[side]]
    start_s = timed(environment, side, *worker)
    enqueueing_s = float(run(environment, side, "-m", "benchmarks.jobs_project", str(number)))
    return number / enqueueing_s, number / (timed(environment, side, *worker) - start_s)


def timed(environment: dict[str, str], side: str, *arguments: str) -> float:
    """How many seconds a command takes."""
    begun_s = time.perf_counter()
    run(environment, side, *arguments)
    return time.perf_counter() - begun_s


def run(environment: dict[str, str], side: str, *arguments: str) -> str:
    """Run a command of Python to its end, which must be a good one; gives what it printed."""
    command = [PYTHONS[side], *arguments]
    done = subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False, timeout=LIMIT_S
    )
    if done.returncode != 0:
        sys.exit(done.stderr[-4_000:])
    return done.stdout


if __name__ == "__main__":
    main()
