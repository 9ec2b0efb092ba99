"""Turn "600/min" into a quota and a window, or into what is wrong with it. Counts nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass

_UNITS_S = {"s": 1, "sec": 1, "second": 1, "min": 60, "minute": 60, "h": 3600, "hour": 3600, "day": 86_400}
_RATE = re.compile(r"\s*([0-9]{1,9})\s*/\s*([0-9]{0,6})\s*([a-z]+)\s*")
MAX_WINDOW_S = 31 * 86_400  # a month's quota; what is longer belongs into a table of the project's own


@dataclass(frozen=True, slots=True)
class Rate:
    """How much in which time.

    Units: `quota` is in costs, which are 1 a request unless told otherwise; `window_s` slides.
    """

    quota: int
    window_s: int


def read_rate(text: str) -> Rate:
    """Read a rate.

    Shapes: "600/min", "10/s", "100/15min", "5000/day".
    Raises: ValueError with the next step.
    """
    found = _RATE.fullmatch(text)
    unit_s = _UNITS_S.get(found[3]) if found else None
    if found is None or unit_s is None:
        raise ValueError(f'{text!r} is no rate: write "600/min", "100/15min"; units are {", ".join(_UNITS_S)}.')
    rate = Rate(int(found[1]), int(found[2] or 1) * unit_s)
    if rate.quota < 1:
        raise ValueError(f"{text!r} lets nobody through: to close something, give it no rule.")
    if not 1 <= rate.window_s <= MAX_WINDOW_S:
        raise ValueError(f"{text!r}: a window is 1 s to 31 days long.")
    return rate
