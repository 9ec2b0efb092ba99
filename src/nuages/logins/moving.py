"""From a refresh token of djangorestframework-simplejwt to a login: once, for those who move in.

Which of many that come with one token gets the login, the primary key of a row decides. Where the other system keeps
lists of its tokens, a token that it has refused is refused here, and one that was used here is refused there.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.db import IntegrityError, connections, router
from django.utils import timezone

from nuages.change.transactions import run_change
from nuages.identify.demands import Refused
from nuages.identify.simple_jwt import Claims, SimpleJWT
from nuages.logins.families import Families, Granted, alias_of_logins

_LISTS = "token_blacklist"
_LISTS_APP = f"rest_framework_simplejwt.{_LISTS}"


class Moving:
    """What takes another system's refresh tokens, by the ways that an API declares."""

    def __init__(self, ways: Sequence[SimpleJWT], families: Families) -> None:
        self._ways = tuple(ways)
        self._families = families

    def begin(self, token: str, *, device: str, address: str | None) -> Granted | None:
        """Begin a login for a token; None for one that is none, is over, or has been used.

        A text that was never signed costs no statement.
        """
        for way in self._ways:
            try:
                claims = way.read(token, "refresh")
            except Refused:
                continue
            return self._exchange(way, claims, device, address)
        return None

    def _exchange(self, way: SimpleJWT, claims: Claims, device: str, address: str | None) -> Granted | None:
        def change() -> Granted | None:
            exchanged_rows().create(digest=_digest(way.jti(claims)), expires_at=_moment(way.end_s(claims)))
            user = way.find_user(claims)
            if user is None or not _strike(way.jti(claims), way.end_s(claims)):
                return None
            return self._families.start(user, device=device, address=address)

        try:
            return run_change(connections[alias_of_logins()], change)
        except IntegrityError:  # it was exchanged before, or the user has just been deleted
            logging.getLogger("nuages.security").warning("A refresh token of simplejwt came again, or too late.")
            return None


def exchanged_rows() -> Any:
    """Every token that was exchanged."""
    return apps.get_model("nuages", "ExchangedToken")._base_manager.using(alias_of_logins())


def _digest(jti: str) -> str:
    return hashlib.sha256(f"simplejwt\0{jti}".encode()).hexdigest()


def _moment(seconds: float) -> dt.datetime:
    """A time that the database can hold, whatever a token says; naive where the project's times are."""
    last = dt.datetime(9999, 1, 1, tzinfo=dt.UTC)
    whole = dt.datetime.fromtimestamp(min(seconds, last.timestamp()), dt.UTC)
    return whole if timezone.is_aware(timezone.now()) else timezone.make_naive(whole)


def _strike(jti: str, end_s: float) -> bool:
    """Strike a token off in the other system, where it keeps lists; False where it was struck off there before."""
    if not apps.is_installed(_LISTS_APP):
        return True
    outstanding: Any = apps.get_model(_LISTS, "OutstandingToken")
    struck: Any = apps.get_model(_LISTS, "BlacklistedToken")
    # The text of the token is kept by whoever gave it out, and not by this side.
    known, _ = outstanding._base_manager.using(router.db_for_write(outstanding)).get_or_create(
        jti=jti, defaults={"token": "", "expires_at": _moment(end_s)}
    )
    _, is_new = struck._base_manager.using(router.db_for_write(struck)).get_or_create(token=known)
    return bool(is_new)
