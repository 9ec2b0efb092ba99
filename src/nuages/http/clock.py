"""Time the stages of one request and spell them as a Server-Timing header."""

from __future__ import annotations

from time import perf_counter


class Clock:
    """Times the stages of one request.

    Source: W3C Server-Timing.
    """

    __slots__ = ("_ends_s", "_stages", "_started_s")

    def __init__(self, started_s: float) -> None:
        self._started_s = started_s or perf_counter()
        self._stages: list[str] = []
        self._ends_s: list[float] = []

    def lap(self, stage: str) -> None:
        """Note the end of a stage."""
        self._stages.append(stage)
        self._ends_s.append(perf_counter())

    def header(self) -> str:
        """Spell the header's value, in milliseconds."""
        total_ms = (perf_counter() - self._started_s) * 1000
        last_s, spelled = self._started_s, []
        for stage, end_s in zip(self._stages, self._ends_s, strict=True):
            spelled.append("%s;dur=%.3f" % (stage, (end_s - last_s) * 1000))  # noqa: UP031  # half an f-string's time
            last_s = end_s
        return ", ".join([*spelled, "total;dur=%.3f" % total_ms])  # noqa: UP031
