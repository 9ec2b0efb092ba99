"""Every guard is taken away once, and each of its tests turns red: `make guards`."""

import pytest

from tests.guards.guard import Guard
from tests.guards.table import GUARDS
from tests.guards.taken_away import run_without, still_green


@pytest.mark.parametrize("guard", GUARDS, ids=[guard.name for guard in GUARDS])
def test_without_the_guard_its_tests_fail(guard: Guard) -> None:
    """Each of them, so that none is there for show."""
    failed, said = run_without(guard)
    assert still_green(guard, failed) == [], said[-3000:]
