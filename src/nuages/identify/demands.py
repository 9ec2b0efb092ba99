"""Demand of the claims of a token what the one who gave it out is held to. Whether it is signed is known before.

Source: RFC 7519 section 4.1, RFC 9068 sections 2.2 and 4, RFC 8725 sections 3.8, 3.9 and 3.11.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MAX_LEEWAY_S = 300
_MAX_TIME_S = 1 << 53  # what every JSON parser keeps exactly
CLOCK_S = 60  # how far the clock of whoever gave a token out may be ahead: `iat` is told, and decides nothing else
_TEXTS = ("iss", "sub", "jti", "sid")


class Refused(Exception):
    """A token that is not taken."""


class Expired(Refused):
    """A token that would be taken, had its time not come."""


@dataclass(frozen=True, slots=True)
class Demands:
    """What is demanded of the tokens of one issuer.

    Shapes: `types` are the lower-case `typ` that pass; `texts` and `times` the claims that must be there.
    Units: `leeway_s` is how long after its end a token is still taken.
    """

    issuer: str
    audience: str
    types: tuple[str, ...] = ("at+jwt", "application/at+jwt")
    texts: tuple[str, ...] = _TEXTS
    times: tuple[str, ...] = ("iat", "exp")
    leeway_s: int = 0

    def check(self, header: Mapping[str, Any], claims: Mapping[str, Any], now_s: float) -> None:
        """Check type, texts, times and audience.

        Raises: Refused; Expired where nothing but `exp` is wrong.
        """
        self._check_texts(header, claims)
        self._check_times(claims, now_s)
        if now_s >= self.end_s(claims):
            raise Expired

    def end_s(self, claims: Mapping[str, Any]) -> int:
        """When a token is no longer taken: on that second or after it."""
        end_s: int = claims["exp"] + self.leeway_s
        return end_s

    def _check_texts(self, header: Mapping[str, Any], claims: Mapping[str, Any]) -> None:
        if str(header.get("typ")).lower() not in self.types or claims.get("iss") != self.issuer:
            raise Refused
        if any(not isinstance(claims.get(name), str) or not claims[name] for name in self.texts):
            raise Refused
        if any(not isinstance(claims.get(name, ""), str) for name in ("sub", "jti", "sid", "scope")):
            raise Refused
        audiences = claims.get("aud")
        named = audiences if isinstance(audiences, list) else [audiences]
        if self.audience not in named or not all(isinstance(name, str) for name in named):
            raise Refused

    def _check_times(self, claims: Mapping[str, Any], now_s: float) -> None:
        for name in ("exp", "iat", "nbf"):
            given = claims.get(name, None if name in self.times else 0)
            if type(given) is not int or not 0 <= given < _MAX_TIME_S:  # True is an int too
                raise Refused
        if claims.get("nbf", 0) > now_s + self.leeway_s or claims.get("iat", 0) > now_s + self.leeway_s + CLOCK_S:
            raise Refused
