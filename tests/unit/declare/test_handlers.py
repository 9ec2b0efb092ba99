"""A handler that could not answer is named before anything is served."""

from functools import partial
from typing import Any

import pytest
from django.http import Http404

from nuages import API, Conflict, Problem
from nuages.errors import DeclarationError


class Trouble(Exception):
    """What an author raises."""


def _answer(error: Exception) -> Problem:
    return Conflict("No.")


def _answer_to_request(request: Any, error: Exception) -> Problem:
    return Conflict("No.")


def _answer_by_name(*, error: Exception) -> Problem:
    return Conflict("No.")


async def _answer_later(error: Exception) -> Problem:
    return Conflict("No.")


@pytest.mark.parametrize(
    ("error", "function", "message"),
    [
        (404, _answer, "exception_handler(404): this is no class of exceptions."),
        ("Trouble", _answer, "exception_handler('Trouble'): this is no class"),
        ((Trouble, Http404), _answer, "this is no class of exceptions."),
        (Trouble(), _answer, "exception_handler(Trouble()): this is no class"),
        (int, _answer, "exception_handler(int): this is no class of exceptions."),
        (KeyboardInterrupt, _answer, "exception_handler(KeyboardInterrupt): this ends the process"),
        (BaseException, _answer, "exception_handler(BaseException): this ends the process"),
        (Conflict, _answer, "exception_handler(Conflict): a Problem is its own answer."),
        (Trouble, None, "exception_handler(Trouble) stands above no function."),
        (Trouble, "_answer", "'_answer' is no function."),
        (Trouble, Conflict, "Conflict is no function."),
        (Trouble, _answer_later, "_answer_later is async"),
        (Trouble, _answer_to_request, "_answer_to_request must take one argument, the exception."),
        (Trouble, _answer_by_name, "_answer_by_name must take one argument"),
        (Trouble, lambda: None, "<lambda> must take one argument"),
    ],
)
def test_a_handler_that_is_none_is_named(error: Any, function: Any, message: str) -> None:
    """What was written, where, and how it is written."""
    api = API(title="wrong")
    api.exception_handler(error)(function)
    [found] = api.mistakes()
    assert (found.id, message in found.message) == ("nuages.E030", True), found
    assert "@api.exception_handler(OutOfStock)" in found.hint
    with pytest.raises(DeclarationError, match=r"nuages\.E030"):
        api.build()


def test_a_handler_is_named_by_file_and_line() -> None:
    """The function's, which an editor can jump to."""
    api = API(title="wrong")
    api.exception_handler(404)(_answer)  # type: ignore[arg-type]
    [found] = api.mistakes()
    assert "test_handlers.py:" in found.place
    assert found.place.endswith("_answer")


def test_a_decorator_without_parentheses_is_found() -> None:
    """It would take the function for the class, and register nothing."""
    api = API(title="wrong")
    api.exception_handler(_answer)  # type: ignore[arg-type]
    [found] = api.mistakes()
    assert (found.message, found.place.endswith("_answer")) == (
        "exception_handler(_answer): this is no class of exceptions.",
        True,
    )


def test_a_handler_that_was_never_given_is_found() -> None:
    """The class is named where it stands."""
    api = API(title="wrong")
    api.exception_handler(Trouble)
    [found] = api.mistakes()
    assert (found.message, found.place.endswith("Trouble")) == (
        "exception_handler(Trouble) stands above no function.",
        True,
    )


def test_a_class_has_one_handler() -> None:
    """The second one is blamed; one below it may have its own."""
    api = API(title="wrong")
    api.exception_handler(Trouble)(_answer)
    api.exception_handler(Trouble)(lambda _: Conflict("No."))
    [found] = api.mistakes()
    assert (found.message, found.place.endswith("<lambda>")) == ("Trouble has a handler already.", True)


@pytest.mark.parametrize("function", [_answer, lambda _: Conflict("No."), partial(_answer), Conflict("No.").at, print])
def test_what_can_answer_is_taken(function: Any) -> None:
    """A function may stand above several classes, and stays what it was."""
    api = API(title="right")
    assert api.exception_handler(Trouble)(function) is function
    assert api.exception_handler(Http404)(function) is function
    assert api.mistakes() == []


@pytest.mark.parametrize("status", [200, 304, 399, 600, "404", None])
def test_a_problem_is_no_success(status: Any) -> None:
    """Its class is refused where it is written."""
    with pytest.raises(TypeError, match=r"Gone\.status is .*; a problem's is from 400 to 599"):
        type("Gone", (Problem,), {"status": status})
