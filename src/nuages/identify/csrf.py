"""Refuse a change that another site made a browser send: a session's cookie comes by itself, a token's header does not.

Django's own check does it, with its settings: the Origin or Referer must be this site's or a trusted one's, and the
header X-CSRFToken must repeat the token of the CSRF cookie.
Source: docs.djangoproject.com, "How to use Django's CSRF protection"; RFC 6454 (Origin); W3C Fetch Metadata.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware

from nuages.errors import NotAllowed
from nuages.http.origin import origin_of
from nuages.http.request import Request
from nuages.identify.principal import Principal
from nuages.identify.stand_in import stand_in


class _Check(CsrfViewMiddleware):
    def _reject(self, request: HttpRequest, reason: str) -> Any:  # noqa: ARG002  # Django's signature
        return reason


def demand_own_site(request: Request, principal: Principal) -> None:
    """Demand proof that a change in a session's name comes from a page of this site.

    Raises: NotAllowed `csrf-failed`.
    """
    if principal.method == "session":
        demand_own_page(request)


def _with_session(request: Request) -> HttpRequest:
    """What stands in for a request, with its session where the token is kept there."""
    djangos = stand_in(request, ("origin", "referer", csrf_header()))
    if settings.CSRF_USE_SESSIONS:
        engine = import_module(settings.SESSION_ENGINE)
        djangos.session = engine.SessionStore(djangos.COOKIES.get(settings.SESSION_COOKIE_NAME))
    return djangos


def demand_own_page(request: Request, djangos: HttpRequest | None = None) -> None:
    """Demand that a page of this site sent a request; `djangos` stands in for it, where there is one already.

    Raises: NotAllowed `csrf-failed`.
    """
    djangos = djangos or _with_session(request)
    check = _Check(_unused)
    check.process_request(djangos)
    if check.process_view(djangos, _unused, (), {}) is not None or _is_from_afar(request):
        place = "a session" if settings.CSRF_USE_SESSIONS else f"the cookie {settings.CSRF_COOKIE_NAME}"
        detail = f"Send the token of {place} as {_spelled(csrf_header())}, from a page of this site."
        raise NotAllowed(detail, code="csrf-failed")


def csrf_header() -> str:
    """The lower-case name of the header that holds the token."""
    return str(settings.CSRF_HEADER_NAME).removeprefix("HTTP_").replace("_", "-").lower()


def _is_from_afar(request: Request) -> bool:
    """Whether the browser says that another site asks, which no trusted Origin explains.

    An Origin that is another's has been found trusted by now; without one, or with this site's own, the browser's word
    stands. Source: W3C Fetch Metadata, Sec-Fetch-Site.
    """
    origin = request.header("origin")
    return request.header("sec-fetch-site") == "cross-site" and (origin is None or origin == origin_of(request))


def _spelled(name: str) -> str:
    return "X-CSRFToken" if name == "x-csrftoken" else name.title()


def _unused(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    return HttpResponse()
