"""Turn a user into a login, a refresh token into its successor, and a login into an ended one; one transaction each.

A login is the family of all tokens that came of it. Each change first writes the login's row, so that those who refresh
and those who end one login come one after the other. Conditions stand on the columns of the row that is written: after
waiting for a lock, PostgreSQL looks at those again, and not at other tables.
Source: RFC 9700 section 4.14.2; postgresql.org/docs/current/transaction-iso.html, "Read Committed".
"""

from __future__ import annotations

import datetime as dt
import logging
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db import connections, router
from django.utils import timezone

from nuages.change.transactions import run_change
from nuages.identify import epoch
from nuages.identify.logins import is_sound, password_mark
from nuages.identify.proofs import Proof
from nuages.logins.refresh_tokens import digest_of, make_token, may_be_token, successors_of
from nuages.logins.terms import Terms

MAX_METHODS_CHARS = 100  # of the column


@dataclass(frozen=True, slots=True)
class Granted:
    """What a login gives.

    Shapes: `token_type` is the word before the access token in `Authorization`, `user` whose login it is.
    Units: `access_s` and `refresh_s` are how long the two tokens last.
    """

    access: str
    access_s: int
    refresh: str
    refresh_s: int
    token_type: str = "Bearer"
    user: Any = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Refused:
    """Why there is no successor; no client is told. `is_unknown` where no such token was ever given out, or is kept."""

    is_unknown: bool = False
    reused: tuple[str, str] | None = None


class _Dead(Exception):
    """The token can be used no more; takes back what was written on the way to finding out."""


class Families:
    """The logins of an API.

    Shapes: `bearer.issue(user, login, proof=proof)` gives an access token and the seconds that it lasts. It runs inside
        the transaction, so that where it fails, the client still has its refresh token.
    """

    def __init__(self, terms: Terms, bearer: Any) -> None:
        self._terms = terms
        self._issue = bearer.issue
        self.token_type = str(getattr(bearer, "scheme", "Bearer"))

    def start(self, user: Any, *, device: str, address: str | None, proof: Proof | None = None) -> Granted | None:
        """Begin a login, inside a transaction; None where the user has changed since the password was looked at.

        Shapes: `proof` says when and how the user proved who they are; None where nobody has seen it.
        """
        now = timezone.now()
        if not _note_login(user, now):
            return None
        login = login_rows().create(
            user_id=user.pk,
            password_mark=password_mark(user),
            device=device,
            address=address,
            created_at=now,
            last_used_at=now,
            expires_at=now + dt.timedelta(seconds=self._terms.absolute_s),
            verified_at=None if proof is None else now - dt.timedelta(seconds=max(0.0, time.time() - proof.at_s)),
            methods="" if proof is None else _words(proof.methods),
        )
        return self._grant(user, login, make_token(), now)

    def renew(self, user: Any, login: str, methods: Sequence[str]) -> tuple[str, int] | None:
        """Note a fresh proof with a login that lives, and give an access token that says so; None where it has ended.

        Shapes: `user` is as the proof has found it, with the hash that its password has now.
        """
        now = timezone.now()
        rows = login_rows().filter(user_id=user.pk, ended_at__isnull=True, expires_at__gt=now)

        def change() -> tuple[str, int] | None:
            row = rows.filter(pk__in=login_keys(login))
            noted = row.update(verified_at=now, methods=_words(methods), password_mark=password_mark(user))
            return self._token(user, row.get()) if noted else None

        return run_change(connections[alias_of_logins()], change)

    def follow(self, token: str) -> Granted | Refused:
        """Give a token's successor, once; within the grace, the same one again.

        A token that comes again later shows that two have it: then the login ends for both.
        """
        if not may_be_token(token):
            return Refused()
        try:
            found = run_change(connections[alias_of_logins()], lambda: self._follow(token))
        except _Dead:
            return Refused()
        if isinstance(found, Refused) and found.reused:
            logging.getLogger("nuages.security").warning(
                "A refresh token was used again: login %s of user %s is ended.", *found.reused
            )
        return found

    def _follow(self, token: str) -> Granted | Refused:
        now, digest = timezone.now(), digest_of(token)
        family = login_rows().filter(pk__in=token_rows().filter(pk=digest).values("login_id"))
        is_alive = family.filter(ended_at__isnull=True, expires_at__gt=now).update(last_used_at=now)
        row = token_rows().select_related("login__user").filter(pk=digest).first()
        if row is None:
            return Refused(is_unknown=True)
        if not is_alive or row.expires_at <= now:
            raise _Dead
        if not is_sound(row.login):
            end(family, by="password" if row.login.user.is_active else "inactive")
            return Refused()
        # This statement decides who of many gets the successor.
        if token_rows().filter(pk=digest, consumed_at__isnull=True, expires_at__gt=now).update(consumed_at=now):
            return self._grant(row.login.user, row.login, successors_of(token)[0], now)
        return self._repeat(token, row, now) or _end_reused(family, row)

    def _repeat(self, token: str, row: Any, now: dt.datetime) -> Granted | None:
        """Give the successor once more, where the answer may have been lost; None where the token was used again."""
        if not self._terms.grace_s or now >= row.consumed_at + dt.timedelta(seconds=self._terms.grace_s):
            return None
        by_digest = {digest_of(each): each for each in successors_of(token)}
        successor = token_rows().filter(pk__in=by_digest, login=row.login).first()
        if successor is None:  # made by a SECRET_KEY that is forgotten
            raise _Dead
        if successor.consumed_at is not None:
            return None
        access, access_s = self._token(row.login.user, row.login)
        left_s = _seconds(successor.expires_at - now)
        return Granted(access, access_s, by_digest[successor.pk], left_s, self.token_type, row.login.user)

    def _grant(self, user: Any, login: Any, token: str, now: dt.datetime) -> Granted:
        expires_at = min(now + dt.timedelta(seconds=self._terms.idle_s), login.expires_at)
        token_rows().create(digest=digest_of(token), login=login, created_at=now, expires_at=expires_at)
        access, access_s = self._token(user, login)
        return Granted(access, access_s, token, _seconds(expires_at - now), self.token_type, user)

    def _token(self, user: Any, login: Any) -> tuple[str, int]:
        """An access token, which says when the user last proved who they are: a refresh proves nothing anew."""
        token, lasts_s = self._issue(user, str(login.pk), proof=_proof_of(login))
        return str(token), int(lasts_s)


