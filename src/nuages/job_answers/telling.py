"""Turn what a job's function raises into what its owner is told: the problem that it would be to a client."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from nuages.errors import Problem
from nuages.failures import Failures, Known
from nuages.identify.principal import Principal


@contextmanager
def told(failures: Failures, principal: Principal, known: Known) -> Iterator[None]:
    """Let a problem of the client's making end the job; what may pass by itself goes on, and is tried again.

    Shapes: `known` is what the room where it was met says of an error.
    """
    try:
        yield
    except Exception as error:  # of a function, a model or a database
        problem = failures.problem_of(error, principal, known)
        if problem is None or problem is error or problem.status >= Problem.status:
            raise
        raise problem from error
