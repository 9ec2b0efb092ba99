"""Run the tests of a guard without it, and see which of them failed. No test lives here."""

import os
import subprocess
import sys

from tests.guards.guard import SOURCE, Guard

ROOT = SOURCE.parent
LIMIT_S = 300


def run_without(guard: Guard) -> tuple[list[str], str]:
    """Run a guard's tests without it.

    Shapes: the node ids below tests/ that failed, and all that pytest said.
    Raises: AssertionError where the tests could not even be run.
    """
    command = [sys.executable, "-m", "pytest", "-p", "tests.guards.switch", "-p", "no:cacheprovider", "-p", "no:xdist"]
    chosen = [f"tests/{test}" for test in guard.tests]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))}
    done = subprocess.run(
        [*command, "-q", "-rf", "--tb=line", "-k", "not postgres", *chosen],
        cwd=ROOT,
        env={**environment, "NUAGES_GUARD_OFF": guard.name},
        capture_output=True,
        text=True,
        check=False,
        timeout=LIMIT_S,
    )
    said = done.stdout + done.stderr
    assert done.returncode in {0, 1}, said
    lines = [line.removeprefix("FAILED tests/") for line in said.splitlines() if line.startswith("FAILED ")]
    return lines, said


def still_green(guard: Guard, failed: list[str]) -> list[str]:
    """The tests of a guard that did not notice."""
    return [test for test in guard.tests if not any(line.startswith(test) for line in failed)]
