"""Count by name: `hits = counter("nuages_cache_hits_total", "Answers from the cache.")`, then `hits.add()`.

Everything is counted whether or not anybody reads it: an addition takes less than a microsecond. Names and labels are
of a bounded set and hold nothing of a client's: no path, no user, no secret. A family takes MOST_SERIES sets of labels;
what comes after is counted together, under "(more)".
"""

from __future__ import annotations

import os
import threading
from bisect import bisect_left
from collections.abc import Sequence
from typing import Literal

import msgspec

from nuages.counting.cells import Cells

Kind = Literal["counter", "gauge", "histogram", "level"]  # a level is a gauge of what all workers have in common
MOST_SERIES = 2_000
MORE = "(more)"
# Seconds; from a request that met a warm cache to one that ran into a statement timeout.
DURATIONS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Key(msgspec.Struct, array_like=True, frozen=True):
    """What a series is kept under: one of a family, with a value for each of its labels."""

    kind: Kind
    name: str
    labels: tuple[tuple[str, str], ...] = ()


class Series:
    """One or several numbers under one set of labels.

    Shapes: a histogram's are the sum, then how many values fell into each bucket, the last being that of all above.
    """

    __slots__ = ("_count", "_name", "_place")

    def __init__(self, key: Key, count: int = 1) -> None:
        self._name, self._count = msgspec.json.encode(key), count
        self._place: int | None = None
        self.settle(_state.cells)

    def settle(self, cells: Cells) -> None:
        """Take the place of this series in other cells."""
        self._place = cells.place(self._name, self._count)

    def add(self, amount: float = 1) -> None:
        """Count so many more; of a gauge, less with a negative amount."""
        place = self._place
        if place is not None:
            with _state.lock:
                _state.cells.numbers[place] += amount

    def set(self, value: float) -> None:
        """Say how many there are: for gauges."""
        place = self._place
        if place is not None:
            _state.cells.numbers[place] = value

    def observe(self, value: float) -> None:
        """Count a value: for histograms."""
        place = self._place
        if place is not None:
            with _state.lock:
                numbers = _state.cells.numbers
                numbers[place] += value
                numbers[place + 1 + bisect_left(DURATIONS_S, value)] += 1


def finish(total: Series, durations: Series, in_flight: Series, took_s: float) -> None:
    """Count one that has ended: one more in total, one less in flight, and how long it took. The lock is taken once."""
    with _state.lock:
        numbers = _state.cells.numbers
        if total._place is not None:
            numbers[total._place] += 1
        if durations._place is not None:
            numbers[durations._place] += took_s
            numbers[durations._place + 1 + bisect_left(DURATIONS_S, took_s)] += 1
        if in_flight._place is not None:
            numbers[in_flight._place] -= 1


class Family:
    """Series of one name, which differ in the values of their labels.

    Units: as the name says at its end; histograms are of seconds.
    """

    def __init__(self, kind: Kind, name: str, told: str, labels: Sequence[str] = ()) -> None:
        self.kind, self.name, self.told, self.labels = kind, name, told, tuple(labels)
        self._series: dict[tuple[str, ...], Series] = {}
        families.setdefault(name, self)

    def of(self, *values: str) -> Series:
        """The series with these values of the labels, in their order."""
        found = self._series.get(values)
        return found if found is not None else self._add(values)

    def _add(self, values: tuple[str, ...]) -> Series:
        if len(self._series) >= MOST_SERIES:
            values = (MORE,) * len(self.labels)
        key = Key(self.kind, self.name, tuple(zip(self.labels, values, strict=True)))
        with _state.lock:
            if values not in self._series:
                self._series[values] = Series(key, len(DURATIONS_S) + 2 if self.kind == "histogram" else 1)
            return self._series[values]

    def settle(self, cells: Cells) -> None:
        """Take the places of every series in other cells."""
        for series in self._series.values():
            series.settle(cells)


class _State:
    """Where this process counts."""

    def __init__(self) -> None:
        self.cells = Cells()
        self.lock = threading.Lock()


families: dict[str, Family] = {}
_state = _State()


def counter(name: str, told: str, **labels: str) -> Series:
    """Give the series of a counter, which only grows.

    Shapes: `name` begins with "nuages_" and ends with "_total"; `told` is a sentence; every call for one name has the
        same labels.
    """
    return _family("counter", name, told, labels).of(*labels.values())


def gauge(name: str, told: str, **labels: str) -> Series:
    """Give the series of a gauge, which says how many there are now."""
    return _family("gauge", name, told, labels).of(*labels.values())


def _family(kind: Kind, name: str, told: str, labels: dict[str, str]) -> Family:
    found = families.get(name)
    return found if found is not None else Family(kind, name, told, tuple(labels))


def count_in(cells: Cells) -> None:
    """Count in other cells from now on; what was counted before stays behind."""
    with _state.lock:
        _state.cells = cells
        for family in tuple(families.values()):
            family.settle(cells)


def own_cells() -> Cells:
    """The cells that this process counts in."""
    return _state.cells


def _start_anew() -> None:
    """Count for oneself in a child: what the parent has counted is the parent's."""
    _state.lock = threading.Lock()
    count_in(Cells())


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_anew)
