"""Write and read the cookie in which a browser keeps its refresh token, out of reach of its pages' scripts.

The prefix `__Host-` keeps other hosts of the domain from setting it, and demands Path=/.
Source: draft-ietf-httpbis-rfc6265bis, section 4.1.3.2; OWASP, Cross-Site Request Forgery Prevention.
"""

from __future__ import annotations

from django.http import parse_cookie

from nuages.http.request import Request

NAME = "__Host-refresh"
_ATTRIBUTES = "Path=/; Secure; HttpOnly; SameSite=Strict"


def set_cookie(token: str, lifetime_s: int) -> tuple[str, str]:
    """Make the header that stores a token."""
    return "Set-Cookie", f"{NAME}={token}; {_ATTRIBUTES}; Max-Age={lifetime_s}"


def delete_cookie() -> tuple[str, str]:
    """Make the header that deletes it."""
    return set_cookie("", 0)


def read_cookie(request: Request) -> str | None:
    """Read the token; None where there is none."""
    header = request.header("cookie")
    if not header or NAME not in header:
        return None
    return parse_cookie(header).get(NAME) or None
