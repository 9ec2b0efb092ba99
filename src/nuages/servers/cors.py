"""Turn the CORS_ settings into what pages of other origins are told: whether a browser may show them an answer.

The settings are those of django-cors-headers, and so are the answers; where its middleware is installed, its defaults
apply too. Nobody is identified here, and nothing is refused: a browser does that.
Source: Fetch Standard, section 3.2 (CORS protocol).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.signals import setting_changed

from nuages.http.request import Request
from nuages.http.response import Response

CORS_MIDDLEWARE = "corsheaders.middleware.CorsMiddleware"
_THEIR_METHODS = ("DELETE", "GET", "OPTIONS", "PATCH", "POST", "PUT")
_THEIR_HEADERS = ("accept", "authorization", "content-type", "user-agent", "x-csrftoken", "x-requested-with")
_OUR_METHODS = (*_THEIR_METHODS, "QUERY")
_OUR_HEADERS = (
    *("accept", "authorization", "content-type", "idempotency-key", "if-match", "if-modified-since", "if-none-match"),
    *("prefer", "user-agent", "x-api-key", "x-csrftoken", "x-request-id", "x-requested-with"),
)
_OUR_EXPOSED = (
    "ETag",
    "Link",
    "Location",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "X-Request-ID",
    "Server-Timing",
)
_DAY_S = 86_400
_OPENING = ("CORS_ALLOWED_ORIGINS", "CORS_ALLOWED_ORIGIN_REGEXES", "CORS_ALLOW_ALL_ORIGINS")
_FORMER = {
    "CORS_ALLOWED_ORIGINS": "CORS_ORIGIN_WHITELIST",
    "CORS_ALLOWED_ORIGIN_REGEXES": "CORS_ORIGIN_REGEX_WHITELIST",
    "CORS_ALLOW_ALL_ORIGINS": "CORS_ORIGIN_ALLOW_ALL",
}

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Cors:
    """What other origins are told, built once.

    Shapes: `patterns` must match a whole origin; `said` are the headers of any answer to an origin that is let in,
        `asked` those that an OPTIONS has besides.
    """

    is_open: bool
    origins: frozenset[str]
    patterns: tuple[re.Pattern[str], ...]
    has_private_network: bool
    urls: re.Pattern[str]
    said: Pairs
    asked: Pairs

    def preflight(self, request: Request, path: str) -> Response | None:
        """Answer a browser that asks before it sends a request; None for every other request.

        Shapes: `path` is the whole path below the application's own prefix.
        """
        is_one = request.method == "OPTIONS" and request.header("access-control-request-method") is not None
        if not is_one or not self.urls.match(path):
            return None
        return Response(HTTPStatus.OK, headers=[("Content-Length", "0")])

    def complete(self, request: Request, path: str, response: Response) -> Response:
        """Add to an answer, be it good or bad, what the origin of the asking page may be told."""
        if not self.urls.match(path):
            return response
        _add_vary(response.headers)
        origin = request.header("origin")
        if not origin or not self._lets_in(origin):
            return response
        response.headers.append(("Access-Control-Allow-Origin", "*" if self.is_open else origin))
        response.headers += self.said
        if request.method == "OPTIONS":
            response.headers += self.asked
        if self.has_private_network and request.header("access-control-request-private-network") == "true":
            response.headers.append(("Access-Control-Allow-Private-Network", "true"))
        return response

    def _lets_in(self, origin: str) -> bool:
        return self.is_open or origin in self.origins or any(each.fullmatch(origin) for each in self.patterns)


def read_cors() -> Cors | None:
    """Read the settings; None where they let no other origin in, which is the default, and nobody else says so."""
    is_theirs = CORS_MIDDLEWARE in settings.MIDDLEWARE
    if not is_theirs and not any(cors_setting(name) for name in _OPENING):
        return None
    credentials = bool(cors_setting("CORS_ALLOW_CREDENTIALS"))
    return Cors(
        is_open=bool(cors_setting("CORS_ALLOW_ALL_ORIGINS")) and not credentials,  # both are a mistake
        origins=frozenset(cors_setting("CORS_ALLOWED_ORIGINS")),
        patterns=tuple([re.compile(each) for each in cors_setting("CORS_ALLOWED_ORIGIN_REGEXES", ())]),
        has_private_network=bool(cors_setting("CORS_ALLOW_PRIVATE_NETWORK")),
        urls=re.compile(cors_setting("CORS_URLS_REGEX", "")),
        said=_said(has_credentials=credentials, exposed=() if is_theirs else _OUR_EXPOSED),
        asked=_asked(*((_THEIR_HEADERS, _THEIR_METHODS) if is_theirs else (_OUR_HEADERS, _OUR_METHODS))),
    )


@cache
def view_cors() -> Cors | None:
    """What Django's view adds: nothing where the middleware does."""
    return None if CORS_MIDDLEWARE in settings.MIDDLEWARE else read_cors()


def _forget(setting: str, **_: Any) -> None:
    if setting.startswith("CORS_") or setting == "MIDDLEWARE":
        view_cors.cache_clear()


setting_changed.connect(_forget, dispatch_uid="nuages.servers.cors")


def cors_setting(name: str, default: Any = ()) -> Any:
    """Read a setting, also by the name that it had before."""
    return getattr(settings, name, getattr(settings, _FORMER.get(name, name), default))


def _said(*, has_credentials: bool, exposed: tuple[str, ...]) -> Pairs:
    names = ", ".join(cors_setting("CORS_EXPOSE_HEADERS", exposed))
    pairs = (
        ("Access-Control-Allow-Credentials", "true" if has_credentials else ""),
        ("Access-Control-Expose-Headers", names),
    )
    return tuple([pair for pair in pairs if pair[1]])


def _asked(headers: tuple[str, ...], methods: tuple[str, ...]) -> Pairs:
    age_s = cors_setting("CORS_PREFLIGHT_MAX_AGE", _DAY_S)
    pairs = [
        ("Access-Control-Allow-Headers", ", ".join(cors_setting("CORS_ALLOW_HEADERS", headers))),
        ("Access-Control-Allow-Methods", ", ".join(cors_setting("CORS_ALLOW_METHODS", methods))),
    ]
    return (*pairs, *([("Access-Control-Max-Age", str(age_s))] if age_s else []))


def _add_vary(headers: list[tuple[str, str]]) -> None:
    for at, (name, value) in enumerate(headers):
        if name.lower() == "vary":
            headers[at] = (name, f"{value}, Origin")
            return
    headers.append(("Vary", "Origin"))
