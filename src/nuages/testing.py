"""What a project's own tests may use: who may do and see what, and endpoints that answer just as they say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from nuages.diagnose.access import Matrix, access_matrix
from nuages.functions.encoding import checking

__all__ = ["Matrix", "access_matrix", "checked_answers"]


@contextmanager
def checked_answers() -> Iterator[None]:
    """Let an endpoint whose answer holds what its annotation does not name fail, as it does where DEBUG is on.

    Shapes: `with checked_answers(): client.get("/api/stats/FR")`.
    """
    token = checking.set(True)
    try:
        yield
    finally:
        checking.reset(token)
