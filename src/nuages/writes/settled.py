"""Run something that an author's code and a database may stop, and tell the client what stands against it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.db.models import Model

from nuages.change.conflicts import problem_of_change
from nuages.declare.spec import Writable

Done = TypeVar("Done")


def settled(
    model: type[Model], parts: tuple[Writable, ...], run: Callable[[], Done], hidden: frozenset[str] = frozenset()
) -> Done:
    """Run it; `hidden` are members of which the client is told nothing.

    Raises: the Problem that an error means, with the members of the document that are to blame; the error itself where
        the client has no part in it.
    """
    try:
        return run()
    except Exception as error:  # of a hook, a model or a database: whatever is the client's is told, the rest goes on
        problem = problem_of_change(error, model, parts, hidden)
        if problem is None or problem is error:
            raise
        raise problem from error
