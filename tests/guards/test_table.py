"""The table of guards is of the source and the tests that there are; and of a guard that is gone, its tests tell."""

from collections import Counter
from pathlib import Path

import pytest

from tests.guards.guard import Cut, Guard
from tests.guards.table import BROWSERS, GUARDS
from tests.guards.taken_away import run_without, still_green

TESTS = Path(__file__).parents[1]


@pytest.mark.parametrize("guard", GUARDS, ids=[guard.name for guard in GUARDS])
def test_guards_and_their_tests_are_there(guard: Guard) -> None:
    """Whoever changes a guard's line, or a test's name, changes the table."""
    for cut in guard.cuts:
        compile(cut.apply(cut.path.read_text()), str(cut.path), "exec")
    for test in guard.tests:
        file, _, name = test.partition("::")
        assert f"def {name.partition('[')[0]}" in (TESTS / file).read_text()


def test_names_are_given_once() -> None:
    """A guard is chosen by its name."""
    assert Counter(guard.name for guard in GUARDS).most_common(1)[0][1] == 1


def test_a_change_of_the_source_is_noticed() -> None:
    """A guard that no longer stands where the table says is no guard that was taken away."""
    for source in ("a = 1", "if False: if False:"):
        with pytest.raises(ValueError, match="not once"):
            Cut("nuages.http.origin", "if False:", "").apply(source)


def test_a_guard_that_is_gone_is_missed() -> None:
    """One of them as a sample; `make guards` takes them all, a minute or two."""
    [guard] = [each for each in BROWSERS if each.name.startswith("C12 a pattern")]
    failed, said = run_without(guard)
    assert still_green(guard, failed) == [], said
    assert still_green(Guard("", (), ("http/test_cors.py::test_of_something_else",)), failed) != []
