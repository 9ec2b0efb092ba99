"""Time two ways to the same answer in alternating rounds. Knows no database and no framework."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter

Read = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What rounds of ours against rounds of theirs gave.

    Shapes: the times are the medians of the rounds, `ratio` the median of each round's own; `lowest` and `highest` are
        the ratios of single rounds, which tell how quiet the machine was.
    """

    ours_ms: float
    theirs_ms: float
    ratio: float
    lowest: float
    highest: float


def compare(ours: Read, theirs: Read, rounds: Sequence[Sequence[int]]) -> Comparison:
    """Time both over the keys of each round, the first one of a round being the second one of the next."""
    pairs = []
    for number, keys in enumerate(rounds):
        sides = (ours, theirs) if number % 2 else (theirs, ours)
        times = {side: time_ms(side, keys) for side in sides}
        pairs.append((times[ours], times[theirs]))
    ratios = [theirs_ms / ours_ms for ours_ms, theirs_ms in pairs]
    ours_ms, theirs_ms = (median(side) for side in zip(*pairs, strict=True))
    return Comparison(ours_ms, theirs_ms, median(ratios), min(ratios), max(ratios))


def fastest(variants: Mapping[str, Read], rounds: Sequence[Sequence[int]]) -> dict[str, float]:
    """Time several in alternating rounds; gives the best round of each in milliseconds, the fastest first.

    The best round, not the median: a few short rounds must not choose slow code because the machine was busy.
    """
    times = [{name: time_ms(read, keys) for name, read in variants.items()} for keys in rounds]
    best = {name: min(one[name] for one in times) for name in variants}
    return dict(sorted(best.items(), key=lambda item: item[1]))


def time_ms(read: Read, keys: Sequence[int]) -> float:
    """Time one call, on average over the keys: a collection of garbage belongs to what made the garbage."""
    began_s = perf_counter()
    for key in keys:
        read(key)
    return (perf_counter() - began_s) / len(keys) * 1000
