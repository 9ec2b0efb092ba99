"""Answer a request for a function that comes again with its Idempotency-Key as it was answered."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connections, router

from nuages.change.idempotency import Answer, answer_once, digest
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.identify.principal import Principal
from nuages.writes.repeated import who


def connection_of_changes() -> Any:
    """Whose transaction it is: that of the database where answers to be repeated are kept, mostly the default one."""
    if not apps.is_installed("nuages"):
        return connections[DEFAULT_DB_ALIAS]
    return connections[router.db_for_write(apps.get_model("nuages", "IdempotentAnswer"))]


def hashing(request: Request) -> Callable[[], str]:
    """Note what is read of a request's body; gives what tells the digest of all that was read."""
    seen = hashlib.sha256()
    read, pieces = request.read, request.pieces

    def note(most: int) -> bytes:
        raw = read(most)
        seen.update(raw)
        return raw

    def note_pieces(most: int) -> Iterator[bytes]:
        for piece in pieces(most) if pieces else ():
            seen.update(piece)
            yield piece

    request.read, request.pieces = note, note_pieces if pieces else None
    return seen.hexdigest


def once(
    run: Callable[[], Response], key: str, request: Request, principal: Principal, *, connection: Any, body: str
) -> Callable[[], Response]:
    """The same call, answered as before where the request has come before.

    Shapes: `body` is the digest of the request's.
    """
    fingerprint = digest(body, request.query, request.header("content-type") or "")
    scope = digest(request.method, request.prefix + request.path, *who(principal))

    def make() -> Answer:
        response = run()
        return Answer(response.status, response.headers, response.body)

    def answer() -> Response:
        given, is_repeated = answer_once(connection, key, scope=scope, fingerprint=fingerprint, change=make)
        again = [("Idempotency-Replayed", "true")] if is_repeated else []
        return Response(given.status, given.body, [*given.headers, *again])

    return answer
