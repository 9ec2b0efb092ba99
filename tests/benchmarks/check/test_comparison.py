"""What grew is told from what is noise, and from what cannot be compared."""

import pytest

from benchmarks.check.comparison import find_skipped
from tests.benchmarks.check.measured import grown, measured, rows

OWN = "PostgreSQL: own instructions"


def test_same_again_has_not_grown() -> None:
    """A run compared with itself grew nowhere and shrank nowhere."""
    assert not any(row.grew or row.shrank for row in rows(measured()))


@pytest.mark.parametrize(("instructions", "expected"), [(1019, []), (1021, [("one book", OWN)]), (500, [])])
def test_growth_begins_beyond_the_noise(instructions: int, expected: list[tuple[str, str]]) -> None:
    """Own instructions move by less than two hundredths on their own."""
    assert grown(measured(book={OWN: instructions})) == expected


@pytest.mark.parametrize("database", ["SQLite", "PostgreSQL"])
def test_one_more_statement_has_grown(database: str) -> None:
    """Statements are exact."""
    figure = f"{database}: statements"
    assert grown(measured(book={figure: 2})) == [("one book", figure)]


def test_first_statement_has_grown() -> None:
    """A request that took none before and takes one now has grown, though no ratio says how much."""
    none = measured(book={"SQLite: statements": 0})
    assert grown(measured(), none) == [("one book", "SQLite: statements")]
    assert grown(none, none) == []


def test_shrinking_is_told() -> None:
    """What takes much less than before is told, for the baseline should follow."""
    shrunk = [row for row in rows(measured(book={"SQLite: steps": 900})) if row.shrank]
    assert [(row.request, row.figure, round(row.change, 2)) for row in shrunk] == [("one book", "SQLite: steps", -0.1)]


def test_request_without_baseline_is_red() -> None:
    """A new request is not passed unseen, nor is one that is asked no more."""
    fewer = measured()
    del fewer["figures"]["one book"]
    assert {request for request, _ in grown(measured(), fewer)} == {"one book"}
    assert {request for request, _ in grown(fewer)} == {"one book"}


@pytest.mark.parametrize("build", ["3.11.2, GCC 12.2.0", "3.11.7, GCC 12.2.0"])
def test_other_build_of_python_is_compared_in_proportion(build: str) -> None:
    """Where the reference needs a fifth less, own code is expected to need a fifth less, within a tenth."""
    other = {"python build": build, "reference instructions": 800_000}
    figures = {"PostgreSQL: own instructions": 870, "SQLite: own instructions": 890}
    now = measured(other, book=figures)
    now["figures"]["page of 50"] |= dict.fromkeys(figures, 4000)
    assert grown(now) == [("one book", "SQLite: own instructions")]


@pytest.mark.parametrize(
    ("condition", "figures"),
    [
        ({"python": "3.13"}, {"SQLite: own instructions", "PostgreSQL: own instructions"}),
        ({"sqlite": "3.46.0"}, {"SQLite: steps"}),
        ({"sqlite build": "def COMPILER=clang"}, {"SQLite: its instructions"}),
        ({"sqlite library": "built in"}, {"SQLite: own instructions", "SQLite: its instructions"}),
        ({"postgresql": "15"}, {"PostgreSQL: blocks", "PostgreSQL: rows"}),
    ],
)
def test_figure_of_another_meaning_is_skipped(condition: dict[str, str], figures: set[str]) -> None:
    """A figure is not compared where it means something else, which is said with the condition; the others are."""
    now = measured(condition, book=dict.fromkeys(figures, 9_999))
    assert {one.figure for one in find_skipped(measured(), now)} == figures
    assert {one.condition for one in find_skipped(measured(), now)} == set(condition)
    assert grown(now) == []
    assert figures.isdisjoint({row.figure for row in rows(now)})
