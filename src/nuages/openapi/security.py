"""Turn the ways of proving who one is into security schemes, and a rule into what an operation demands of them.

Source: spec.openapis.org/oas/v3.1.1#security-scheme-object.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings

from nuages.identify.api_key import ApiKey
from nuages.identify.chain import Authenticator, TokenReader
from nuages.identify.credentials import BEARER
from nuages.identify.session import Session
from nuages.openapi.components import camel

_SAFE = ("GET", "HEAD", "QUERY")


def schemes_of(ways: Sequence[Authenticator]) -> dict[str, Any]:
    """The schemes, by their names."""
    return {name: scheme for way in ways for name, scheme in _scheme(way).items()}


def demand_of(ways: Sequence[Authenticator], *, method: str, is_open: bool) -> list[dict[str, list[str]]]:
    """What an operation demands: any of the ways, and nothing at all where it is open to anyone.

    A session changes nothing without the token that a page of this site has.
    """
    found: list[dict[str, list[str]]] = [{}] if is_open else []
    for way in ways:
        names = [name for name in _scheme(way) if name != "csrf" or method not in _SAFE]
        if names and dict.fromkeys(names) not in [dict.fromkeys(each) for each in found]:
            found.append({name: [] for name in names})
    return found


def _scheme(way: Authenticator) -> dict[str, Any]:
    if isinstance(way, Session):
        cookie = {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}
        header = settings.CSRF_HEADER_NAME.removeprefix("HTTP_").replace("_", "-").title()
        token = {"type": "apiKey", "in": "header", "name": header, "description": "Beside the session, for changes."}
        return {"session": cookie, "csrf": token}
    if isinstance(way, ApiKey):
        return {"apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"}}
    if isinstance(way, TokenReader):
        if way.spoken.name == BEARER.name:
            return {"bearer": {"type": "http", "scheme": "bearer"}}
        said = f"`{way.spoken.name} <token>`."
        return {
            camel(way.spoken.name): {"type": "apiKey", "in": "header", "name": "Authorization", "description": said}
        }
    said = f"As {type(way).__name__} reads it."
    return {camel(type(way).__name__): {"type": "apiKey", "in": "header", "name": "Authorization", "description": said}}
