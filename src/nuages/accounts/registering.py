"""Answer those who want an account: first by a mail, then, to whoever has read it, by a user.

Nothing is stored before the mail is read. Until then nobody holds a name, and nobody can log in; of several who ask for
one name, the first who confirms has it.
"""

from __future__ import annotations

import secrets
from typing import Any

import msgspec
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, connections
from django.views.decorators.debug import sensitive_variables

from nuages.accounts.finding import email_of, fold, is_taken, users_with
from nuages.accounts.mailing import Mailing, accepted, invalid_link
from nuages.accounts.newcomers import Newcomer, build_user, read_newcomer
from nuages.accounts.sealed import seal, unseal
from nuages.accounts.terms import Accounts, email_field, name_field
from nuages.change.transactions import run_change
from nuages.errors import Conflict, Fault, TooManyRequests
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.logins.documents import read_members
from nuages.logins.families import alias_of_logins
from nuages.logins.limits import count

PURPOSE = "register"
_ID_BYTES = 16
_MINUTE_S = 60
_ANY_NUMBER = 1 << 30
_TAKEN = "This name is taken; register with another one."


class Used(Exception):
    """The link has been followed before, or the address has an account by now."""


class Registering:
    """The endpoints `/auth/register` and `/auth/register/confirm`."""

    def __init__(self, mailing: Mailing, accounts: Accounts) -> None:
        self._mailing, self._accounts = mailing, accounts

    @sensitive_variables()
    def register(self, request: Request, *_: Any) -> Response:
        """Send a mail: with a link for an address that is new, else with word of the account that it has.

        Raises: Unprocessable for what is wrong whoever there is; TooManyRequests.
        """
        newcomer = read_newcomer(request, self._accounts)
        self._mailing.take(PURPOSE, newcomer.email, request)
        hashed = make_password(newcomer.password)
        known, has_name = users_with(newcomer.email), is_taken(newcomer.name)
        kind = "known" if known else "taken" if has_name else "confirm"
        to = email_of(known[0]) if known else newcomer.email
        self._mailing.send_later(kind, to, lambda: self._tell(newcomer, hashed))
        return accepted()

    def confirm(self, request: Request, *_: Any) -> Response:
        """Store the user. Nobody is logged in by it: the door of passwords, with its guards, stays the only one.

        Raises: Unprocessable `invalid-token`; Conflict `taken` where another has the name by now.
        """
        token = read_members(request, {"token": str}, ("token",))["token"]
        content = unseal(PURPOSE, token, lifetime_s=self._accounts.lifetime_s)
        if content is None:
            raise invalid_link(request)
        try:
            user = run_change(connections[alias_of_logins()], lambda: self._store(content))
        except (Used, TooManyRequests):
            raise invalid_link(request) from None
        except IntegrityError:
            raise _taken() from None
        document = {"username": str(user.get_username()), "email": email_of(user)}
        return Response.json(msgspec.json.encode(document), status=201)

    @sensitive_variables()
    def _tell(self, newcomer: Newcomer, hashed: str) -> dict[str, object]:
        """Also for those who get no link, so that it takes as long."""
        content = {"id": secrets.token_hex(_ID_BYTES), "values": dict(newcomer.values), "password": hashed}
        link = self._accounts.link("confirm", seal(PURPOSE, content))
        return {"link": link, "minutes": self._accounts.lifetime_s // _MINUTE_S}

    @sensitive_variables()
    def _store(self, content: dict[str, Any]) -> Any:
        values, window_s = content["values"], self._accounts.lifetime_s
        email, name = values[email_field()], values[name_field()]
        count("used", content["id"], most=1, window_s=window_s)
        hold(email, name, window_s=window_s)
        if users_with(email):
            raise Used
        if is_taken(name):
            raise _taken()
        user, _ = build_user(values)
        user.password = content["password"]
        user.save(force_insert=True, using=alias_of_logins())
        return user


def hold(*texts: str, window_s: int) -> None:
    """Let those who want one address or name come one after the other, till the end of the transaction.

    No constraint of Django's user model does that for addresses, nor for names that differ by case alone.
    """
    for text in texts:
        count("held", fold(text), most=_ANY_NUMBER, window_s=window_s)


def _taken() -> Conflict:
    pointers = ["/username"] if name_field() != email_field() else []
    return Conflict(_TAKEN, faults=[Fault(pointer, "taken", _TAKEN) for pointer in pointers], code="taken")
