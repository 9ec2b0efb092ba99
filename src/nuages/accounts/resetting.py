"""Answer those who have forgotten their password: first by a mail, then, to whoever has read it, by another one."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode
from django.views.decorators.debug import sensitive_variables

from nuages.accounts.finding import email_of, users_with
from nuages.accounts.mailing import Mailing, accepted, invalid_link
from nuages.accounts.newcomers import address_faults, password_faults, refuse
from nuages.accounts.storing import store_password
from nuages.accounts.terms import Accounts
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.logins.documents import read_members
from nuages.logins.families import alias_of_logins

PURPOSE = "reset"
_MINUTE_S = 60


class Resetting:
    """The endpoints `/auth/password/reset` and `/auth/password/reset/confirm`."""

    def __init__(self, mailing: Mailing, accounts: Accounts) -> None:
        self._mailing, self._accounts = mailing, accounts

    def ask(self, request: Request, *_: Any) -> Response:
        """Send a link to every user of an address who is active and has a password.

        Raises: Unprocessable for what is no address; TooManyRequests.
        """
        email = read_members(request, {"email": str}, ("email",))["email"].strip()
        refuse(address_faults(email))
        self._mailing.take(PURPOSE, email, request)
        users = [user for user in users_with(email) if user.is_active and user.has_usable_password()]
        for user in users or [None]:
            to = "" if user is None else email_of(user)
            self._mailing.send_later("reset", to, partial(self._tell, user))
        return accepted()

    @sensitive_variables()
    def confirm(self, request: Request, *_: Any) -> Response:
        """Store the new password, and end every login and session of the user. Nobody is logged in by it.

        Raises: Unprocessable `invalid-token`, or for what validators have against the password; TooManyRequests.
        """
        members = read_members(request, {"token": str, "new_password": str}, ("token", "new_password"))
        user, told = _read(members["token"])
        if user is None:
            raise invalid_link(request)
        wanted = members["new_password"]
        refuse(password_faults("/new_password", wanted, user))
        changed = store_password(
            user.pk, wanted, make_password(wanted), is_still=lambda now: default_token_generator.check_token(now, told)
        )
        if changed is None:
            raise invalid_link(request)
        self._mailing.send_later("changed", email_of(changed), dict)
        return Response(204)

    def _tell(self, user: Any | None) -> dict[str, object]:
        model: Any = get_user_model()
        user = user or model()  # nobody: the same work for no mail
        token = f"{urlsafe_base64_encode(force_bytes(user.pk))}.{default_token_generator.make_token(user)}"
        minutes = settings.PASSWORD_RESET_TIMEOUT // _MINUTE_S
        return {"link": self._accounts.link("reset", token), "username": user.get_username(), "minutes": minutes}


@sensitive_variables()
def _read(token: str) -> tuple[Any | None, str]:
    """The active user of a token, None where it is not good, and Django's part of it."""
    uid, _, told = token.partition(".")
    user = _user_of(uid)
    model: Any = get_user_model()
    is_good = default_token_generator.check_token(user or model(), told)
    return (user if user is not None and user.is_active and is_good else None), told


def _user_of(uid: str) -> Any | None:
    """Source: django.contrib.auth.views.PasswordResetConfirmView.get_user."""
    model: Any = get_user_model()
    try:
        key = model._meta.pk.to_python(urlsafe_base64_decode(uid).decode())
        return model._default_manager.using(alias_of_logins()).filter(pk=key).first()
    except (TypeError, ValueError, OverflowError, ValidationError):
        return None
