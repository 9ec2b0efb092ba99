"""Observe the requests that Django answers under WSGI: around its handler, and in it for what it alone knows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from time import perf_counter
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from nuages.http.request import EnvironHeaders, Request
from nuages.http.request_id import HEADER, name_request, under_way
from nuages.servers.observing import FAILED, Observer, find_observer
from nuages.servers.passing import note_view, passing


def observed(application: Callable[[WSGIHandler], WSGIApplication]) -> WSGIApplication:
    """Make an application around Django's handler, observed where that is wanted."""
    observer = find_observer()
    if observer is None:
        return application(WSGIHandler())
    return ObservedWsgi(application(ObservedWsgiHandler()), observer)


class ObservedWsgiHandler(WSGIHandler):
    """Django's handler, which notes the route and the user."""

    def get_response(self, request: HttpRequest) -> HttpResponseBase:
        """Answer as Django does."""
        response = super().get_response(request)
        note_view(request)
        return response


class ObservedWsgi:
    """A WSGI application whose requests are observed."""

    def __init__(self, application: WSGIApplication, observer: Observer) -> None:
        self._application, self._observer = application, observer

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Any:
        """Answer a request."""
        request = _of_environ(environ)
        answer = _WsgiAnswer(request, self._observer, start_response)
        named, passed = under_way.set(name_request(request)), passing.set(request)
        self._observer.begin()
        try:
            answer.pieces = self._application(environ, answer.start)
        except BaseException:
            answer.end(FAILED)
            raise
        finally:
            under_way.reset(named)
            passing.reset(passed)
        return answer.given()


class _WsgiAnswer:
    """One answer: what it begins with, and its body on the way to the server, which closes it at the end.

    Source: PEP 3333, "Specification Details", on `close()`.
    """

    def __init__(self, request: Request, observer: Observer, start_response: StartResponse) -> None:
        self._request, self._observer, self._start_response = request, observer, start_response
        self._status, self._length, self._sent, self._is_over = FAILED, 0, 0, False
        self.pieces: Any = ()

    def start(self, status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
        """Begin the answer, as `start_response` does; it is given the request's id."""
        self._status = int(status[:3])
        names = {name.lower(): value for name, value in headers}
        with suppress(ValueError):
            self._length = int(names.get("content-length", "0"))
        if HEADER.lower() not in names:
            headers = [*headers, (HEADER, self._request.id)]
        return self._start_response(status, headers, *error)

    def given(self) -> Any:
        """What the server is given: a file as it is, since the server may send that by itself; else this."""
        if isinstance(self.pieces, HttpResponseBase):
            return self
        self.end(self._status, self._length)
        return self.pieces

    def __iter__(self) -> Iterator[bytes]:
        for piece in self.pieces:
            self._sent += len(piece)
            yield piece

    def close(self) -> None:
        """End the answer, whether or not it was sent to its end."""
        try:
            self.pieces.close()
        finally:
            self.end(self._status, self._sent)

    def end(self, status: int, size_bytes: int = 0) -> None:
        """Tell of it, once."""
        if not self._is_over:
            self._is_over = True
            self._observer.end(self._request, self._request.route, status, size_bytes=size_bytes)


def _of_environ(environ: WSGIEnvironment) -> Request:
    return Request(
        method=environ["REQUEST_METHOD"],
        path=environ.get("PATH_INFO", "").encode("latin-1", "replace").decode(errors="replace"),
        query=environ.get("QUERY_STRING", ""),
        headers=EnvironHeaders(environ),
        prefix=environ.get("SCRIPT_NAME", ""),
        received_s=perf_counter(),
        peer=environ.get("REMOTE_ADDR", ""),
    )