def end(family: Any, *, by: str) -> int:
    """End logins, each once; says how many were ended now.

    Shapes: `family` is a queryset of logins; `by` is "logout", "reuse", "password" or "inactive".
    """
    ended = int(family.filter(ended_at__isnull=True).update(ended_at=timezone.now(), ended_by=by))
    if ended:
        epoch.begin(alias_of_logins())
    return ended


def login_keys(text: str) -> list[uuid.UUID]:
    """The key that a text spells, if it spells one, in the one spelling that is given out."""
    try:
        key = uuid.UUID(text)
    except ValueError:
        return []
    return [key] if str(key) == text else []


def login_rows() -> Any:
    """Every login."""
    return apps.get_model("nuages", "Login")._base_manager.using(alias_of_logins())


def token_rows() -> Any:
    """Every refresh token."""
    return apps.get_model("nuages", "RefreshToken")._base_manager.using(alias_of_logins())


def alias_of_logins() -> str:
    """The database where logins are."""
    return router.db_for_write(apps.get_model("nuages", "Login"))


def _end_reused(family: Any, row: Any) -> Refused:
    return Refused(reused=(str(row.login.pk), str(row.login.user.pk))) if end(family, by="reuse") else Refused()


def _note_login(user: Any, now: dt.datetime) -> bool:
    """Note the login with the user, if that is still as it was: another login may have stored a better hash."""
    users = type(user)._base_manager.using(alias_of_logins()).filter(pk=user.pk)
    fresh = users.first()
    if fresh is None or not fresh.is_active or password_mark(fresh) != password_mark(user):
        return False
    if any(field.name == "last_login" for field in user._meta.concrete_fields):
        users.update(last_login=now)
    return True


def _words(methods: Sequence[str]) -> str:
    """As many of them as there is room for."""
    return " ".join(methods)[:MAX_METHODS_CHARS]


def _proof_of(login: Any) -> Proof | None:
    """None for a login of before this was noted."""
    at = login.verified_at
    if at is None:
        return None
    aware = timezone.make_aware(at) if timezone.is_naive(at) else at
    return Proof(int(aware.timestamp()), tuple(login.methods.split()))


def _seconds(length: dt.timedelta) -> int:
    return max(0, int(length.total_seconds()))
