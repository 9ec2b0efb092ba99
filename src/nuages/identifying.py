"""Check the ways of proving who one is that an API and its resources declare, let each start, and serve public keys."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from nuages.declare.report import locate
from nuages.declare.resource import Resource
from nuages.errors import Misdeclared
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.identify.bearer import Bearer
from nuages.identify.chain import Authenticator, Identifier
from nuages.identify.principal import Principal
from nuages.operation import Endpoint
from nuages.parse.pairs import refuse_parameters

_HINT = "Write authenticate = [Session()], of the ways that nuages offers or classes of your own that derive from one."


def authenticator_mistakes(title: str, own: Any, classes: Sequence[type[Resource]]) -> Iterable[Misdeclared]:
    """What is wrong with the ways of an API and of its resources; those that are right are started, each once."""
    declared = [(f"API(title={title!r})", own)]
    declared += [(locate(each), each.authenticate) for each in classes if each.authenticate is not None]
    started: list[Authenticator] = []
    for place, ways in declared:
        for way in ways if isinstance(ways, list | tuple) else [ways]:
            if not isinstance(way, Authenticator):
                yield Misdeclared(
                    "nuages.E033", place, f"authenticate: {way!r} is no way of proving who one is.", _HINT
                )
            elif way not in started:
                started.append(way)
                yield from way.start(title)


_FRESH_S = 300  # keys are published before they sign, so that whoever has the old set has the new one in time


def key_routes(ways: Sequence[Authenticator]) -> list[tuple[str, str, Endpoint]]:
    """Where the public keys of access tokens are served: to anybody, where there are any.

    Source: RFC 7517 section 5; RFC 8615 (the prefix).
    """
    bearer = next((way for way in ways if isinstance(way, Bearer) and way.public_keys()), None)
    if bearer is None:
        return []

    def answer(request: Request, _principal: Principal, _arguments: tuple[str, ...]) -> Response:
        refuse_parameters(request.query)
        response = Response.json(msgspec.json.encode({"keys": bearer.public_keys()}))
        response.headers.append(("Cache-Control", f"public, max-age={_FRESH_S}"))
        return response

    return [("GET", "/.well-known/jwks.json", Endpoint(answer, Identifier(())))]
