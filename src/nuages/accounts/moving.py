"""Answer those who are logged in and want another e-mail address: first by a mail to it, then by the change.

Whoever has the address has the account, by a forgotten password; so the password is demanded, the old address is told,
and logins end as with another password.
"""

from __future__ import annotations

import secrets
from typing import Any

from django.db import connections
from django.views.decorators.debug import sensitive_variables

from nuages.accounts.finding import email_of, users_with
from nuages.accounts.mailing import Mailing, accepted, invalid_link
from nuages.accounts.newcomers import address_faults, normal_address, refuse
from nuages.accounts.proving import demand_login, demand_password
from nuages.accounts.registering import Used, hold
from nuages.accounts.sealed import seal, unseal
from nuages.accounts.storing import end_others, lock_user
from nuages.accounts.terms import Accounts, email_field
from nuages.change.transactions import run_change
from nuages.errors import TooManyRequests
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.identify.logins import password_mark
from nuages.identify.principal import Principal
from nuages.logins.documents import read_members
from nuages.logins.families import alias_of_logins
from nuages.logins.limits import count

PURPOSE = "email"
_ID_BYTES = 16
_MINUTE_S = 60


class Moving:
    """The endpoints `/auth/email` and `/auth/email/confirm`."""

    def __init__(self, mailing: Mailing, accounts: Accounts) -> None:
        self._mailing, self._accounts = mailing, accounts

    @sensitive_variables()
    def ask(self, request: Request, principal: Principal, _: Any) -> Response:
        """Send a link to the new address, or word of the account that it has; nobody is told which.

        Raises: Unprocessable for a wrong password, or what is no address; TooManyRequests; NotIdentified, NotAllowed.
        """
        login = demand_login(principal)
        members = read_members(request, {"email": str, "password": str}, ("email", "password"))
        email, user = normal_address(members["email"]), principal.user
        refuse(address_faults(email, user))
        demand_password(request, user, members["password"])
        self._mailing.take(PURPOSE, email, request)
        others = [each for each in users_with(email) if each.pk != user.pk]
        kind, to = ("known", email_of(others[0])) if others else ("email", email)
        content = {
            "id": secrets.token_hex(_ID_BYTES),
            "user": str(user.pk),
            "was": email_of(user),
            "mark": password_mark(user),
            "login": login,
            "email": email,
        }
        self._mailing.send_later(kind, to, lambda: self._tell(content))
        return accepted()

    def confirm(self, request: Request, *_: Any) -> Response:
        """Store the address. Whoever reads its mails need not be logged in where they are read.

        Raises: Unprocessable `invalid-token`; TooManyRequests.
        """
        token = read_members(request, {"token": str}, ("token",))["token"]
        content = unseal(PURPOSE, token, lifetime_s=self._accounts.lifetime_s)
        if content is None:
            raise invalid_link(request)
        try:
            run_change(connections[alias_of_logins()], lambda: self._store(content))
        except (Used, TooManyRequests):
            raise invalid_link(request) from None
        if content["was"]:
            self._mailing.send_later("moved", content["was"], dict)
        return Response(204)

    def _tell(self, content: dict[str, str]) -> dict[str, object]:
        link = self._accounts.link("email", seal(PURPOSE, content))
        return {"link": link, "minutes": self._accounts.lifetime_s // _MINUTE_S}

    def _store(self, content: dict[str, str]) -> None:
        count("used", content["id"], most=1, window_s=self._accounts.lifetime_s)
        hold(content["email"], window_s=self._accounts.lifetime_s)
        user = lock_user(content["user"])
        if user is None or (password_mark(user), email_of(user)) != (content["mark"], content["was"]):
            raise Used
        if any(each.pk != user.pk for each in users_with(content["email"])):
            raise Used
        setattr(user, email_field(), content["email"])
        user.save(using=alias_of_logins(), update_fields=[email_field()])
        end_others(user, keep=content["login"], by="email")
