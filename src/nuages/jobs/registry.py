"""Find the functions that may be run as jobs by their names, as every process that has imported them knows them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from nuages.jobs.context import JobContext
from nuages.jobs.terms import Job

_known: dict[str, JobFunction] = {}
_finders: list[Callable[[str], Any]] = []


@dataclass(frozen=True, slots=True)
class JobFunction:
    """A function that workers can run.

    Shapes: `name` is stored with each job ("shop.mails.send_confirmation"); `run(arguments, context)` calls the
        function with the arguments that were stored, as JSON has them, and gives what JSON can hold, or None where the
        result went to `context.file(...)`; `place` is where the function stands ("shop/mails.py:12 send_confirmation");
        `complaints` are what is wrong with it beside its terms, each a sentence and a hint.
    """

    name: str
    place: str
    terms: Job
    run: Callable[[Mapping[str, Any], JobContext], Any]
    complaints: Callable[[], Iterable[tuple[str, str]]] = tuple


def register(function: JobFunction) -> JobFunction:
    """Let workers find a function; the last one of a name counts."""
    _known[function.name] = function
    return function


def also_find(finder: Callable[[str], JobFunction | None]) -> None:
    """Let workers find functions that are not registered: `finder(name)` gives one, or None."""
    _finders.append(finder)


def find(name: str) -> JobFunction | None:
    """The function of a name, None where this process has none."""
    return _known.get(name) or next(filter(None, (finder(name) for finder in _finders)), None)


def registered() -> list[JobFunction]:
    """Every function that may be run here, by name."""
    return [_known[name] for name in sorted(_known)]
