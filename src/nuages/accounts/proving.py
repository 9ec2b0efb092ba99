"""Demand the password of whoever is logged in, and count wrong ones as those of logins."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.hashers import check_password
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from nuages.errors import Fault, NotAllowed, NotIdentified, Unprocessable
from nuages.http.address import address_of
from nuages.http.request import Request
from nuages.identify.principal import Principal
from nuages.logins.families import login_keys, login_rows
from nuages.logins.limits import Limits
from nuages.logins.terms import read_terms, trusted_proxies

SESSION = "session"


def demand_login(principal: Principal) -> str:
    """Demand a session or a login of this project; gives the login, "" for a session.

    Raises: NotIdentified; NotAllowed for an API key, or the token of another system.
    """
    if not principal.is_authenticated:
        raise NotIdentified("Log in first.")
    if principal.method == SESSION:
        return ""
    keys = login_keys(principal.login)
    own = login_rows().filter(
        pk__in=keys, user_id=principal.user.pk, ended_at__isnull=True, expires_at__gt=timezone.now()
    )
    if not keys or not own.exists():
        raise NotAllowed("This credential may not; log in with the password.")
    return principal.login


@sensitive_variables()
def demand_password(request: Request, user: Any, password: str) -> None:
    """Demand that a password is the user's.

    Raises: Unprocessable `wrong-password`; TooManyRequests, before it is looked at.
    """
    limits, name = Limits(read_terms()), str(user.get_username())
    address = address_of(request, proxies=trusted_proxies())
    limits.take(name, address)
    if not check_password(password, user.password):
        raise wrong_password()
    limits.give_back(name, address)


def wrong_password() -> Unprocessable:
    """The answer to a password that is not the user's, or not any more."""
    detail = "This is not the present password."
    return Unprocessable(detail, faults=[Fault("/password", "wrong-password", detail)], code="wrong-password")
