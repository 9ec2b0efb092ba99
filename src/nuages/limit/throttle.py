"""Turn a request and whoever asks into charges, and what is left into headers or a 429. No count is kept here.

Source: draft-ietf-httpapi-ratelimit-headers-10; RFC 6585 section 4; RFC 9110 section 10.2.3.
"""

from __future__ import annotations

import hashlib
import logging
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from nuages.counting.counters import Series, counter
from nuages.errors import TooManyRequests
from nuages.http.address import address_of, network_of
from nuages.http.request import Request
from nuages.identify.principal import Principal
from nuages.limit.charges import Charge, Left
from nuages.limit.counts import Counts
from nuages.limit.declared import Limit
from nuages.limit.rates import Rate
from nuages.logs import log_entry

_KEY_BYTES = 16
Headers = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Policy:
    """One quota of an API, a resource or an operation; `name` stands in headers."""

    name: str
    rate: Rate
    limit: Limit

    def keyed(self, secret: bytes) -> Any:
        """A digest of the policy, to which who shares a count is to be added."""
        return hashlib.blake2b(f"{self.described()}\0".encode(), key=secret, digest_size=_KEY_BYTES)

    def described(self) -> str:
        """The policy as `RateLimit-Policy` has it."""
        return f'"{self.name}";q={self.rate.quota};w={self.rate.window_s}'


def _counters(policy: Policy) -> tuple[Series, Series]:
    """Count how often a policy lets pass, and how often it does not, or would not have."""
    refused = "shadow" if policy.limit.shadow else "refused"
    return _decided(policy.name, "passed"), _decided(policy.name, refused)


def _decided(quota: str, decision: str) -> Series:
    told = "What quotas have decided; with another quota, a request that one lets pass may be refused."
    return counter("nuages_limit_decisions_total", told, quota=quota, decision=decision)


class Throttle:
    """Every policy that one operation stands under.

    Shapes: `secret` keeps others from guessing where whose count is; `proxies` is how many of ours stand in front.
    """

    def __init__(self, policies: Sequence[Policy], counts: Counts, *, secret: bytes, proxies: int) -> None:
        self._policies = tuple(policies)
        self._keyed = tuple([(policy, policy.keyed(secret)) for policy in self._policies])
        self._counts, self._proxies = counts, proxies
        self._counted = {policy.name: _counters(policy) for policy in self._policies}
        self._all = ", ".join(policy.described() for policy in self._policies)

    def take(self, request: Request, principal: Principal) -> Headers:
        """Count a request, with all policies or with none.

        Raises: TooManyRequests `quota-exceeded`; Unavailable where nobody can count and that is to refuse.
        """
        due = list(self._due(request, principal))
        request.charge = partial(self._take_more, due)
        return self._take(due)

    def _take_more(self, due: list[tuple[Policy, Charge]], times: int) -> None:
        if times > 0:
            self._take([(policy, replace(charge, cost=charge.cost * times)) for policy, charge in due])

    def _take(self, due: list[tuple[Policy, Charge]]) -> Headers:
        left = self._counts.take([charge for _, charge in due]) if due else None
        if left is None:
            return []
        found = [(policy, each) for (policy, _), each in zip(due, left, strict=True)]
        violated = [(policy, each) for policy, each in found if each.wait_s]
        headers = self._headers(found)
        for policy, each in found:
            self._counted[policy.name][bool(each.wait_s)].add()
        if any(not policy.limit.shadow for policy, _ in violated):
            raise _refusal(violated, headers)
        for policy, _ in violated:
            log_entry(logging.INFO, "The quota %s would have refused this.", policy.name, log="nuages.limit")
        return headers

    def _due(self, request: Request, principal: Principal) -> Iterable[tuple[Policy, Charge]]:
        for policy, keyed in self._keyed:
            who = self._who(policy.limit, request, principal)
            if who is not None:
                key, rate = keyed.copy(), policy.rate
                key.update(who.encode(errors="surrogatepass"))
                cost = _cost(policy.limit, request, principal)
                yield policy, Charge(key.digest(), rate.quota, rate.window_s, cost)

    def _who(self, limit: Limit, request: Request, principal: Principal) -> str | None:
        if callable(limit.by):
            given: Any = limit.by(request, principal)
            return None if given is None else f"own:{given}"
        return _named(limit.by, principal) or f"address:{network_of(address_of(request, proxies=self._proxies))}"

    def _headers(self, found: list[tuple[Policy, Left]]) -> Headers:
        named = self._all
        if len(found) != len(self._policies):
            named = ", ".join(policy.described() for policy, _ in found)
        left = ", ".join(f'"{policy.name}";r={each.remaining};t={math.ceil(each.reset_s)}' for policy, each in found)
        return [("RateLimit-Policy", named), ("RateLimit", left)]


def _cost(limit: Limit, request: Request, principal: Principal) -> int:
    return max(0, int(limit.cost(request, principal))) if callable(limit.cost) else int(limit.cost)


def _named(by: str, principal: Principal) -> str:
    """Who is asking, where somebody is; a user is the same by whatever credential."""
    user = f"user:{principal.user.pk}" if principal.user is not None else ""
    credentials = {"login": principal.login, "key": principal.claims.get("key_prefix"), "client": principal.client}
    key = next((f"{kind}:{name}" for kind, name in credentials.items() if name), "")
    return {"principal": user or key, "user": user, "key": key}.get(by, "")


def _refusal(violated: list[tuple[Policy, Left]], headers: Headers) -> TooManyRequests:
    wait_s = max(1, math.ceil(max(each.wait_s for _, each in violated)))
    names = [policy.name for policy, _ in violated]
    problem = TooManyRequests(
        f'The quota "{names[0]}" is used up. Ask again in {wait_s} s.',
        headers=[*headers, ("Retry-After", str(wait_s))],
        code="quota-exceeded",
    )
    problem.extension = {"violated-policies": names}
    return problem
