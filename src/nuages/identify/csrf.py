"""Refuse a change that another site made a browser send: a session's cookie comes by itself, a token's header does not.

Django's own check does it, with its settings: the Origin or Referer must be this site's or a trusted one's, and the
header X-CSRFToken must repeat the token of the CSRF cookie.
Source: docs.djangoproject.com, "How to use Django's CSRF protection"; RFC 6454 (Origin).
"""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware

from nuages.errors import NotAllowed
from nuages.http.request import Request
from nuages.identify.principal import Principal

_HEADERS = ("origin", "referer")


class _Check(CsrfViewMiddleware):
    def _reject(self, request: HttpRequest, reason: str) -> Any:  # noqa: ARG002  # Django's signature
        return reason


class _Secure(HttpRequest):
    """A request that came by HTTPS."""

    def _get_scheme(self) -> str:
        return "https"


def demand_own_site(request: Request, principal: Principal) -> None:
    """Demand proof that a change in a session's name comes from a page of this site.

    Raises: NotAllowed `csrf-failed`.
    """
    if principal.method == "session":
        demand_own_page(request)


def demand_own_page(request: Request) -> None:
    """Demand that proof of a request, whoever asks.

    Raises: NotAllowed `csrf-failed`.
    """
    check, stand_in = _Check(_unused), _stand_in(request)
    check.process_request(stand_in)
    if check.process_view(stand_in, _unused, (), {}) is not None:
        detail = f"Send the token of the cookie {settings.CSRF_COOKIE_NAME} as X-CSRFToken, from a page of this site."
        raise NotAllowed(detail, code="csrf-failed")


def _unused(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    return HttpResponse()


def _stand_in(request: Request) -> HttpRequest:
    django_request = (_Secure if request.secure else HttpRequest)()
    django_request.method = request.method
    token = request.header(settings.CSRF_HEADER_NAME.removeprefix("HTTP_").replace("_", "-").lower())
    meta = {"HTTP_HOST": request.host, "SERVER_NAME": "", "SERVER_PORT": "", settings.CSRF_HEADER_NAME: token}
    meta |= {f"HTTP_{name.upper()}": request.header(name) for name in _HEADERS}
    django_request.META = {name: value for name, value in meta.items() if value is not None}
    django_request.COOKIES = _cookies(request.header("cookie") or "")
    if settings.CSRF_USE_SESSIONS:
        engine = import_module(settings.SESSION_ENGINE)
        django_request.session = engine.SessionStore(django_request.COOKIES.get(settings.SESSION_COOKIE_NAME))
    return django_request


def _cookies(header: str) -> dict[str, str]:
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(header).items()}
    except CookieError:
        return {}
