"""Turn what an author registered to answer for exceptions into a table by class, and into what is wrong with it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from nuages.declare.report import locate
from nuages.errors import Misdeclared, Problem

_EXAMPLE = "Write @api.exception_handler(OutOfStock) above def out_of_stock(error)."
_RENDERER = "Write @api.problem_renderer above def render(problem, request), once."


@dataclass(slots=True)
class Handled:
    """A class of exceptions and the function that answers for them, as they were registered; nothing is checked yet."""

    error: Any
    function: Any = None


def handlers_of(registered: Sequence[Handled]) -> dict[type[Exception], Callable[[Any], Any]]:
    """The functions by the classes that they answer for."""
    return {each.error: each.function for each in registered}


def handler_mistakes(registered: Sequence[Handled]) -> Iterable[Misdeclared]:
    """What is wrong in them: `nuages.E030`."""
    seen: set[Any] = set()
    for each in registered:
        message = _mistake(each)
        if not message and each.error in seen:
            message = f"{each.error.__name__} has a handler already."
        if message:
            place = locate(each.error if each.function is None else each.function)
            yield Misdeclared("nuages.E030", place, message, _EXAMPLE)
        else:
            seen.add(each.error)


def renderer_mistakes(registered: Sequence[Any]) -> Iterable[Misdeclared]:
    """What is wrong in the functions that write problems: `nuages.E030`."""
    for index, each in enumerate(registered):
        message = _mistake_of_function(each, "problem", "request")
        if not message and index:
            message = f"problem_renderer({_name(each)}): {_name(registered[0])} writes the problems already."
        if message:
            yield Misdeclared("nuages.E030", locate(each), message, _RENDERER)


def _mistake(handled: Handled) -> str:
    error, function = handled.error, handled.function
    if not (isinstance(error, type) and issubclass(error, BaseException)):
        return f"exception_handler({_name(error)}): this is no class of exceptions."
    if not issubclass(error, Exception):
        return f"exception_handler({error.__name__}): this ends the process, and is not answered."
    if issubclass(error, Problem):
        return f"exception_handler({error.__name__}): a Problem is its own answer."
    if function is None:
        return f"exception_handler({error.__name__}) stands above no function."
    return _mistake_of_function(function, "exception")


def _mistake_of_function(function: Any, *wanted: str) -> str:
    if not callable(function) or isinstance(function, type):
        return f"{_name(function)} is no function."
    if inspect.iscoroutinefunction(function):
        return f"{_name(function)} is async; a handler answers at once."
    try:
        inspect.signature(function).bind(*wanted)
    except TypeError:
        arguments = "one argument" if len(wanted) == 1 else f"{len(wanted)} arguments"
        return f"{_name(function)} must take {arguments}, the {' and the '.join(wanted)}."
    except ValueError:  # a function in C that does not say what it takes
        return ""
    return ""


def _name(found: Any) -> str:
    return str(getattr(found, "__name__", None) or repr(found)[:80])
