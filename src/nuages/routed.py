"""Find what answers a request: the target of its path and method, in the representation that its client takes.

And what is told where there is none: where else one might have meant, which methods there are, how to prove who one is.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from nuages.errors import MethodNotAllowed, NotAcceptable, NotFound
from nuages.exports.answer import files_of, represented
from nuages.functions.function import Function
from nuages.http.negotiation import accepts_json, choose_type
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.http.routing import Match, Router
from nuages.operation import JSON, Action, Endpoint, Operation, Write
from nuages.parse.bodies import TYPES
from nuages.streams.framing import EVENT_STREAM

Target: TypeAlias = Operation | Write | Action | Endpoint | Function


def find(router: Router[Target], request: Request) -> tuple[Match[Target], Target | None]:
    """Find the match of a request's path and its target; None for OPTIONS, which has none of its own.

    Raises: NotFound, MethodNotAllowed, NotAcceptable.
    """
    match = router.match(request.path)
    if match is None:
        raise NotFound(_lost(router, request))
    request.route = match.pattern
    target = match.targets.get("GET" if request.method == "HEAD" else request.method)
    if target is None and request.method != "OPTIONS":
        detail = f"{request.method[:20]} is not offered here."
        raise MethodNotAllowed(detail, headers=[("Allow", _allowed(match))])
    accept = request.header("accept")
    if isinstance(target, Operation):
        if target.live is not None and request.method != "QUERY" and _is_watched(target, accept):
            return match, target.live
        if target.export is not None:
            return match, represented(target, target.export, accept)
    if isinstance(target, Function) and (target.outputs.is_raw or target.outputs.stream):
        return match, target
    if target is not None and not accepts_json(accept) and not (isinstance(target, Endpoint) and target.negotiates):
        raise NotAcceptable("Only application/json is offered.")
    return match, target


def _is_watched(target: Operation, accept: str | None) -> bool:
    """Whether a client likes events better than all else that a list is offered as."""
    if not accept or EVENT_STREAM not in accept.lower():
        return False
    files = files_of(target.export) if target.export is not None else []
    return choose_type(accept, [JSON, *files, EVENT_STREAM]) == EVENT_STREAM


def challenges(router: Router[Target], request: Request) -> tuple[tuple[str, str], ...]:
    """How one may prove who one is where a request went; looked up again, since few requests come to this."""
    _, target = find(router, request)
    offered = target.identify.challenges if target is not None else ""
    return (("WWW-Authenticate", offered),) if offered else ()


def options(match: Match[Any]) -> Response:
    """Tell which methods there are, and what may be sent with them.

    Source: RFC 9110 section 9.3.7; RFC 5789 section 3.1; draft-ietf-httpbis-safe-method-w-body for Accept-Query.
    """
    headers = [("Allow", _allowed(match))]
    if "QUERY" in match.targets:
        headers.append(("Accept-Query", TYPES))
    if "PATCH" in match.targets:
        target = match.targets["PATCH"]
        headers.append(("Accept-Patch", ", ".join(target.types if isinstance(target, Write) else (JSON,))))
    return Response(204, headers=headers)


def _allowed(match: Match[Any]) -> str:
    methods = set(match.targets) | {"OPTIONS"} | ({"HEAD"} if "GET" in match.targets else set())
    return ", ".join(sorted(methods))


def _lost(router: Router[Any], request: Request) -> str:
    stripped = request.path.rstrip("/")
    if stripped != request.path and router.match(stripped):
        return f"Nothing here; without the last slash, {request.prefix}{stripped} is served."
    return "Nothing is served under this path."
