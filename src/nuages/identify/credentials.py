"""Find the one token of an `Authorization` header, behind the word of its scheme, and refuse a bad one.

Every bad token is refused in the same words. Whose token it is, is not known here.
Source: RFC 6750 sections 2.1 and 3.1; RFC 9110 sections 11.4 and 11.6.2.
"""

from __future__ import annotations

import re

from nuages.errors import BadRequest, NotIdentified

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,40}", re.ASCII)  # a token, RFC 9110 section 5.6.2
_MAX_CHARS = 16_384  # beyond what servers take for one header: not worth a look
# Browsers and servers know what these mean, or another way here reads them.
_TAKEN = frozenset({"basic", "digest", "negotiate", "ntlm", "api-key", "session"})


class Scheme:
    """A word before tokens, such as `Bearer`, in any case; what is read behind it, and what a bad token is answered.

    Shapes: `name` is one that `scheme_mistake` finds nothing wrong with.
    """

    def __init__(self, name: str) -> None:
        word = re.escape(name)
        self.name = name
        self.challenge = f'{name} realm="api"'
        self._first = re.compile(word + r"(?![!#$%&'*+.^_`|~0-9A-Za-z-])", re.IGNORECASE)
        self._second = re.compile(rf",[ \t]*{word}[ \t]", re.IGNORECASE)
        self._invalid = (("WWW-Authenticate", f'{name} error="invalid_token"'), ("Cache-Control", "no-store"))
        self._twice = (("WWW-Authenticate", f'{name} error="invalid_request"'), ("Cache-Control", "no-store"))

    def read(self, value: str) -> str | None:
        """Give the token; None where the header speaks of another scheme, and "" for what is no token.

        Raises: BadRequest `repeated-credential` for a list: servers join two headers by a comma.
        """
        found = self._first.match(value)
        if len(value) > _MAX_CHARS:
            return None if found is None else ""
        if found is None:
            if self._second.search(value):
                raise self._repeated()
            return None
        if "," in value:
            raise self._repeated()
        rest = value[found.end() :].rstrip(" \t")
        return rest.lstrip(" ") if rest.startswith(" ") else ""

    def invalid_token(self) -> NotIdentified:
        """The answer to every token that is not taken, whatever is wrong with it."""
        return NotIdentified("The token is not valid here.", headers=self._invalid, code="invalid-token")

    def expired_token(self) -> NotIdentified:
        """The answer to a token whose time is over and with which nothing else is wrong."""
        return NotIdentified("The token has expired; get another.", headers=self._invalid, code="token-expired")

    def _repeated(self) -> BadRequest:
        return BadRequest(
            "Send one Authorization header with one token.", headers=self._twice, code="repeated-credential"
        )


BEARER = Scheme("Bearer")


def scheme_mistake(name: object) -> str:
    """What is wrong with a word that is to stand before tokens; nothing for a right one."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        return f"scheme: {name!r} is no word that may stand before a token."
    if name.lower() in _TAKEN:
        return f"scheme: {name!r} is another way of proving who one is."
    return ""
