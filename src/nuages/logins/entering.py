"""Answer those who come with a password or a refresh token: with tokens, in the body or in a cookie, or with a 401."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from django.db import IntegrityError, connections
from django.views.decorators.debug import sensitive_variables

from nuages.change.transactions import run_change
from nuages.errors import NotIdentified
from nuages.http.address import address_of
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.identify.csrf import demand_own_page
from nuages.identify.proofs import proof_of_now
from nuages.logins.cookies import read_cookie, set_cookie
from nuages.logins.documents import read_members
from nuages.logins.families import Families, Granted, alias_of_logins
from nuages.logins.limits import Limits
from nuages.logins.moving import Moving
from nuages.logins.passwords import find_user
from nuages.logins.second_factor import KINDS, NAMED, Codes, Shown, wrong_credentials
from nuages.logins.terms import trusted_proxies

MAX_DEVICE_CHARS = 200
_TRIES = 2  # a password whose hash another login replaced meanwhile is looked at once more


@dataclass(frozen=True, slots=True)
class Came:
    """Who came, by their own word, and from where."""

    account: str | None  # None where a passkey has named it
    address: str
    device: str


class Entering:
    """The endpoints `/auth/token` and `/auth/refresh`."""

    def __init__(self, families: Families, limits: Limits, codes: Codes, moving: Moving | None = None) -> None:
        self._families = families
        self._limits = limits
        self._codes = codes
        self._moving = moving

    @sensitive_variables()
    def log_in(self, request: Request, *_: Any) -> Response:
        """Begin a login, by a password or by a passkey alone.

        Raises: NotIdentified `invalid-credentials`, the same for every cause, or `second-factor-required` after a right
            password; TooManyRequests; NotAllowed `csrf-failed` for a cookie that a page of another site asks for.
        """
        kinds = {**dict.fromkeys(NAMED, str), **KINDS, "cookie": bool}
        members = read_members(request, kinds, self._codes.needed)
        wants_cookie, shown = members.get("cookie", False), Shown.of(members)
        if wants_cookie:
            demand_own_page(request)
        came = came_by(request, members.get("username"))
        by_key = came.account is None
        granted = self._by_passkey(came, shown) if by_key else self.by_password(came, members["password"], shown)
        return _answer(granted, in_cookie=wants_cookie)

    @sensitive_variables()
    def by_password(self, came: Came, password: str, shown: Shown) -> Granted:
        """Begin a login by a password.

        Raises: as `log_in`.
        """
        account = came.account or ""
        self._limits.take(account, came.address)
        proved: dict[Any, Sequence[str]] = {}  # a code can be used once, however often the password is looked at
        for _try in range(_TRIES):
            user = find_user(account, password)
            if user is not None and user.pk not in proved:
                proved[user.pk] = self._codes.prove(user, shown, account, came.address)
            if user is None or not proved[user.pk]:
                break
            granted = self._start(user, came, proved[user.pk])
            if granted is not None:
                return granted
        raise wrong_credentials(shown)

    def _by_passkey(self, came: Came, shown: Shown) -> Granted:
        user, methods = self._codes.find(shown, came.address)
        granted = self._start(user, came, methods)
        if granted is None:
            raise wrong_credentials(shown)
        return granted

    @sensitive_variables()
    def refresh(self, request: Request, *_: Any) -> Response:
        """Give the next tokens of a login.

        Raises: NotIdentified `invalid-grant`, the same for every cause.
        """
        cookie = read_cookie(request)
        members = read_members(request, {"refresh_token": str}, () if cookie else ("refresh_token",))
        in_cookie = "refresh_token" not in members
        if in_cookie:
            demand_own_page(request)
        token = (cookie or "") if in_cookie else members["refresh_token"]
        found = self._moved(token, request) or self._families.follow(token)
        if isinstance(found, Granted):
            return _answer(found, in_cookie=in_cookie)
        if found.is_unknown:
            self._limits.count_unknown(address_of(request, proxies=trusted_proxies()))
        raise NotIdentified("The refresh token is not valid. Log in again.", code="invalid-grant")

    def _moved(self, token: str, request: Request) -> Granted | None:
        """Begin a login for a refresh token of the system that the project moves away from."""
        if self._moving is None or "." not in token:
            return None
        address = address_of(request, proxies=trusted_proxies())
        return self._moving.begin(token, device=_device(request), address=address or None)

    def _start(self, user: Any, came: Came, methods: Sequence[str]) -> Granted | None:
        """Begin the login, and forget earlier failures with it; None where the user has changed meanwhile."""

        def change() -> Granted | None:
            if came.account is not None:
                self._limits.give_back(came.account, came.address)
            proof = proof_of_now(methods)
            return self._families.start(user, device=came.device, address=came.address or None, proof=proof)

        try:
            return run_change(connections[alias_of_logins()], change)
        except IntegrityError:  # the user has just been deleted
            return None


def _answer(granted: Granted, *, in_cookie: bool) -> Response:
    """Write the tokens down.

    Source: RFC 6749 section 5.1.
    """
    document: dict[str, Any] = {
        "access_token": granted.access,
        "token_type": granted.token_type,
        "expires_in": granted.access_s,
    }
    if not in_cookie:
        document["refresh_token"] = granted.refresh
    response = Response.json(msgspec.json.encode(document))
    if in_cookie:
        response.headers.append(set_cookie(granted.refresh, granted.refresh_s))
    return response


def came_by(request: Request, account: str | None) -> Came:
    """Who came with a request."""
    return Came(account, address_of(request, proxies=trusted_proxies()), _device(request))


def _device(request: Request) -> str:
    """What a browser or a program calls itself."""
    said = (request.header("user-agent") or "")[:MAX_DEVICE_CHARS]
    return "".join(char for char in said if char.isprintable())
