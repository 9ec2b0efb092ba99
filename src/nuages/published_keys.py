"""Serve the public keys of access tokens, by which others check them."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from nuages.http.request import Request
from nuages.http.response import Response
from nuages.identify.bearer import Bearer
from nuages.identify.chain import Authenticator, Identifier
from nuages.identify.principal import Principal
from nuages.operation import Endpoint
from nuages.parse.pairs import refuse_parameters

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
