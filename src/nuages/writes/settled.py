"""Run something that an author's code and a database may stop, and tell the client what stands against it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from nuages.change.conflicts import problem_of_change
from nuages.declare.spec import Writable
from nuages.failures import Failures
from nuages.writes.asked import Asked

Done = TypeVar("Done")


def settled(asked: Asked[Any], parts: tuple[Writable, ...], run: Callable[[], Done], failures: Failures) -> Done:
    """Run it.

    Shapes: `parts` are the members that a client names, to be blamed for their values.
    Raises: the Problem that an error means, with the members of the document that are to blame; the error itself where
        the client has no part in it.
    """
    try:
        return run()
    except Exception as error:  # of a hook, a model or a database: whatever is the client's is told, the rest goes on
        spec, pointer = asked.operation.detail.spec, asked.progress.pointer
        known = partial(problem_of_change, model=spec.model, parts=parts, hidden=spec.hidden)
        problem = failures.problem_of(error, asked.principal, known)
        if problem is None or (problem is error and not pointer):
            raise
        raise (problem.at(pointer) if pointer else problem) from error
