"""Observe the requests that Django answers under ASGI: around its handler, and in it for what it alone knows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Any, TypeAlias

from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from nuages.http.request import Request
from nuages.http.request_id import HEADER, name_request, under_way
from nuages.servers.asgi_body import Message, Receive
from nuages.servers.observing import FAILED, GONE, Observer, find_observer
from nuages.servers.passing import note_view, passing

Scope: TypeAlias = dict[str, Any]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]


def observed(application: Callable[[ASGIHandler], Application]) -> Application:
    """Make an application around Django's handler, observed where that is wanted."""
    observer = find_observer()
    if observer is None:
        return application(ASGIHandler())
    return ObservedAsgi(application(ObservedAsgiHandler()), observer)


class ObservedAsgiHandler(ASGIHandler):
    """Django's handler, which notes the route and the user."""

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        """Answer as Django does."""
        response = await super().get_response_async(request)
        note_view(request)
        return response


class ObservedAsgi:
    """An ASGI application whose HTTP requests are observed."""

    def __init__(self, application: Application, observer: Observer) -> None:
        self._application, self._observer = application, observer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection's scope."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        request = _of_scope(scope)
        answer = _AsgiAnswer(request, send)
        named, passed = under_way.set(name_request(request)), passing.set(request)
        self._observer.begin()
        try:
            await self._application(scope, receive, answer.send)
        except Exception:
            answer.status = FAILED
            raise
        finally:
            under_way.reset(named)
            passing.reset(passed)
            self._observer.end(request, request.route, answer.status, size_bytes=answer.size_bytes)


class _AsgiAnswer:
    """One answer, message by message."""

    def __init__(self, request: Request, send: Send) -> None:
        self._request, self._send = request, send
        self.status, self.size_bytes = GONE, 0

    async def send(self, message: Any) -> None:
        """Send a message on; the first is given the request's id."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers, name = list(message.get("headers", ())), HEADER.lower().encode()
            if not any(each.lower() == name for each, _ in headers):
                message = {**message, "headers": [*headers, (name, self._request.id.encode())]}
        self.size_bytes += len(message.get("body", b""))
        await self._send(message)


def _of_scope(scope: Scope) -> Request:
    return Request(
        method=scope["method"],
        path=scope["path"],
        query=scope.get("query_string", b"").decode("latin-1"),
        headers={name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]},
        received_s=perf_counter(),
        peer=(scope.get("client") or ("",))[0],
    )
