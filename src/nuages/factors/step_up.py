"""Turn a password, a code or a passkey of somebody who is logged in into a fresh proof: POST /auth/verify.

A login of Nuages gets another access token, a session of Django's another key; no login begins and none ends.
Source: RFC 9470 section 4; OWASP ASVS 5.0, 7.5.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from django.contrib.auth import update_session_auth_hash
from django.views.decorators.debug import sensitive_variables

from nuages.browsers.lending import open_request
from nuages.browsers.sessions import answer_session
from nuages.errors import Fault, NotAllowed, NotIdentified, Unprocessable
from nuages.http.address import address_of
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.identify.principal import Principal
from nuages.identify.proofs import mark_session, proof_of_now
from nuages.logins.documents import read_members
from nuages.logins.families import Families
from nuages.logins.limits import Limits
from nuages.logins.passwords import find_user
from nuages.logins.second_factor import KINDS, Codes, Shown
from nuages.logins.terms import trusted_proxies


class StepUp:
    """The endpoint `/auth/verify`; `families` are the logins of the API, None where it has only sessions."""

    def __init__(self, families: Families | None, limits: Limits, codes: Codes) -> None:
        self._families = families
        self._limits = limits
        self._codes = codes

    @sensitive_variables()
    def verify(self, request: Request, principal: Principal, _: Any) -> Response:
        """Renew the proof of a login or a session.

        Raises: NotIdentified for nobody, `invalid-credentials` for whatever proves nothing, `second-factor-required`
            for a right password that does not suffice; NotAllowed for other credentials; TooManyRequests.
        """
        demand_login(principal)
        members = read_members(request, {"password": str, **KINDS}, _needed)
        shown = Shown.of(members)
        if shown.is_nothing and "password" not in members:
            missing = Fault("/password", "required", "password is missing, or code.")
            raise Unprocessable("Send the password, the code of a second factor, or a passkey.", faults=[missing])
        user, methods = self._prove(request, principal, members.get("password"), shown)
        if principal.method == "session":
            return _renew_session(request, user, methods)
        return self._renew_login(principal, user, methods)

    @sensitive_variables()
    def _prove(
        self, request: Request, principal: Principal, password: str | None, shown: Shown
    ) -> tuple[Any, tuple[str, ...]]:
        """The user, as the password has found it, and what was proved; counted with the failures of logins."""
        user, account = principal.user, principal.user.get_username()
        address = address_of(request, proxies=trusted_proxies())
        self._limits.take(account, address)
        if password is not None:
            user = find_user(account, password)
            if user is None or user.pk != principal.user.pk:
                raise _wrong()
        methods = self._methods(user, shown, account, address, has_password=password is not None)
        if not methods:
            raise _wrong()
        self._limits.give_back(account, address)
        return user, methods

    def _methods(self, user: Any, shown: Shown, account: str, address: str, *, has_password: bool) -> tuple[str, ...]:
        """What is proved: by a code or a passkey, with a password that was right or without one; nothing if wrong."""
        if has_password:
            return self._codes.prove(user, shown, account, address)
        return self._codes.use(user, shown) if self._codes.are_wanted(user) else ()

    def _renew_login(self, principal: Principal, user: Any, methods: tuple[str, ...]) -> Response:
        families = self._families
        renewed = families.renew(user, principal.login, methods) if families is not None else None
        if families is None or renewed is None:
            raise NotIdentified("This login has ended. Log in again.", code="invalid-token")
        access, access_s = renewed
        document = {"access_token": access, "token_type": families.token_type, "expires_in": access_s}
        return Response.json(msgspec.json.encode(document))


def demand_login(principal: Principal) -> Principal:
    """Demand a login of Nuages or a session of Django's.

    Raises: NotIdentified, NotAllowed.
    """
    if not principal.is_authenticated:
        raise NotIdentified("Log in first.")
    if principal.method != "session" and not principal.login:
        raise NotAllowed("This credential is no login, and cannot be made one. Log in.")
    return principal


def _renew_session(request: Request, user: Any, methods: tuple[str, ...]) -> Response:
    """Give the session another key, and let it outlast a better hash of the same password."""
    djangos = open_request(request)
    djangos.user = user
    update_session_auth_hash(djangos, user)
    mark_session(djangos.session, proof_of_now(methods))
    return answer_session(djangos, user)


def _needed(document: Mapping[str, Any]) -> tuple[str, ...]:
    return ("ceremony",) if "passkey" in document else ()


def _wrong() -> NotIdentified:
    return NotIdentified("The password or the code is wrong.", code="invalid-credentials")
