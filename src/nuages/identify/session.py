"""Turn Django's session cookie into a Principal. Reads only: no login, no CSRF, no session is written here."""

from __future__ import annotations

import re
from http.cookies import CookieError, SimpleCookie
from importlib import import_module

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest

from nuages.http.request import Request
from nuages.identify.chain import Authenticator
from nuages.identify.principal import Principal

# Django makes 32 letters and digits, or whole signed documents where sessions live in the cookie; never a NUL.
_KEY = re.compile(r"[!-~]{8,4096}")


class Session(Authenticator):
    """Django's session cookie, as its admin and its login views make it.

    Shapes: a request without the cookie costs nothing. A cookie that names no live session is no credential: browsers
        keep sending it.
    Source: django.contrib.auth.middleware.AuthenticationMiddleware, which this stands in for.
    """

    challenge = 'Session realm="api"'
    vary = ("Cookie",)

    def identify(self, request: Request) -> Principal | None:
        """Find the user whom the cookie names."""
        cookie = request.header("cookie")
        if not cookie or settings.SESSION_COOKIE_NAME not in cookie:
            return None
        key = _read_cookie(cookie, settings.SESSION_COOKIE_NAME)
        return _load_principal(key) if key and _KEY.fullmatch(key) else None


def _read_cookie(cookie: str, name: str) -> str | None:
    try:
        morsel = SimpleCookie(cookie).get(name)
    except CookieError:
        return None
    return morsel.value if morsel else None


def _load_principal(key: str) -> Principal | None:
    engine = import_module(settings.SESSION_ENGINE)
    django_request = HttpRequest()
    django_request.session = engine.SessionStore(key)
    user = get_user(django_request)
    return Principal(user, "session") if user.is_authenticated else None
