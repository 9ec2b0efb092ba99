"""Find the one bearer token of an `Authorization` header, and refuse a bad one, always in the same words.

Source: RFC 6750 sections 2.1 and 3.1; RFC 9110 sections 11.4 and 11.6.2.
"""

from __future__ import annotations

import re

from nuages.errors import BadRequest, NotIdentified

_SCHEME = re.compile(r"bearer(?![!#$%&'*+.^_`|~0-9A-Za-z-])", re.IGNORECASE)
_SECOND = re.compile(r",[ \t]*bearer[ \t]", re.IGNORECASE)
_MAX_CHARS = 16_384  # beyond what servers take for one header: not worth a look
_INVALID = (("WWW-Authenticate", 'Bearer error="invalid_token"'), ("Cache-Control", "no-store"))
_TWICE = (("WWW-Authenticate", 'Bearer error="invalid_request"'), ("Cache-Control", "no-store"))


def read_credential(value: str) -> str | None:
    """Give the token; None where the header speaks of another scheme, and "" for what is no token.

    Raises: BadRequest `repeated-credential` for a list: servers join two headers by a comma.
    """
    found = _SCHEME.match(value)
    if len(value) > _MAX_CHARS:
        return None if found is None else ""
    if found is None:
        if _SECOND.search(value):
            raise _repeated()
        return None
    if "," in value:
        raise _repeated()
    rest = value[found.end() :].rstrip(" \t")
    return rest.lstrip(" ") if rest.startswith(" ") else ""


def invalid_token() -> NotIdentified:
    """The answer to every token that is not taken, whatever is wrong with it."""
    return NotIdentified("The token is not valid here.", headers=_INVALID, code="invalid-token")


def expired_token() -> NotIdentified:
    """The answer to a token whose time is over and with which nothing else is wrong."""
    return NotIdentified("The token has expired; get another.", headers=_INVALID, code="token-expired")


def _repeated() -> BadRequest:
    return BadRequest("Send one Authorization header with one token.", headers=_TWICE, code="repeated-credential")
