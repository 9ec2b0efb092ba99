"""Observe requests where they begin and end, on the straight path and before Django: counted, and logged.

Nothing of this stands in the way of a request where neither is wanted: `find_observer` says so once, at the start.
"""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import Awaitable, Callable
from functools import cache, partial
from time import perf_counter

from django.conf import settings

from nuages.http.request import Request
from nuages.http.response import Response
from nuages.logins.terms import trusted_proxies
from nuages.servers.access_log import AccessLog
from nuages.servers.front import Front, Way
from nuages.servers.guards import Guards
from nuages.servers.metrics import RequestCounts, metrics_page
from nuages.servers.mounts import Mount
from nuages.servers.observed import has_access_log, has_metrics
from nuages.servers.observed_bodies import ObservedFlow, ObservedPieces

FAILED = 500
GONE = 499  # nginx's word for a client that went away before there was an answer


class Observer:
    """Whoever is told of every request.

    Shapes: `counts` and `log` are None where requests are not counted, or not logged.
    """

    def __init__(self, counts: RequestCounts | None, log: AccessLog | None) -> None:
        self._counts, self._log = counts, log

    def begin(self) -> None:
        """Note that a request has come."""
        if self._counts is not None:
            self._counts.begin()

    def end(self, request: Request, route: str, status: int, *, size_bytes: int) -> None:
        """Note how it was answered; `route` is a template, "" where nothing is served."""
        took_s = perf_counter() - request.received_s
        if self._counts is not None:
            self._counts.end(route, request.method, status, took_s)
        if self._log is not None:
            self._log.write(request, route, status, size_bytes=size_bytes, took_s=took_s)

    def leave(self) -> None:
        """Note that somebody else will answer, who tells of it anew."""
        if self._counts is not None:
            self._counts.leave()


class ObservedFront(Front):
    """The same ways, each request of a core's observed; probes are not."""

    def __init__(self, mounts: tuple[Mount, ...], guards: Guards, observer: Observer) -> None:
        super().__init__(mounts, guards)
        self._observer = observer
        if has_metrics():
            self._probes |= {path: Way(handle, "", is_probe=True) for path, handle in metrics_page().items()}

    def answer(self, way: Way, request: Request, *, authority: str = "", is_text: bool = True) -> Response | None:
        """Answer a request as a Front does."""
        if way.is_probe:
            return super().answer(way, request, authority=authority, is_text=is_text)
        self._observer.begin()
        try:
            response = super().answer(way, request, authority=authority, is_text=is_text)
        except BaseException:
            self._observer.end(request, way.prefix + request.route, FAILED, size_bytes=0)
            raise
        if response is None:
            self._observer.leave()
            return None
        route = way.prefix + request.route
        if response.coming is not None:
            response.coming = partial(self._await, request, route, response.coming)
            return response
        return self._seen(request, route, response)

    async def _await(self, request: Request, route: str, coming: Callable[[], Awaitable[Response]]) -> Response:
        try:
            response = await coming()
        except BaseException as error:
            status = GONE if isinstance(error, CancelledError) else FAILED
            self._observer.end(request, route, status, size_bytes=0)
            raise
        return self._seen(request, route, response)

    def _seen(self, request: Request, route: str, response: Response) -> Response:
        if response.pieces is not None:
            response.pieces = ObservedPieces(response.pieces, partial(self._end, request, route, response))
        elif response.flow is not None:
            response.flow = ObservedFlow(response.flow, partial(self._end, request, route, response))
        else:
            self._end(request, route, response, len(response.body))
        return response

    def _end(self, request: Request, route: str, response: Response, size_bytes: int) -> None:
        self._observer.end(request, route, response.status, size_bytes=size_bytes)


@cache
def find_observer() -> Observer | None:
    """Who observes this process's requests; None where nobody is wanted to."""
    counts = RequestCounts() if has_metrics() else None
    has_query = bool(getattr(settings, "NUAGES_ACCESS_LOG_QUERY", False))
    log = AccessLog(proxies=trusted_proxies(), has_query=has_query) if has_access_log() else None
    return Observer(counts, log) if counts is not None or log is not None else None


def front_of(mounts: tuple[Mount, ...]) -> Front:
    """Make the front, observed where that is wanted."""
    observer = find_observer()
    return Front(mounts, Guards()) if observer is None else ObservedFront(mounts, Guards(), observer)
