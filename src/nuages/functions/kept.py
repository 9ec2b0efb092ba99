"""Answer a request for an endpoint from what is kept, or call it and keep its answer.

Which tables an answer stands on is seen while it is made, so the versions of all are taken before. Its key is the URL,
what the signature takes beside it, and who asks where the function could tell them apart.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable
from typing import TypeAlias

import msgspec
from asgiref.sync import sync_to_async
from django.db import connections
from django.http import parse_cookie

from nuages.cache.entries import Answer
from nuages.cache.keeper import Keeper
from nuages.cache.listening import has_listening, listen
from nuages.cache.noticing import is_changing
from nuages.cache.reads import Reads, every_table, noting
from nuages.functions.asking import as_asked
from nuages.functions.function import Function
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.identify.principal import Principal
from nuages.kept import HIT, PASSED, STORED, answer_of, pass_on, place_of, send

_OK = 200
_KEY_BYTES = 400

Run: TypeAlias = Callable[[Principal], Response]
RunLater: TypeAlias = Callable[[Principal], Awaitable[Response]]


class _Unkept(Exception):
    """A response that nobody else may have."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


class Asked(msgspec.Struct, frozen=True):
    """What was asked of a function whose answers are kept, by whom as far as the key tells."""

    keeper: Keeper
    request: Request
    principal: Principal
    key: Hashable
    size_bytes: int


def asked_of(target: Function, request: Request, principal: Principal) -> Asked | None:
    """Find the key of an answer; None where there is none, or where others do not see what this request sees."""
    keeper = target.keeper
    opened = connections.all(initialized_only=True)
    if keeper is None or any(is_changing(connection) for connection in opened):
        return None
    found = as_asked(principal) if target.is_personal else ("", principal)
    if found is None:
        return None
    who, known = found
    taken = [request.header(name) for name in target.kept_headers]
    cookies = parse_cookie(request.header("cookie") or "") if target.kept_cookies else {}
    taken += [cookies.get(name) for name in target.kept_cookies]
    schemas = tuple([(each.alias, name) for each in opened if (name := getattr(each, "schema_name", ""))])
    key = keeper, place_of(request, is_absolute=target.choices.is_absolute), tuple(taken), who, schemas
    size_bytes = _KEY_BYTES + len(request.query) + len(request.path) + sum(len(text or "") for text in taken)
    return Asked(keeper, request, known, key, size_bytes)


def find(asked: Asked) -> Response | None:
    """Answer from what is kept."""
    answer = asked.keeper.find(asked.key)
    return None if answer is None else send(asked.request, answer, HIT)


def obtain(asked: Asked, run: Run) -> Response:
    """Answer from what is kept, or call the function: once for all who ask at once.

    Raises: what the function raises.
    """
    made = _Made()

    def compute() -> Answer:
        with noting(made.reads):
            response = run(asked.principal)
        return _kept(response)

    try:
        answer, is_found = asked.keeper.obtain(
            asked.key, asked.size_bytes, digest="", tables=every_table(), compute=compute, read=made.tables
        )
    except _Unkept as unkept:
        return pass_on(unkept.response)
    return send(asked.request, answer, HIT if is_found else made.status)


def obtain_later(asked: Asked, run: RunLater) -> Callable[[], Awaitable[Response]]:
    """Do the same on an event loop: what the response will come of.

    Shapes: versions are taken here, before the loop has anything to do with it.
    """
    made, noted = _Made(), asked.keeper.note(every_table())

    async def compute() -> Answer:
        with noting(made.reads):
            response = await run(asked.principal)
        return _kept(response)

    async def come() -> Response:
        try:
            if noted is None:
                return send(asked.request, await compute(), PASSED)
            answer, is_found = await asked.keeper.obtain_later(
                asked.key,
                asked.size_bytes,
                noted=noted,
                compute=compute,
                read=sync_to_async(made.tables),
            )
        except _Unkept as unkept:
            return pass_on(unkept.response)
        return send(asked.request, answer, HIT if is_found else made.status)

    return come


class _Made:
    """An answer that is being made: what it reads, and whether it is kept."""

    def __init__(self) -> None:
        self.reads = Reads()
        self.status = PASSED

    def tables(self) -> tuple[str, ...] | None:
        """The tables that it stands on; None where it must not be kept."""
        tables = self.reads.tables()
        if tables is not None:
            self.status = STORED
            for alias in self.reads.aliases if has_listening() else ():
                listen(connections[alias])
        return tables


def _kept(response: Response) -> Answer:
    whole = response.status == _OK and response.pieces is None and response.flow is None
    cached = (response.header("Cache-Control") or "").lower()
    if not whole or response.header("Set-Cookie") is not None or "no-store" in cached or "private" in cached:
        raise _Unkept(response)
    return answer_of(response)
