"""Answer a request that comes again with its Idempotency-Key as it was answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nuages.change.idempotency import Answer, answer_once, digest
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.identify.principal import Principal
from nuages.writes.asked import Asked
from nuages.writes.body import Body


def answered_once(
    change: Callable[[Asked[Any]], Response], key: str, request: Request, body: Body
) -> Callable[[Asked[Any]], Response]:
    """The same change, answered as before where the request has come before."""
    fingerprint = digest(*body.identity(request.header("content-type") or ""), request.header("prefer") or "")

    def answer(asked: Asked[Any]) -> Response:
        scope = digest(request.method, request.prefix + request.path, *who(asked.principal))

        def make() -> Answer:
            response = change(asked)
            return Answer(response.status, response.headers, response.body)

        given, is_repeated = answer_once(asked.connection, key, scope=scope, fingerprint=fingerprint, change=make)
        again = [("Idempotency-Replayed", "true")] if is_repeated else []
        return Response(given.status, given.body, [*given.headers, *again])

    return answer


def who(principal: Principal) -> tuple[str, ...]:
    """Whose keys these are: a user's, a program's in its own name, or anybody's."""
    if principal.user is not None:
        return (str(principal.user.pk),)
    return ("", principal.client) if principal.is_known else ("",)
