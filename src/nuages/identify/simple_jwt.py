"""Turn the tokens of djangorestframework-simplejwt into a Principal, for those who move in, until a declared day.

None is made here. A token that is not taken costs no statement. What becomes of a refresh token is not known here.
Source: RFC 7519; RFC 8725; django-rest-framework-simplejwt.readthedocs.io.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Mapping
from functools import partial
from time import time
from types import MappingProxyType
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.signals import setting_changed
from django.db import DataError, router
from django.utils.crypto import constant_time_compare
from jwt.exceptions import PyJWTError

from nuages.errors import Misdeclared
from nuages.http.request import Request
from nuages.identify.chain import TokenReader
from nuages.identify.compact import has_kid, take_apart
from nuages.identify.credentials import BEARER
from nuages.identify.demands import Expired, Refused
from nuages.identify.principal import Principal
from nuages.identify.simple_jwt_terms import SETTING, BadTerms, SimpleTerms, read_simple_terms
from nuages.identify.standing import Standing, same_user
from nuages.identify.until import end_of

Claims = Mapping[str, Any]

_METHOD = "simplejwt"
_SETTINGS = (SETTING, "SECRET_KEY", "NUAGES_TOKEN_")
_TYPE = "jwt"
_MAX_TIME_S = 1 << 53  # what every JSON parser keeps exactly
_MAX_TEXT_CHARS = 255
_CLOCK_S = 60


class SimpleJWT(TokenReader):
    """Access tokens that djangorestframework-simplejwt has given out, by the project's setting SIMPLE_JWT.

    Shapes: `until` is the last day, in UTC, on which one is taken, such as "2027-03-31".
    """

    def __init__(self, *, until: Any) -> None:
        self.until = until
        self._end_s = 0.0
        self._terms: SimpleTerms | None = None
        self._standing = Standing()

    def start(self, title: str) -> Iterable[Misdeclared]:
        """Read the day and the setting; give what is wrong with them."""
        place = f"API(title={title!r}), SimpleJWT"
        try:
            self._end_s = end_of(self.until)
        except ValueError:
            return [Misdeclared("nuages.E044", place, "until is no day.", 'Write SimpleJWT(until="2027-03-31").')]
        for remark in self.remarks(title):
            logging.getLogger("nuages.security").warning("%s: %s %s", remark.place, remark.message, remark.hint)
        setting_changed.connect(self._on_setting, dispatch_uid=f"nuages.simplejwt.{id(self)}")
        return self._read_settings()

    def remarks(self, title: str) -> Iterable[Misdeclared]:
        """Say that the last day is over."""
        if time() >= self._end_s:
            message = f"until={str(self.until)!r} is over, and no token is taken."
            yield Misdeclared("nuages.W044", f"API(title={title!r}), SimpleJWT", message, "Remove it.")

    def is_mine(self, token: str) -> bool:
        """Whether a token is a JSON Web Token that names no key, as these are."""
        return has_kid(token) is False

    def identify(self, request: Request) -> Principal | None:
        """Find the user of an access token.

        Raises: NotIdentified `invalid-token` or `token-expired`; BadRequest for two tokens.
        """
        value = request.header("authorization")
        token = None if value is None else BEARER.read(value)
        if token is None:
            return None
        try:
            claims = self.read(token, "access")
        except Expired:
            raise BEARER.expired_token() from None
        except Refused:
            raise BEARER.invalid_token() from None
        user = self._standing.get(self._name(claims), partial(self._load, claims))
        if user is None or not self._has_password(user, claims):
            raise BEARER.invalid_token()
        scope = claims.get("scope")
        scopes = frozenset(scope.split()) if isinstance(scope, str) else None
        return Principal(same_user(user), _METHOD, claims, scopes)

    def read(self, token: str, kind: str) -> Claims:
        """Read a token of a kind, "access" or "refresh", and prove it.

        Raises: Refused; Expired where nothing but its end is wrong.
        """
        terms = self._terms
        if terms is None or time() >= self._end_s:
            raise Refused
        try:
            parts = take_apart(token)
            named = str(parts.header.get("typ")).lower(), parts.header.get("alg"), "kid" in parts.header
            if named != (_TYPE, terms.algorithm, False) or not terms.is_signature(parts.signature, parts.signed):
                raise Refused
        except (ValueError, RecursionError, PyJWTError):  # Malformed, and what a library may raise of it
            raise Refused from None
        _check(terms, parts.claims, kind, time())
        return MappingProxyType(parts.claims)

    def find_user(self, claims: Claims) -> Any:
        """Ask for the user of a token; None where nobody may be let in by it."""
        user = self._load(claims)
        return user if user is not None and self._has_password(user, claims) else None

    def _load(self, claims: Claims) -> Any:
        """The user whom tokens name, whatever else one of them says: it is remembered for all of them."""
        terms, model = self._terms, get_user_model()
        if terms is None:
            return None
        users = model._base_manager.using(router.db_for_write(model))
        try:
            user: Any = users.filter(**{terms.user_field: claims[terms.user_claim]}).first()
        except (TypeError, ValueError, OverflowError, ValidationError, DataError):  # no key of this model
            return None
        if user is None or not user.is_active:
            return None
        return user if terms.may_enter is None or terms.may_enter(user) else None

    def jti(self, claims: Claims) -> str:
        """The name of a token."""
        return "" if self._terms is None else str(claims[self._terms.jti_claim])

    def end_s(self, claims: Claims) -> float:
        """When a token is no longer taken."""
        return float(claims["exp"] + (self._terms.leeway_s if self._terms else 0))

    def _name(self, claims: Claims) -> Any:
        return claims[self._terms.user_claim] if self._terms is not None else ""

    def _has_password(self, user: Any, claims: Claims) -> bool:
        """Whether the password is that of then, where the setting CHECK_REVOKE_TOKEN asks for it."""
        if self._terms is None or not self._terms.revoke_claim:
            return True
        present = hashlib.md5(user.password.encode(), usedforsecurity=False).hexdigest().upper()
        return constant_time_compare(str(claims.get(self._terms.revoke_claim)), present)

    def _on_setting(self, setting: str, **_: Any) -> None:
        if setting.startswith(_SETTINGS):
            self._read_settings()

    def _read_settings(self) -> list[Misdeclared]:
        """Take the terms anew; with bad ones no token is taken."""
        self._terms, self._standing = None, Standing()
        try:
            self._terms = read_simple_terms()
        except BadTerms as error:
            return [Misdeclared("nuages.E044", f"settings.{SETTING}", str(error), _HINT)]
        return []


def _check(terms: SimpleTerms, claims: Claims, kind: str, now_s: float) -> None:
    """Demand type, name, user, times, issuer and audience of claims that are signed."""
    if claims.get(terms.type_claim) != kind or (terms.issuer is not None and claims.get("iss") != terms.issuer):
        raise Refused
    if not _is_text(claims.get(terms.jti_claim)):
        raise Refused
    user = claims.get(terms.user_claim)
    if not _is_text(user) and type(user) is not int:  # True is an int too
        raise Refused
    _check_audience(terms, claims.get("aud"))
    for name in ("exp", "iat", "nbf"):
        given = claims.get(name, None if name == "exp" else 0)
        if type(given) is not int or not 0 <= given < _MAX_TIME_S:
            raise Refused
    latest_s = now_s + terms.leeway_s
    if claims.get("nbf", 0) > latest_s or claims.get("iat", 0) > latest_s + _CLOCK_S:
        raise Refused
    if now_s >= claims["exp"] + terms.leeway_s:
        raise Expired


def _check_audience(terms: SimpleTerms, given: Any) -> None:
    if terms.audiences is None:
        return
    named = given if isinstance(given, list) else [given]
    if not all(isinstance(name, str) for name in named) or terms.audiences.isdisjoint(named):
        raise Refused


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _MAX_TEXT_CHARS and "\0" not in value


_HINT = "See docs/reference/tokens-of-others.md, or leave SimpleJWT out."
