"""What an author writes as `throttle`: rates and Limits, turned into Limits, with every mistake found on the way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from nuages.errors import suggest
from nuages.limit.rates import read_rate

WHO = ("principal", "user", "key", "address")


@dataclass(frozen=True, slots=True)
class Limit:
    """How often somebody may ask, as an author declares it; a rate alone stands for `Limit(rate)`.

    Shapes: `rate` is "600/min"; `by` says who shares a count: "principal" (a user, else a key, else an address),
        "user", "key", "address", or a function of (request, principal) that gives a text, None for no limit. With
        "user" or "key" whoever is none is counted by address. With `shadow` nobody is refused: the log says who would
        have been.
    Units: `cost` is what one request takes of the quota, or a function of (request, principal) that says it.
    """

    rate: Any
    by: Any = "principal"
    cost: Any = 1
    name: Any = ""
    shadow: bool = False


Named: TypeAlias = tuple[str, Limit]


def limits_in(throttle: Any) -> tuple[Limit, ...]:
    """The Limits of a declared `throttle`: a rate, a Limit, or several of them."""
    if throttle is None:
        return ()
    each = throttle if isinstance(throttle, list | tuple) else [throttle]
    return tuple(limit if isinstance(limit, Limit) else Limit(limit) for limit in each)


def by_operation(throttle: Any) -> Mapping[str, Any]:
    """A resource's `throttle` by the names that `rules` has; "" stands for the whole resource."""
    return throttle if isinstance(throttle, Mapping) else {"": throttle}


def throttle_mistakes(throttle: Any, operations: Iterable[str] = ()) -> Iterable[tuple[str, str]]:
    """What is wrong in a `throttle`, each as (message, hint); `operations` are those that a dict may name."""
    known = tuple(operations)
    if isinstance(throttle, Mapping) and not known:
        yield "is a dict; an API has one throttle for all.", 'Write throttle="600/min".'
        return
    for name, given in by_operation(throttle).items():
        if name and name not in known:
            yield f"names no operation: {name!r}.", suggest(str(name), known)
        where = f"[{name!r}] " if name else ""
        yield from ((f"{where}{message}", hint) for message, hint in _mistakes(given))


def _mistakes(given: Any) -> Iterable[tuple[str, str]]:
    for limit in limits_in(given):
        if not isinstance(limit.rate, str):
            yield f"{limit.rate!r} is no rate.", 'Write "600/min", or Limit("600/min", by="address").'
            continue
        try:
            rate = read_rate(limit.rate)
        except ValueError as error:
            yield str(error), ""
            continue
        yield from _mistakes_beside(limit, rate.quota)


def _mistakes_beside(limit: Limit, quota: int) -> Iterable[tuple[str, str]]:
    if not (callable(limit.by) or limit.by in WHO):
        yield f"by={limit.by!r} says nobody.", suggest(str(limit.by), WHO)
    if not callable(limit.cost) and (type(limit.cost) is not int or not 1 <= limit.cost <= quota):
        yield f"cost={limit.cost!r} cannot be paid.", f"A whole number from 1 to {quota}, or a function that gives one."
    if not isinstance(limit.name, str) or not all(char.isalnum() or char in "-_." for char in limit.name):
        yield f"name={limit.name!r} cannot stand in a header.", "Letters, digits, -, _ and dots."
