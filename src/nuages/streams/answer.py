"""Turn a generator into the response that streams it, as the client asked for it; nothing of it runs here."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterable, Iterable
from functools import partial
from typing import Any

from nuages.errors import NotAcceptable, Problem, Unavailable
from nuages.http.negotiation import choose_type
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.logs import log_entry
from nuages.respond.problem import problem_response
from nuages.streams.flow import Explain, StreamFlow
from nuages.streams.framing import EVENT_STREAM, FRAMINGS, LINES, Encode, to_json
from nuages.streams.slots import Slot, open_streams
from nuages.streams.steps import Steps

OFFERED = (LINES, EVENT_STREAM)


def stream_response(
    request: Request,
    items: AsyncIterable[Any] | Iterable[Any],
    *,
    encode: Encode = to_json,
    explain: Explain | None = None,
) -> Response:
    """Answer with a stream; a HEAD runs nothing of it.

    Shapes: `items` are values or Events, on a loop or plain; `encode` gives the JSON of a value; `explain` logs an
        exception of the generator and gives the problem that it is, as a response.
    Raises: NotAcceptable; Unavailable where too many are open, or the process is about to end.
    """
    media_type = choose_type(request.header("accept"), OFFERED)
    if media_type is None:
        raise NotAcceptable(f"Only {' and '.join(OFFERED)} are offered.")
    response = Response(200, headers=_headers(media_type))
    if request.method != "HEAD":
        response.flow = stream_flow(request, items, media_type, encode=encode, explain=explain)
    return response


def stream_flow(
    request: Request,
    items: AsyncIterable[Any] | Iterable[Any],
    media_type: str = EVENT_STREAM,
    *,
    encode: Encode = to_json,
    explain: Explain | None = None,
) -> StreamFlow:
    """Make the pieces of a stream, without its response: for who has headers of their own.

    Shapes: as for `stream_response`.
    Raises: Unavailable.
    """
    # A client of events comes again when they end, and not after a 503.
    if open_streams.is_ending and media_type == LINES:
        raise Unavailable("This server is about to end. Try again.", code="draining", headers=[("Retry-After", "1")])
    slot = Slot()
    try:
        stepped = aiter(items) if isinstance(items, AsyncIterable) else Steps(items)
        tell = explain or partial(_explain, request)
        return StreamFlow(slot, stepped, FRAMINGS[media_type], encode=encode, explain=tell, request=request)
    except BaseException:
        slot.release()
        raise


def _headers(media_type: str) -> list[tuple[str, str]]:
    """Say what it is, that nobody keeps it, and that nginx passes on what has come.

    Source: nginx.org/en/docs/http/ngx_http_proxy_module.html, proxy_buffering.
    """
    return [("Content-Type", media_type), ("Cache-Control", "no-store"), ("X-Accel-Buffering", "no")]


def _explain(request: Request, error: Exception) -> Response:
    if isinstance(error, Problem) and error.status != Problem.status:
        return problem_response(error, request)
    log_entry(logging.ERROR, "%s %s failed", request.method, request.prefix + request.path, error=error)
    return problem_response(Problem("This server failed; the failure is logged."), request)
