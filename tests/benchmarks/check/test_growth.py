"""What grew is named, and the check goes red."""

from typing import Any

import pytest

from benchmarks.check.comparison import name_growth
from benchmarks.check.python_calls import count_calls
from benchmarks.check.run import show
from tests.benchmarks.check.measured import measured

OWN = "PostgreSQL: own instructions"


def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Answer as quickly as can be."""
    start_response("200 OK", [])
    return [b"{}"]


def slower(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Answer the same after needless work."""
    for _ in range(3):
        waste(environ)
    return application(environ, start_response)


def waste(environ: dict[str, Any]) -> int:
    """Do needless work."""
    return sum(len(str(name)) for name in environ)


def test_slower_handler_is_named() -> None:
    """A handler that does more is named with how often what it calls is called."""
    runs = [measured(), measured()]
    for run, asked in zip(runs, (application, slower), strict=True):
        run["calls"]["one book"] = count_calls(asked, [{"PATH_INFO": "/"}] * 2)
    named = name_growth("one book", *runs)
    assert f"{__name__}.waste: 6 calls, 0 before" in named
    assert f"{__name__}.slower: 2 calls, 0 before" in named
    assert not any(".application" in line for line in named)


def test_own_functions_are_named_first() -> None:
    """The first are ours, then the greatest differences; what is called less often is not named."""
    now = measured()
    now["calls"]["one book"] = {
        "<built-in method builtins.len>": 90,
        "nuages.parse.pairs.read_pairs": 3,
        "nuages.parse.pairs.split": 1,
    }
    assert name_growth("one book", measured(), now) == [
        "nuages.parse.pairs.read_pairs: 3 calls, 2 before",
        "nuages.parse.pairs.split: 1 calls, 0 before",
        "<built-in method builtins.len>: 90 calls, 40 before",
    ]


def test_nothing_is_named_across_versions() -> None:
    """Another Python calls other functions; that says nothing of ours."""
    now = measured({"python": "3.13"})
    now["calls"]["one book"]["nuages.parse.pairs.read_pairs"] = 9
    assert name_growth("one book", measured(), now) == []


def test_growth_is_red_and_named(capsys: pytest.CaptureFixture[str]) -> None:
    """The exit code is 1, and request, figure and function are told."""
    now = measured(book={OWN: 1100})
    now["calls"]["one book"]["nuages.parse.pairs.read_pairs"] = 5
    assert show(measured(), now) == 1
    said = capsys.readouterr().out
    assert "'one book' grew: PostgreSQL: own instructions +10.0%." in said
    assert "nuages.parse.pairs.read_pairs: 5 calls, 2 before" in said
    assert "'page of 50' grew" not in said


def test_growth_without_calls_is_told_too(capsys: pytest.CaptureFixture[str]) -> None:
    """Where no function is called more often, that is what is told."""
    assert show(measured(), measured(book={"PostgreSQL: blocks": 1100})) == 1
    assert "Called more often, on both databases together:\n    nothing;" in capsys.readouterr().out


def test_less_is_green_and_told(capsys: pytest.CaptureFixture[str]) -> None:
    """What shrank is no fault; how to keep it is told."""
    assert show(measured(), measured(book={OWN: 500})) == 0
    assert "Less than before: one book. `make bench-baseline` keeps it." in capsys.readouterr().out


def test_what_is_not_compared_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """Both values of the condition are told, and that another build counts otherwise."""
    show(measured(), measured({"postgresql": "15", "python build": "3.11.2, GCC 12.2.0"}))
    said = capsys.readouterr().out
    assert "PostgreSQL: blocks: postgresql is 15, in the baseline 18" in said
    assert "Another build of Python" in said
