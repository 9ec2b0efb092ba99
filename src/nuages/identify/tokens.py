"""Make access tokens: claims, and a signature over them. Who may have one is decided elsewhere.

Source: RFC 9068 section 2.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jwt
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from nuages.identify.keys import Key
from nuages.identify.proofs import Proof, claims_of

TYPE = "at+jwt"
REGISTERED = frozenset({"iss", "aud", "sub", "iat", "exp", "nbf", "jti", "sid", "auth_time", "amr"})
_JTI_BYTES = 16


@dataclass(frozen=True, slots=True)
class TokenMaker:
    """Makes the tokens of one issuer for one audience; `more` gives further claims of a user."""

    issuer: str
    audience: str
    lifetime_s: int
    more: Callable[[Any], Mapping[str, Any]] | None = None

    def make(
        self, user: Any, login_id: str, *, key: Key, now: dt.datetime | None = None, proof: Proof | None = None
    ) -> str:
        """Make a token of a user and a login.

        Raises: ImproperlyConfigured where `more` gives what it may not.
        """
        issued_s = int((now or dt.datetime.now(dt.UTC)).timestamp())
        claims = {
            **self._further(user),
            **claims_of(proof),
            "iss": self.issuer,
            "aud": self.audience,
            "sub": str(user.pk),
            "iat": issued_s,
            "exp": issued_s + self.lifetime_s,
            "jti": secrets.token_urlsafe(_JTI_BYTES),
            "sid": str(login_id),
        }
        return jwt.encode(claims, key.signing, key.algorithm, headers={"typ": TYPE, "kid": key.kid})

    def _further(self, user: Any) -> Mapping[str, Any]:
        given = self.more(user) if self.more is not None else {}
        if not isinstance(given, Mapping):
            raise ImproperlyConfigured(f"Bearer(claims=...) gave {type(given).__name__}; a dict of claims is wanted.")
        if taken := sorted(REGISTERED.intersection(given)):
            raise ImproperlyConfigured(f"Bearer(claims=...) gave {', '.join(taken)}, which Nuages sets: leave it out.")
        if not isinstance(given.get("scope", ""), str):
            raise ImproperlyConfigured("Bearer(claims=...) gave a scope that is no text of names with spaces between.")
        return given


def default_issuer() -> str:
    """The setting NUAGES_TOKEN_ISSUER, else "nuages"."""
    return str(getattr(settings, "NUAGES_TOKEN_ISSUER", "") or "nuages")


def default_audience() -> str:
    """The setting NUAGES_TOKEN_AUDIENCE, else nothing: the title of the API decides."""
    return str(getattr(settings, "NUAGES_TOKEN_AUDIENCE", "") or "")
