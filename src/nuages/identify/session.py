"""Turn Django's session cookie into a Principal. Reads only: no login, no CSRF, no session is written here."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib import import_module

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest, parse_cookie

from nuages.errors import Misdeclared
from nuages.http.request import Request
from nuages.identify.chain import Authenticator
from nuages.identify.principal import Principal
from nuages.identify.proofs import proof_of_session

_STORED = ("django.contrib.sessions",)
_APPS = {f"django.contrib.sessions.backends.{name}": _STORED for name in ("db", "cached_db")}
# Django makes 32 letters and digits, or whole signed documents where sessions live in the cookie; never a NUL.
_KEY = re.compile(r"[!-~]{8,4096}")


class Session(Authenticator):
    """Django's session cookie, as its admin and its login views make it.

    Shapes: a request without the cookie costs nothing. A cookie that names no live session is no credential: browsers
        keep sending it. With `login=True` the API has the endpoints by which a browser's pages log in and out.
    Source: django.contrib.auth.middleware.AuthenticationMiddleware, which this stands in for.
    """

    challenge = 'Session realm="api"'
    vary = ("Cookie",)

    def __init__(self, *, login: bool = False) -> None:
        self.login = login

    def start(self, title: str) -> Iterable[Misdeclared]:
        """Look whether Django's sessions are there, where one is to begin."""
        wanted = {"django.contrib.auth", *_APPS.get(settings.SESSION_ENGINE, ())}
        for name in sorted(wanted) if self.login else ():
            if not apps.is_installed(name):
                place, message = f"API(title={title!r})", f"Session(login=True) wants {name!r}."
                yield Misdeclared("nuages.E037", place, message, "Add it to INSTALLED_APPS, and migrate.")

    def identify(self, request: Request) -> Principal | None:
        """Find the user whom the cookie names."""
        cookie = request.header("cookie")
        if not cookie or settings.SESSION_COOKIE_NAME not in cookie:
            return None
        key = parse_cookie(cookie).get(settings.SESSION_COOKIE_NAME)
        return _load_principal(key) if key and _KEY.fullmatch(key) else None


def _load_principal(key: str) -> Principal | None:
    engine = import_module(settings.SESSION_ENGINE)
    django_request = HttpRequest()
    django_request.session = engine.SessionStore(key)
    user = get_user(django_request)
    if not user.is_authenticated:
        return None
    return Principal(user, "session", proof=proof_of_session(django_request.session, user))
