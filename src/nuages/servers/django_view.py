"""Mount a core in a Django URLconf: HttpRequest to Request, Response to HttpResponse. Runs under any Django server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Any, TypeVar

from django.core.exceptions import DisallowedHost, RequestDataTooBig
from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse, RawPostDataException, StreamingHttpResponse, UnreadablePostError
from django.http.response import HttpResponseBase
from django.urls import re_path
from django.views.decorators.csrf import csrf_exempt

from nuages.errors import BadRequest, ContentTooLarge
from nuages.http.bodies import incomplete_body
from nuages.http.request import EnvironHeaders, Request
from nuages.http.response import Response
from nuages.respond.problem import refuse
from nuages.servers.asgi_flows import FlowContent
from nuages.servers.asgi_pieces import async_pieces
from nuages.servers.background import wait_in_background, wait_in_thread
from nuages.servers.cors import view_cors
from nuages.servers.flow_pieces import in_pieces
from nuages.servers.passing import name_alike, note_core
from nuages.servers.pieces import SHOWING, environ_shows_breaks, sendable
from nuages.servers.wsgi_body import PIECE_BYTES, input_pieces, read_input

_COOKIE = "set-cookie"
Handle = Callable[[Request], Response]
Answer = TypeVar("Answer", bound=HttpResponseBase)


def urls_for(handle: Handle) -> Any:
    """Give what `path("api/", ...)` takes: one pattern under which the core routes by itself."""
    view = make_view(handle)
    return ([re_path(r"^(?P<rest>(?s:.*))\Z", view, name="api")], None, None)


def make_view(handle: Handle) -> Any:
    """Make the Django view of a core; `view.nuages_handle` lets other servers find the core behind it."""

    @csrf_exempt  # the core guards sessions itself; a token bearer has no CSRF cookie
    def view(request: HttpRequest, rest: str = "") -> HttpResponseBase:
        asked, cors = from_django(request, request.path.removesuffix(rest).rstrip("/"), f"/{rest}"), view_cors()
        name_alike(asked)
        try:
            asked.host = request.get_host()
        except DisallowedHost:
            response = refuse(BadRequest("This server does not go by that name.", code="unknown-host"), asked)
        else:
            response = (cors.preflight(asked, request.path_info) if cors else None) or handle(asked)
        if response.coming is not None:
            wait = wait_in_thread if isinstance(request, ASGIRequest) else wait_in_background
            response = wait(response.coming, asked)
        note_core(asked)
        response = cors.complete(asked, request.path_info, response) if cors else response
        if response.flow is not None:
            return flow_to_django(request, asked, response)
        return to_django(response) if response.pieces is None else pieces_to_django(request, asked, response)

    view.nuages_handle = handle  # type: ignore[attr-defined]  # functions take attributes; Django does the same
    return view


def from_django(request: HttpRequest, prefix: str, path: str) -> Request:
    """Turn Django's request into ours, without the host, which has yet to be allowed."""
    return Request(
        method=request.method or "GET",
        path=path,
        query=request.META.get("QUERY_STRING", ""),
        headers=EnvironHeaders(request.META),
        prefix=prefix,
        secure=request.is_secure(),
        received_s=perf_counter(),
        read=lambda most: _read_body(request, most),
        pieces=lambda most: _body_pieces(request, most),
        peer=request.META.get("REMOTE_ADDR", ""),
        session=getattr(request, "session", None),
        shows_breaks=_shows_breaks(request),
    )


def _shows_breaks(request: HttpRequest) -> bool:
    if isinstance(request, ASGIRequest):
        return request.scope.get("http_version") in SHOWING
    return environ_shows_breaks(request.META)


def _read_body(request: HttpRequest, most: int) -> bytes:
    """Read the beginning of the body, through Django's own limit; Django would take a chunked one for empty."""
    try:
        if isinstance(request, WSGIRequest) and not request.META.get("CONTENT_LENGTH"):
            return read_input(request.environ, most)
        return request.body[:most]
    except RequestDataTooBig:
        raise ContentTooLarge("The body is longer than DATA_UPLOAD_MAX_MEMORY_SIZE.") from None
    except UnreadablePostError as error:
        raise incomplete_body() from error


def _body_pieces(request: HttpRequest, most: int) -> Iterator[bytes]:
    """Give the beginning of the body in pieces, past Django's limit for what is held in memory."""
    if isinstance(request, WSGIRequest) and not request.META.get("CONTENT_LENGTH"):
        yield from input_pieces(request.environ, most)
        return
    if request._read_started and not hasattr(request, "_body"):  # type: ignore[attr-defined]  # the stubs lack it
        raise RawPostDataException("A middleware has read the body, as request.POST does: nothing is left of it.")
    try:
        while most > 0 and (piece := request.read(min(most, PIECE_BYTES))):
            yield piece
            most -= len(piece)
    except Exception as error:  # as in wsgi_body: servers have errors of their own, and Django wraps some of them
        raise incomplete_body() from error


def pieces_to_django(request: HttpRequest, asked: Request, response: Response) -> HttpResponseBase:
    """Turn a response in pieces into Django's; under ASGI it would collect them all before the first is sent."""
    response = sendable(response, asked)
    if response.pieces is None:
        return to_django(response)
    pieces = async_pieces(response.pieces) if isinstance(request, ASGIRequest) else response.pieces
    return _with_headers(StreamingHttpResponse(pieces), response)


def flow_to_django(request: HttpRequest, asked: Request, response: Response) -> HttpResponseBase:
    """Turn a response that flows into Django's: sent from the loop under ASGI, in pieces elsewhere."""
    if isinstance(request, ASGIRequest) and response.flow is not None:
        return _with_headers(StreamingHttpResponse(FlowContent(response.flow)), response)
    response = in_pieces(response, asked)
    if response.pieces is None:
        return to_django(response)
    return _with_headers(StreamingHttpResponse(response.pieces), response)


def to_django(response: Response) -> HttpResponse:
    """Turn our response into Django's."""
    return _with_headers(HttpResponse(response.body), response)


def _with_headers(answer: Answer, response: Response) -> Answer:
    answer.status_code = response.status
    for name, value in response.headers:
        if name.lower() == _COOKIE:  # the only header that may stand several times, which Django keeps apart
            answer.cookies.load(value)
        else:
            answer[name] = value
    if response.header("Content-Type") is None:
        del answer["Content-Type"]  # Django's default would describe a body that is not there
    return answer
