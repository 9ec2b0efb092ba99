"""Turn declared throttles and the settings into one Throttle an operation; once, when an API is built."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.utils.crypto import salted_hmac

from nuages.errors import Misdeclared, suggest
from nuages.limit.charges import Store
from nuages.limit.counts import ON_FAILURE, Counts
from nuages.limit.declared import Limit, by_operation, limits_in
from nuages.limit.rates import read_rate
from nuages.limit.table import Table
from nuages.limit.throttle import Policy, Throttle
from nuages.redis_client import redis_url
from nuages.shared_files import path_of

_WRITES = ("create", "update", "delete")


@dataclass(frozen=True, slots=True)
class Limiter:
    """Gives each operation of an API what it stands under: the API's limits, its resource's, its own.

    Shapes: `throttle` is the API's.
    """

    title: str
    throttle: Any
    proxies: int

    def throttle_of(self, resource: str = "", declared: Any = None, operation: str = "") -> Throttle | None:
        """The Throttle of an operation: "read", "create", "update", "delete" or an action's name; None for no limit."""
        policies = [*_policies("default", limits_in(self.throttle))]
        named = by_operation(declared)
        policies += _policies(resource, limits_in(named.get("")))
        own = operation if operation in named else "write" if operation in _WRITES else ""
        policies += _policies(f"{resource}.{own}", limits_in(named.get(own))) if own else []
        if not policies:
            return None
        secret = salted_hmac("nuages.limit", self.title, algorithm="sha256").digest()
        return Throttle(policies, counts(), secret=secret, proxies=self.proxies)


def _policies(place: str, limits: Iterable[Limit]) -> list[Policy]:
    """Name each quota: by its place, and by its window where several are at one."""
    several = list(limits)
    found = []
    for limit in several:
        rate = read_rate(limit.rate)
        name = limit.name or (f"{place}-{rate.window_s}s" if len(several) > 1 else place)
        found.append(Policy(name, rate, limit))
    return found


@cache
def counts() -> Counts:
    """This process's way to the counts that it shares: with the machine's others, or with all instances by Redis."""
    spare = _machine()
    url = redis_url()
    return Counts(_instances(url) if url else spare, spare, on_failure())


def _instances(url: str) -> Store:
    from nuages.limit.redis import RedisStore  # noqa: PLC0415  # an extra

    return RedisStore(url)


def _machine() -> Table:
    try:
        return Table(path_of("limits"))
    except OSError as error:
        logging.getLogger("nuages.limit").warning("Limits hold in each process alone (%s).", error)
        return Table()


def on_failure() -> Any:
    """What holds while Redis is away: the setting NUAGES_LIMITS_WITHOUT_REDIS."""
    return getattr(settings, "NUAGES_LIMITS_WITHOUT_REDIS", "local")


def limit_mistakes() -> Iterable[Misdeclared]:
    """What is wrong in the settings: `nuages.E050`."""
    if on_failure() not in ON_FAILURE:
        message, hint = f"{on_failure()!r} is no way to go on.", suggest(str(on_failure()), ON_FAILURE)
        yield Misdeclared("nuages.E050", "settings.NUAGES_LIMITS_WITHOUT_REDIS", message, hint)
    if redis_url():
        try:
            _instances(redis_url())
        except ImportError:
            yield Misdeclared(
                "nuages.E050", "settings.NUAGES_REDIS_URL", "the client is missing.", "pip install nuages[redis]"
            )
        except ValueError:  # whose message may hold the password of the address
            hint = "Write redis://host:6379/0, rediss://host:6379/0 or unix:///path/to/socket."
            yield Misdeclared("nuages.E050", "settings.NUAGES_REDIS_URL", "is no address of a Redis.", hint)
