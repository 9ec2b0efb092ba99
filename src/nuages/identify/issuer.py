"""Declare another issuer whose tokens are taken, and turn it into what Bearer asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist

from nuages.identify.demands import MAX_LEEWAY_S, Demands
from nuages.identify.keys import ALGORITHMS, BadKey, read_set
from nuages.identify.remote_keys import RemoteKeys
from nuages.identify.sources import Claims, Source

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True)
class Issuer:
    """Another issuer of tokens, such as the identity provider of a company.

    Shapes: `issuer` and `audience` are what `iss` and `aud` must say; `keys` is a JWK Set, or `keys_url` is where one
        is published; `algorithms` are those that its keys may have; `user(claims)` gives the user behind a token, or
        None; `typ` is what the header must say, "JWT" with issuers that do not follow RFC 9068.
    Units: `leeway_s` is how much longer a token is taken.
    """

    issuer: str
    audience: str = ""
    user: Callable[[Mapping[str, Any]], Any] | None = None
    keys: Any = field(default=None, repr=False)
    keys_url: str = ""
    algorithms: Sequence[str] = ("RS256", "ES256")
    typ: str = "at+jwt"
    leeway_s: int = 0

    def mistakes(self) -> Iterable[str]:
        """What is wrong with it, a sentence each."""
        texts: tuple[Any, ...] = (self.issuer, self.audience, self.typ)
        if not all(isinstance(text, str) and text for text in texts):
            yield "issuer, audience and typ are texts, and none of them is empty."
        if type(self.leeway_s) is not int or not 0 <= self.leeway_s <= MAX_LEEWAY_S:
            yield f"leeway_s is a whole number of seconds, 0 to {MAX_LEEWAY_S}."
        if not callable(self.user):
            yield "user is no function of the claims."
        if isinstance(self.algorithms, str) or not self.algorithms or not set(self.algorithms) <= set(ALGORITHMS):
            yield f"algorithms are some of {', '.join(ALGORITHMS)}."
        if (self.keys is None) == (not self.keys_url):
            yield "give either keys or keys_url."
        elif self.keys_url:
            yield from _url_mistakes(self.keys_url, self.algorithms)
        else:
            yield from _key_mistakes(self.keys, self.algorithms)

    def source(self) -> Source:
        """What Bearer asks of it; no mistake may be left."""
        types = (self.typ.lower(), f"application/{self.typ.lower()}")
        demands = Demands(
            self.issuer, self.audience, types, texts=("iss", "sub"), times=("exp",), leeway_s=self.leeway_s
        )
        find = RemoteKeys(self.keys_url).find if self.keys_url else read_set(self.keys, is_others=True).get
        return Source(demands, find, self._find_user, tuple(self.algorithms))

    def _find_user(self, claims: Claims) -> Any:
        """Nobody for a user who is not there or not active."""
        if self.user is None:
            return None
        try:
            user = self.user(claims)
        except ObjectDoesNotExist:
            return None
        return user if getattr(user, "is_active", True) else None


def _url_mistakes(url: str, algorithms: Sequence[str]) -> Iterable[str]:
    parts = urlsplit(url)
    is_near = parts.scheme == "http" and parts.hostname in _LOOPBACK and settings.DEBUG
    if not parts.hostname or not (parts.scheme == "https" or is_near):
        yield "keys_url is no https URL (http is taken from this machine, with DEBUG)."
    if "HS256" in algorithms:
        yield "HS256 wants a shared secret, which nobody publishes: name public algorithms, or give keys."


def _key_mistakes(keys: Any, algorithms: Sequence[str]) -> Iterable[str]:
    try:
        found = read_set(keys, is_others=True).values()
    except BadKey as error:
        yield f"keys {error}"
    else:
        if not any(key.algorithm in algorithms for key in found):
            yield "none of keys has one of algorithms."
