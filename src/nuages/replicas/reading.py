"""Let a read run on a replica that has whatever its client has written, and on the database itself where none has.

A client is a user by whatever credential, a key, a program; and an address, so that who registers is known when they
log in. All of it is told by positions in PostgreSQL's log: no clock, and no guess how far a replica may be behind.
"""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, Error, InterfaceError, InternalError, OperationalError, connections
from django.utils.crypto import salted_hmac

from nuages.execute.limits import OutOfTime
from nuages.http.address import address_of, network_of
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.identify.principal import Principal
from nuages.replicas.mistakes import has_router
from nuages.replicas.positions import has_replayed, raw_connection, written
from nuages.routers import chosen, replica_aliases

REST_S = 1.0
"""How long a replica that has failed is not asked again."""

Answer = Callable[[], Response]


class Reading:
    """Chooses where reads run, and remembers who has changed something.

    Shapes: `marks` is a `replicas.marks.Marks`; `proxies` is how many of ours stand in front.
    """

    def __init__(self, aliases: Sequence[str], marks: Any, *, proxies: int) -> None:
        self._aliases, self._marks, self._proxies = tuple(aliases), marks, proxies
        self._rests_until_s = dict.fromkeys(aliases, 0.0)
        self._secret = salted_hmac("nuages.replicas", "", algorithm="sha256").digest()

    def read(self, request: Request, principal: Principal, answer: Answer) -> Response:
        """Answer a read by a replica; by the database itself where no replica may, or it fails."""
        awake = [alias for alias in self._aliases if self._rests_until_s[alias] <= time.monotonic()]
        position = self._position(request, principal) if awake else None
        if position is None:
            return answer()
        alias = random.choice(awake)
        try:
            found = self._read_from(alias, position, answer)
        except OutOfTime:
            raise
        except (OperationalError, InterfaceError, InternalError):
            self._rests_until_s[alias] = time.monotonic() + REST_S
            found = None
        return found or answer()

    def change(self, request: Request, principal: Principal, answer: Answer) -> Response:
        """Answer a change, and remember before its answer is sent how far the database had written by then."""
        try:
            return answer()
        finally:  # also of a change that was stored before its answer failed
            self._remember(self._keys(request, principal))

    def _remember(self, keys: Sequence[bytes]) -> None:
        try:
            position = written(DEFAULT_DB_ALIAS)
        except Error:
            self._marks.lose()
        else:
            self._marks.keep(keys, position)

    def _position(self, request: Request, principal: Principal) -> int | None:
        """How far a replica must have come; None for no replica: in a transaction there is more than it can have."""
        if connections[DEFAULT_DB_ALIAS].in_atomic_block:
            return None
        found: int | None = self._marks.find(self._keys(request, principal))
        return found

    def _read_from(self, alias: str, position: int, answer: Answer) -> Response | None:
        if position and not has_replayed(alias, position):
            return None
        raw = raw_connection(alias)
        token = chosen.set(alias)
        try:
            found = answer()
        finally:
            chosen.reset(token)
        # Another connection may lead to another replica, which may be further behind.
        return None if position and raw_connection(alias) is not raw else found

    def _keys(self, request: Request, principal: Principal) -> list[bytes]:
        address = network_of(address_of(request, proxies=self._proxies))
        names = [f"address:{address}", _name(principal)]
        return [hashlib.blake2b(name.encode(), key=self._secret, digest_size=16).digest() for name in names if name]


def _name(principal: Principal) -> str:
    if principal.user is not None:
        return f"user:{principal.user.pk}"
    credentials = {"key": principal.claims.get("key_prefix"), "client": principal.client, "login": principal.login}
    return next((f"{kind}:{name}" for kind, name in credentials.items() if name), "")


def make_reading(*, proxies: int) -> Reading | None:
    """Make what chooses replicas, where the project has them and the router; else None, and nothing is ever asked."""
    aliases = replica_aliases()
    if not aliases or not has_router():
        return None
    from nuages.replicas.marks import Marks  # noqa: PLC0415  # an extra

    return Reading(aliases, Marks(str(settings.NUAGES_REDIS_URL)), proxies=proxies)
