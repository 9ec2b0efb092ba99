"""What a store of counts is asked and what it answers, and how a window slides. No store and no clock is here.

A window is cut into PARTS parts, each with a count. What was counted leaves when its part has left the window wholly:
in no stretch of one window's length does more than the quota pass; in return a request comes back up to one part, a
fifteenth of the window, late.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Protocol

PARTS = 15
COUNTS = PARTS + 1  # a window that begins inside a part reaches into one more


@dataclass(frozen=True, slots=True)
class Charge:
    """What one request is to take of one quota.

    Shapes: `key` is a digest of 16 bytes: of the policy and of who shares the count.
    """

    key: bytes
    quota: int
    window_s: float
    cost: int


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of one quota.

    Units: `remaining` is in costs, and is that for `reset_s` more seconds at least; `wait_s` is how long to wait until
        the charge could pass, 0 where it passes now.
    """

    remaining: int
    reset_s: float
    wait_s: float


class Store(Protocol):
    """Counts that are shared by whoever the store reaches."""

    def take(self, charges: Sequence[Charge]) -> list[Left]:
        """Take every charge, or none where one does not pass; give what is left of each.

        Raises: StoreFailed where nobody can tell.
        """


class StoreFailed(Exception):
    """The store does not answer, or not in time."""


def slide(counts: list[int], newest: int, part: int) -> list[int]:
    """Let time pass: the counts of a slot whose newest part was `newest`, as they are at `part`.

    Shapes: the count of part n stands at n % COUNTS. A newest part that is yet to come is of another clock: the machine
        was started anew.
    """
    if part == newest:
        return counts
    if not 0 < part - newest < COUNTS:
        return [0] * COUNTS
    for each in range(newest + 1, part + 1):
        counts[each % COUNTS] = 0
    return counts


def look(counts: Sequence[int], now_s: float, charge: Charge) -> Left:
    """Say what is left before a charge is taken."""
    remaining = charge.quota - sum(counts)
    leaving = _leaving(counts, now_s, charge.window_s)
    reset_s = next((leaves_s for leaves_s, _ in leaving), charge.window_s)
    lacking = charge.cost - remaining
    if lacking <= 0:
        return Left(remaining, reset_s, 0.0)
    free = accumulate(count for _, count in _leaving(counts, now_s, charge.window_s))
    waits_s = (leaves_s for leaves_s, _ in _leaving(counts, now_s, charge.window_s))
    wait_s = next((each_s for each_s, freed in zip(waits_s, free, strict=True) if freed >= lacking), charge.window_s)
    return Left(max(remaining, 0), min(reset_s, wait_s), wait_s)


def _leaving(counts: Sequence[int], now_s: float, window_s: float) -> Iterator[tuple[float, int]]:
    """What leaves the window, the oldest first: in how many seconds, and how much."""
    length_s = window_s / PARTS
    part = int(now_s / length_s)
    for each in range(part - PARTS, part + 1):
        if counts[each % COUNTS]:
            yield (each + COUNTS) * length_s - now_s, counts[each % COUNTS]


def taken(left: list[Left], charges: Sequence[Charge]) -> list[Left]:
    """What is left after every charge has been taken; the same list where one has to wait, and nothing was."""
    if any(each.wait_s for each in left):
        return left
    return [Left(each.remaining - charge.cost, each.reset_s, 0.0) for each, charge in zip(left, charges, strict=True)]
