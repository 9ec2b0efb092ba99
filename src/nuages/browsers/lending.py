"""Lend a request to Django's own session and CSRF middleware, and give what they set back as headers.

What is done with the session in between is not known here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib.sessions.exceptions import SessionInterrupted
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware

from nuages.errors import Conflict
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.identify.stand_in import stand_in


def open_request(request: Request) -> HttpRequest:
    """A request for Django, with the session that its middleware has opened already, or one of its own."""
    djangos = stand_in(request, request.headers)
    if request.session is not None:
        djangos.session = request.session
    else:
        SessionMiddleware(unused).process_request(djangos)
    return djangos


def complete(djangos: HttpRequest, response: Response) -> Response:
    """Let Django's middleware save the session and set the cookies.

    Raises: Conflict where the session ended meanwhile.
    """
    answered = HttpResponse(status=response.status)
    with _lost_sessions():
        for middleware in (CsrfViewMiddleware, SessionMiddleware):
            middleware(unused).process_response(djangos, answered)
    response.headers.append(("Cache-Control", "no-store"))
    response.headers += [("Set-Cookie", morsel.OutputString()) for morsel in answered.cookies.values()]
    return response


@contextmanager
def _lost_sessions() -> Iterator[None]:
    try:
        yield
    except SessionInterrupted:
        raise Conflict("The session ended while this request was under way.", code="session-ended") from None


def unused(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Stand in for the rest of the middleware, which is never called."""
    return HttpResponse()
