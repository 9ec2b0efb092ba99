"""Answer those who log out, here or everywhere, and those who look at their logins. Nothing begins here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import msgspec
from django.db import connections
from django.db.models import Exists, OuterRef
from django.utils import timezone

from nuages.change.transactions import run_change
from nuages.errors import NotAllowed, NotFound, NotIdentified
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.identify.csrf import demand_own_page
from nuages.identify.logins import is_sound
from nuages.identify.principal import Principal
from nuages.logins.cookies import delete_cookie, read_cookie
from nuages.logins.documents import has_body, read_members
from nuages.logins.families import alias_of_logins, end, login_keys, login_rows, token_rows
from nuages.logins.refresh_tokens import digest_of
from nuages.parse.pairs import refuse_parameters

MOST_LISTED = 200

Identify = Callable[[Request], Principal | None]


class Leaving:
    """The endpoints `/auth/logout`, `/auth/logout-all` and `/auth/sessions`.

    Shapes: `identify` reads the access token of a request, None where there is none.
    """

    def __init__(self, identify: Identify) -> None:
        self._identify = identify

    def log_out(self, request: Request, *_: Any) -> Response:
        """End the login that a refresh token in the body, an access token or the cookie belongs to.

        A refresh token that is none ends nothing, and is answered the same (RFC 7009 section 2.2).
        Raises: NotIdentified where none of them is there, or the access token is not valid; NotAllowed `csrf-failed`.
        """
        refuse_parameters(request.query)
        members = read_members(request, {"refresh_token": str}) if has_body(request) else {}
        if "refresh_token" in members:
            return self._end_token(members["refresh_token"], request)
        principal = self._identify(request)
        if principal is not None and principal.login:
            return _ended(_own(principal).filter(pk__in=login_keys(principal.login)), request)
        cookie = read_cookie(request)
        if cookie is None:
            raise NotIdentified("Send the access token of a login, or its refresh token in the body.")
        demand_own_page(request)
        return self._end_token(cookie, request)

    def log_out_everywhere(self, request: Request, principal: Principal, _: Any) -> Response:
        """End every login of the user."""
        refuse_parameters(request.query)
        return _ended(_own(_somebody(principal)), request)

    def show(self, request: Request, principal: Principal, _: Any) -> Response:
        """List the user's logins that can still be refreshed, those used last first."""
        refuse_parameters(request.query)
        now = timezone.now()
        usable = token_rows().filter(login=OuterRef("pk"), consumed_at__isnull=True, expires_at__gt=now)
        found = _own(_somebody(principal)).filter(Exists(usable), expires_at__gt=now).select_related("user")
        rows = [row for row in found.order_by("-last_used_at", "pk")[:MOST_LISTED] if is_sound(row)]
        return Response.json(msgspec.json.encode({"items": [_shown(row, principal) for row in rows]}))

    def end_one(self, request: Request, principal: Principal, arguments: tuple[str, ...]) -> Response:
        """End one login of the user.

        Raises: NotFound for one that has ended, that is another's, or that never was.
        """
        refuse_parameters(request.query)
        logins = _own(_somebody(principal)).filter(pk__in=login_keys(arguments[0]), expires_at__gt=timezone.now())
        if not _end(logins):
            raise NotFound("There is no such login.")
        return Response(204)

    @staticmethod
    def _end_token(token: str, request: Request) -> Response:
        tokens = token_rows().filter(pk=digest_of(token)).values("login_id")
        return _ended(login_rows().filter(pk__in=tokens), request)


def _somebody(principal: Principal) -> Principal:
    """Demand somebody whose credential is not limited to other things.

    Raises: NotIdentified, NotAllowed.
    """
    if not principal.is_authenticated:
        raise NotIdentified("Send the access token of a login.")
    if principal.scopes is not None and not principal.login:
        raise NotAllowed("This credential is limited to other things.")
    return principal


def _own(principal: Principal) -> Any:
    return login_rows().filter(user_id=principal.user.pk, ended_at__isnull=True)


def _end(logins: Any) -> int:
    return run_change(connections[alias_of_logins()], lambda: end(logins, by="logout"))


def _ended(logins: Any, request: Request) -> Response:
    _end(logins)
    return Response(204, headers=[delete_cookie()] if read_cookie(request) else [])


def _shown(row: Any, principal: Principal) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "device": row.device,
        "address": row.address,
        "created_at": _moment(row.created_at),
        "last_used_at": _moment(row.last_used_at),
        "expires_at": _moment(row.expires_at),
        "is_current": str(row.pk) == principal.login,
    }


def _moment(moment: dt.datetime) -> str:
    """Whole seconds, spelled as every timestamp."""
    whole = moment.replace(microsecond=0)
    return (whole.astimezone(dt.UTC) if timezone.is_aware(whole) else whole).isoformat()
