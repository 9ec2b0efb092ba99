"""Answer those who are logged in and want another password, and say so to them by mail."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.hashers import make_password
from django.views.decorators.debug import sensitive_variables

from nuages.accounts.finding import email_of
from nuages.accounts.mailing import Mailing
from nuages.accounts.newcomers import password_faults, refuse
from nuages.accounts.proving import SESSION, demand_login, demand_password, wrong_password
from nuages.accounts.storing import store_password
from nuages.browsers.lending import complete, open_request
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.identify.principal import Principal
from nuages.logins.documents import read_members


class Changing:
    """The endpoint `/auth/password`."""

    def __init__(self, mailing: Mailing) -> None:
        self._mailing = mailing

    @sensitive_variables()
    def change(self, request: Request, principal: Principal, _: Any) -> Response:
        """Change the password. This login goes on, with its tokens; every other one of the user ends.

        Raises: Unprocessable for a wrong password, and for what validators have against the new one; TooManyRequests;
            NotIdentified, NotAllowed.
        """
        login = demand_login(principal)
        members = read_members(request, {"password": str, "new_password": str}, ("password", "new_password"))
        user, wanted = principal.user, members["new_password"]
        demand_password(request, user, members["password"])
        refuse(password_faults("/new_password", wanted, user))
        seen = user.password
        changed = store_password(
            user.pk, wanted, make_password(wanted), is_still=lambda now: now.password == seen, keep=login
        )
        if changed is None:
            raise wrong_password()
        if email := email_of(changed):
            self._mailing.send_later("changed", email, dict)
        return self._stay(request, changed) if principal.method == SESSION else Response(204)

    @staticmethod
    def _stay(request: Request, user: Any) -> Response:
        """Let the session of this request go on, under another key."""
        djangos = open_request(request)
        djangos.user = user
        update_session_auth_hash(djangos, user)
        return complete(djangos, Response(204))
