"""Turn an `Authorization: Bearer` header into a Principal, and give out the tokens that it takes.

A token that is not taken costs no statement. What a login is, and when tokens are given out, is not known here.
Source: RFC 6750, RFC 9068, RFC 8725.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from time import time
from types import MappingProxyType
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.db.models import Model
from django.utils.text import slugify
from jwt.exceptions import PyJWTError

from nuages.errors import Misdeclared
from nuages.http.request import Request
from nuages.identify.bearing import bearer_mistakes, key_mistake
from nuages.identify.chain import TokenReader
from nuages.identify.compact import MAX_CHARS, Parts, has_kid, take_apart
from nuages.identify.credentials import BEARER, Scheme, scheme_mistake
from nuages.identify.demands import Demands, Expired, Refused
from nuages.identify.issuer import Issuer
from nuages.identify.keys import ALGORITHMS, BadKey
from nuages.identify.logins import find_user
from nuages.identify.own_keys import OwnKeys, read_own_keys
from nuages.identify.principal import Principal
from nuages.identify.proofs import Proof, proof_of_claims
from nuages.identify.sources import Source
from nuages.identify.standing import Standing, same_user
from nuages.identify.tokens import TokenMaker, default_audience, default_issuer
from nuages.identify.verified import Verified, VerifiedTokens

_SETTINGS = ("NUAGES_TOKEN_", "SECRET_KEY", "DEBUG")


class Bearer(TokenReader):
    """Access tokens: JSON Web Tokens that this project signs, and those of issuers that it trusts.

    Shapes: `issuer` and `audience` are those of the settings, else "nuages" and the API's title in small letters;
        `claims(user)` gives further claims; `trusted` are other issuers; `login` says whether this API gives out tokens
        for passwords; `scheme` is the word before the token, in the header and in every challenge.
    Units: `lifetime_s` is how long a token is taken, `leeway_s` how much longer, for clocks that differ.
    """

    def __init__(
        self,
        *,
        issuer: str = "",
        audience: str = "",
        lifetime_s: int = 300,
        leeway_s: int = 0,
        trusted: Sequence[Issuer] = (),
        claims: Callable[[Any], Mapping[str, Any]] | None = None,
        login: bool = True,
        scheme: str = BEARER.name,
    ) -> None:
        self.scheme = scheme
        self.spoken = BEARER if scheme_mistake(scheme) else Scheme(scheme)
        self.challenge = self.spoken.challenge
        self._max_value_chars = MAX_CHARS + len(f"{self.spoken.name} ")
        self.issuer, self.audience, self.login = issuer, audience, login
        self.lifetime_s, self.leeway_s, self.trusted, self.claims = lifetime_s, leeway_s, trusted, claims
        self._title: str | None = None
        self._own = OwnKeys()
        self._maker: TokenMaker | None = None
        self._sources: dict[str, Source] = {}
        self._others: dict[str, Source] = {}
        self._standing = Standing()
        self._verified = VerifiedTokens()

    def start(self, title: str) -> Iterable[Misdeclared]:
        """Read settings and keys; give what is wrong with them."""
        mistakes = list(bearer_mistakes(self, title, self._title))
        if mistakes:
            return mistakes
        self._title = title
        self._others = {each.issuer: each.source() for each in self.trusted}
        setting_changed.connect(self._on_setting, dispatch_uid=f"nuages.bearer.{id(self)}")
        return self._read_settings()

    def is_mine(self, token: str) -> bool:
        """Whether a token is a JSON Web Token that names its key, as all that are taken here do."""
        return has_kid(token) is True

    def identify(self, request: Request) -> Principal | None:
        """Find whom the token stands for.

        Raises: NotIdentified `invalid-token` or `token-expired`; BadRequest for two tokens; Unavailable where another
            issuer's keys cannot be had.
        """
        value = request.header("authorization")
        if value is None:
            return None
        remembered = self._verified  # the one of before the keys were looked at
        verified = remembered.get(value) if len(value) <= self._max_value_chars else None
        if verified is None or not verified.holds(time()):
            token = self.spoken.read(value)
            if token is None:
                return None
            verified = self._verify(token)
            remembered.put(value, verified)
        user = self._standing.get(verified.standing, verified.load)
        if user is None:
            raise self.spoken.invalid_token()
        own = same_user(user) if isinstance(user, Model) else user
        return Principal(
            own, "bearer", verified.claims, verified.scopes, verified.login, verified.proof, self.spoken.name
        )

    def issue(
        self, user: Any, login_id: str, now: dt.datetime | None = None, *, proof: Proof | None = None
    ) -> tuple[str, int]:
        """Give out an access token for a login.

        Shapes: the token, and for how many seconds it is taken; `login_id` is the key of the `Login`, as a text;
            without a `proof` the token does not say when the user proved who they are.
        Raises: ImproperlyConfigured where no key signs, or `claims` gives what it may not.
        """
        if self._maker is None or self._own.signing is None:
            raise ImproperlyConfigured("No token is signed: the API is not built, or none of its keys is private.")
        token = self._maker.make(user, login_id, key=self._own.signing, now=now, proof=proof)
        return token, self.lifetime_s

    def public_keys(self) -> list[dict[str, str]]:
        """The public halves of this project's keys, as JWKs; none of a shared secret."""
        return [dict(public) for public in self._own.public]

    def _verify(self, token: str) -> Verified:
        try:
            parts = take_apart(token)
            issuer = parts.claims.get("iss")
            source = self._sources.get(issuer) if isinstance(issuer, str) else None
            if source is None:
                raise Refused
            key = source.check(parts, time())
        except Expired:
            raise self.spoken.expired_token() from None
        except (Refused, ValueError, RecursionError, PyJWTError):  # Malformed, and what a library may raise of it
            raise self.spoken.invalid_token() from None
        return self._proved(token, parts, source, key)

    def _proved(self, token: str, parts: Parts, source: Source, key: Any) -> Verified:
        claims = MappingProxyType(parts.claims)
        scope, login = claims.get("scope"), claims.get("sid", "")
        return Verified(
            claims,
            source,
            key,
            end_s=source.demands.end_s(claims),
            scopes=None if scope is None else frozenset(scope.split()),
            login=login,
            proof=proof_of_claims(claims),
            standing=("login", login, claims["sub"]) if source.is_own else ("token", token),
            load=partial(source.find_user, claims),
        )

    def _on_setting(self, setting: str, **_: Any) -> None:
        if setting.startswith(_SETTINGS):
            self._read_settings()

    def _read_settings(self) -> list[Misdeclared]:
        """Take the keys anew; with bad ones no token is taken."""
        self._own, self._maker = OwnKeys(), None
        sources, mistakes = dict(self._others), []
        if self.login or not self._others:
            try:
                self._own = read_own_keys()
            except BadKey as error:
                mistakes.append(key_mistake(error))
            demands = self._demands()
            sources[demands.issuer] = Source(demands, self._own.by_kid.get, _login_user, ALGORITHMS, is_own=True)
            self._maker = TokenMaker(demands.issuer, demands.audience, self.lifetime_s, self.claims)
        self._sources = sources
        self._verified = VerifiedTokens()
        return mistakes

    def _demands(self) -> Demands:
        audience = self.audience or default_audience() or slugify(self._title or "") or "api"
        return Demands(self.issuer or default_issuer(), audience, leeway_s=self.leeway_s)


def _login_user(claims: Mapping[str, Any]) -> Any:
    return find_user(claims["sid"], claims["sub"])
