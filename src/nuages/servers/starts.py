"""Decide when a worker that has ended is started again, and when there is no use in it. Starts nothing itself.

A worker that was up and was killed is replaced at once, however often; one that cannot start is tried a few times.
"""

from __future__ import annotations

# What dies sooner has not been of use to anybody: it counts as a start that failed.
_STEADY_S = 1.0
_FIRST_WAIT_S = 0.25
_LONGEST_WAIT_S = 8.0
MOST_FAILED = 5


class Starts:
    """The starts of a server's workers.

    Units: s of a monotonic clock; `failed` is how many starts have failed since one succeeded.
    """

    def __init__(self) -> None:
        self.failed = 0

    @property
    def is_hopeless(self) -> bool:
        """Whether so many have failed that the next would too."""
        return self.failed >= MOST_FAILED

    def wait_s(self, *, up_s: float | None) -> float:
        """How long to wait until a worker that has ended is started again.

        Shapes: `up_s` is how long it was up, None for one that never was.
        """
        if up_s is not None and up_s >= _STEADY_S:
            self.failed = 0
            return 0.0
        self.failed += 1
        return min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 2.0 ** (self.failed - 1)) if self.failed > 1 else 0.0
