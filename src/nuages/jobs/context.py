"""What a function that runs as a job may ask and tell: which attempt it is, how far it is, whether to go on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any, Protocol, TypeAlias

from nuages.jobs.stopping import JobCanceled

__all__ = ["JobCanceled", "JobContext", "Writable"]


Writable: TypeAlias = IO[bytes]
"""Where the bytes of a result go; for text, `io.TextIOWrapper(context.file(...), encoding="utf-8")`."""


class JobContext(Protocol):
    """The attempt that is running; a function gets it by a parameter annotated `JobContext`.

    Shapes: `id` is the job's; `attempt` counts from 1; `principal` tells who asked, as it was stored.
    """

    @property
    def id(self) -> str:
        """The id of the job."""

    @property
    def attempt(self) -> int:
        """Which attempt this is, from 1."""

    @property
    def principal(self) -> Mapping[str, Any]:
        """Who asked for it, as it was stored."""

    def progress(self, done: float, total: float | None = None, note: str = "") -> None:
        """Tell how far it is; seen by the owner within a second.

        Raises: JobCanceled where somebody has asked for its end.
        """

    def file(self, content_type: str, filename: str) -> Writable:
        """Begin a result that is a file; what is written to it is given to the owner when the job has succeeded."""
