"""From ASGI to a core and back; whatever is no core's goes to Django's own handler untouched.

The core runs in a fixed number of threads; coroutines run on the loop, and the synchronous code they send on lanes.
Django's own way takes another thread, and so another database connection, for each request.
Source: asgi.readthedocs.io, "HTTP & WebSocket ASGI Message Format" and "Lifespan Protocol".
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from time import perf_counter
from typing import Any, TypeAlias
from urllib.parse import unquote_to_bytes

from django.conf import settings
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.urls import set_script_prefix

from nuages.http.request import Request
from nuages.http.response import Response
from nuages.servers.asgi_body import Message, Receive, body_reader, piece_reader
from nuages.servers.asgi_flows import send_flow
from nuages.servers.asgi_pieces import Send, send_pieces
from nuages.servers.asgi_waiting import attended
from nuages.servers.ending import end_streams_at_sigterm
from nuages.servers.found_files import AsgiFoundFiles
from nuages.servers.front import Front, Way
from nuages.servers.guards import authority_of
from nuages.servers.lanes import Lanes, own_thread
from nuages.servers.leaving import last_message_on_connection, leaving
from nuages.servers.pieces import SHOWING, sendable
from nuages.servers.static_files import asgi_files, find_files

Scope: TypeAlias = dict[str, Any]
Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]


class AsgiApplication:
    """An ASGI application: the cores' paths straight to the cores, every other path and protocol to Django.

    Units: `threads` is how many requests the cores answer at a time; the rest wait for their turn. It is also how many
        lanes there may be; half as many for streams, whose steps may take long.
    """

    def __init__(self, front: Front, django: Application, *, threads: int) -> None:
        self._front = front
        self._django = django
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="nuages")
        self._lanes = Lanes(threads, "nuages-lane")
        self._flow_lanes = Lanes(max(1, threads // 2), "nuages-flow-lane")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection's scope."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        if scope["type"] == "http":
            if leaving.is_told:
                send = last_message_on_connection(scope, send)
            if await self._answer(scope, receive, send):
                return
        async with own_thread():
            await self._django(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> bool:
        """Answer over the straight path; False where Django has to."""
        received_s = perf_counter()
        authority, path = _read_target(scope)
        way = self._front.find(path)
        if way is None:
            return False
        request = self._read_request(scope, way, path)
        request.received_s = received_s
        request.read, request.pieces = body_reader(receive), piece_reader(receive)

        def run() -> Response | None:
            _set_prefix(scope)
            response = self._front.answer(way, request, authority=authority, is_text=_is_text(scope))
            return sendable(response, request) if response is not None and response.pieces is not None else response

        response = run() if way.is_instant else await asyncio.get_running_loop().run_in_executor(self._threads, run)
        if response is None:
            return False
        if response.coming is None:
            await self._send(response, scope, receive, send)
        else:
            await attended(partial(self._await, response.coming, request, scope, send), request, receive)
        return True

    async def _await(
        self, coming: Callable[[], Awaitable[Response]], request: Request, scope: Scope, send: Send, receive: Receive
    ) -> None:
        """Wait for a response, and send it; its synchronous code runs on a lane, to the end of a body in pieces."""
        _set_prefix(scope)
        async with self._lanes.seat():
            response = await coming()
            if response.pieces is not None:
                loop = asyncio.get_running_loop()
                response = await loop.run_in_executor(self._threads, sendable, response, request)
            await self._send(response, scope, receive, send)

    async def _send(self, response: Response, scope: Scope, receive: Receive, send: Send) -> None:
        if response.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE and scope.get("http_version") == "1.1":
            response.headers.append(("Connection", "close"))  # or the server accepts the rest, to throw it away
        if response.flow is not None:
            async with self._flow_lanes.seat():
                await send_flow(response.flow, _start(response), receive, send)
        elif response.pieces is None:
            await _send_response(response, send)
        else:
            await send_pieces(response.pieces, _start(response), receive, send, self._threads)

    def _read_request(self, scope: Scope, way: Way, path: str) -> Request:
        headers = _read_headers(scope["headers"])
        return Request(
            method=scope["method"],
            path=path[len(way.prefix) :],
            query=scope.get("query_string", b"").decode("latin-1"),
            headers=headers,
            prefix=get_script_prefix(scope).rstrip("/") + way.prefix,
            secure=self._front.guards.is_secure(headers, scope.get("scheme", "http")),
            peer=(scope.get("client") or ("",))[0],
            shows_breaks=scope.get("http_version") in SHOWING,
        )

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            kind = (await receive())["type"]
            if kind == "lifespan.startup":
                end_streams_at_sigterm()
            if kind == "lifespan.shutdown":
                self._threads.shutdown(wait=False)
                self._lanes.end()
                self._flow_lanes.end()
            await send({"type": f"{kind}.complete"})
            if kind == "lifespan.shutdown":
                return


def _read_target(scope: Scope) -> tuple[str, str]:
    """Give the host of an absolute request target, "" for most, and the path below the application's own prefix.

    Servers that do not take such a target apart (uvicorn with h11) hand it over as the path.
    """
    path: str = scope["path"]
    authority = authority_of(path)
    if authority:
        path = "/" + path.split("://", 1)[1].partition("/")[2]
    return authority, path.removeprefix(get_script_prefix(scope).rstrip("/"))


def _set_prefix(scope: Scope) -> None:
    """Let whoever calls reverse() know the application's own prefix, as Django does; a thread keeps it."""
    script_name = get_script_prefix(scope).rstrip("/")
    if script_name:
        set_script_prefix(f"{script_name}/")


def _is_text(scope: Scope) -> bool:
    """Tell whether the path was UTF-8; servers put U+FFFD where it was not."""
    if "\ufffd" not in scope["path"]:
        return True
    try:
        unquote_to_bytes(scope.get("raw_path") or b"").decode()
    except UnicodeDecodeError:
        return False
    return True


def _read_headers(pairs: Iterable[tuple[bytes, bytes]]) -> Mapping[str, str]:
    """Turn ASGI's headers into a mapping of lower-case names; a header sent twice has both values, which no host is.

    Names with an underscore are left out, as Django does: a proxy that strips `X-Real-User` may pass `X_Real_User`.
    """
    headers: dict[str, str] = {}
    for raw_name, raw_value in pairs:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        if name in headers:
            value = headers[name] + ("; " if name == "cookie" else ",") + value
        if "_" not in name:
            headers[name] = value
    return headers


def _start(response: Response) -> Message:
    headers = [(name.encode("latin-1").lower(), value.encode("latin-1")) for name, value in response.headers]
    return {"type": "http.response.start", "status": response.status, "headers": headers}


async def _send_response(response: Response, send: Send) -> None:
    with suppress(OSError):  # the client has gone away: nobody is left to tell
        await send(_start(response))
        await send({"type": "http.response.body", "body": response.body})


def django_application(handler: ASGIHandler) -> Application:
    """Give Django's own handler, with static files: with DEBUG found as runserver finds them, else collected ones."""
    if settings.DEBUG:
        serves_files = "django.contrib.staticfiles" in settings.INSTALLED_APPS
        return AsgiFoundFiles(handler) if serves_files else handler
    files = find_files()
    return handler if files is None else asgi_files(handler, files)
