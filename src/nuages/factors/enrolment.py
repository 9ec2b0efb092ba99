"""Give users second factors, and take them away: an authenticator app (TOTP) and recovery codes, kept by allauth.

Passkeys have doors of their own; what is common to all changes is here.

Each change wants a fresh proof, and ends the user's other logins: whoever was in by a stolen password is out.
Source: OWASP ASVS 5.0, 6.3.7, 7.4.3 and 7.5.1; NIST SP 800-63B section 6.1.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
from django.core import signing
from django.db import connections
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from nuages.change.transactions import run_change
from nuages.errors import Fault, NotFound, Unprocessable
from nuages.factors import stored
from nuages.factors.of_allauth import alias_of_factors, begin_of, factor_rows, step_of
from nuages.factors.step_up import demand_login
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.identify.principal import Principal
from nuages.identify.stand_in import stand_in
from nuages.logins.documents import has_body, read_members
from nuages.logins.families import alias_of_logins, end, login_keys, login_rows
from nuages.parse.pairs import refuse_parameters
from nuages.permit.recent import verified
from nuages.permit.refusals import refusal

_RECENT = verified(within="15min")
_SALT = "nuages.totp"
_MAX_AGE_S = 900  # how long somebody may take to scan a code
_KINDS = {"totp": "totp", "recovery_codes": "recovery-codes", "webauthn": "passkey"}


class Enrolment:
    """The endpoints below `/auth/factors`."""

    def show(self, request: Request, principal: Principal, _: Any) -> Response:
        """List the factors of the user; nothing of their secrets."""
        refuse_parameters(request.query)
        rows = factor_rows().filter(user_id=demand_login(principal).user.pk).order_by("pk")
        return Response.json(msgspec.json.encode({"items": [_shown(row) for row in rows]}))

    @sensitive_variables()
    def add_totp(self, request: Request, principal: Principal, _: Any) -> Response:
        """Give a secret for an app; with it and a code of the app, let it count from now on.

        Raises: NotIdentified; Conflict where there is one already, or allauth's adapter says no; Unprocessable for a
            wrong code.
        """
        user = demand_recent(principal).user
        members = read_members(request, {"enrolment": str, "code": str}) if has_body(request) else {}
        stored.demand_addable(user)
        if not members:
            return _offer(request, user)
        members = {"enrolment": "", "code": "", **members}
        secret, step = _confirmed(user, members["enrolment"], members["code"])
        used_at = max(timezone.now(), begin_of(step))
        codes = change_factors(request, principal, lambda told: stored.add_totp(user, secret, used_at, told))
        return Response.json(msgspec.json.encode({"recovery_codes": codes}), status=201)

    def drop_totp(self, request: Request, principal: Principal, _: Any) -> Response:
        """Take the app away, and the recovery codes where no other factor is left.

        Raises: NotFound where there is none; Conflict where allauth's adapter says no.
        """
        refuse_parameters(request.query)
        user = demand_recent(principal).user
        if not change_factors(request, principal, lambda told: stored.take_away(user, told, type="totp")):
            raise NotFound("There is no such factor.")
        return Response(204)

    @sensitive_variables()
    def renew_recovery(self, request: Request, principal: Principal, _: Any) -> Response:
        """Give new recovery codes, this once; those of before are void.

        Raises: Conflict where there is no other factor.
        """
        refuse_parameters(request.query)
        user = demand_recent(principal).user
        codes = change_factors(request, principal, lambda told: stored.renew_recovery(user, told))
        return Response.json(msgspec.json.encode({"recovery_codes": codes}), status=201)


def demand_recent(principal: Principal) -> Principal:
    """Demand a login or a session whose user has just proved who they are.

    Raises: NotIdentified, NotAllowed.
    """
    demand_login(principal)
    if _RECENT(principal) is not True:
        raise refusal(principal, _RECENT)
    return principal


def _offer(request: Request, user: Any) -> Response:
    """Nothing is stored before the user has shown a code: the secret comes back with it, under a signature."""
    secret, url = stored.make_secret(_djangos(request, user), user)
    enrolment = signing.dumps({"user": str(user.pk), "secret": secret}, salt=_SALT)
    return Response.json(msgspec.json.encode({"secret": secret, "url": url, "enrolment": enrolment}))


@sensitive_variables()
def _confirmed(user: Any, enrolment: str, code: str) -> tuple[str, int]:
    """The secret that a user was offered, and the step of which its code is.

    Raises: Unprocessable for whatever is wrong.
    """
    try:
        said = signing.loads(enrolment, salt=_SALT, max_age=_MAX_AGE_S)
    except signing.BadSignature:
        said = {}
    if said.get("user") != str(user.pk):
        raise wrong("/enrolment", "This is no enrolment of yours, or an old one. Begin again.")
    step = step_of(said["secret"], code)
    if step is None:
        raise wrong("/code", "The app shows another code for this secret.")
    return said["secret"], step


def wrong(pointer: str, detail: str) -> Unprocessable:
    """What is wrong with one member."""
    return Unprocessable(detail, faults=[Fault(pointer, "invalid-value", detail)], code="invalid-document")


def change_factors(request: Request, principal: Principal, change: Any) -> Any:
    """Run a change of factors; where it changed something, the user's other logins end and allauth's receivers hear."""
    told: list[tuple[str, Any]] = []
    done = run_change(connections[alias_of_factors()], lambda: change(told))
    if told:
        others = login_rows().filter(user_id=principal.user.pk).exclude(pk__in=login_keys(principal.login))
        run_change(connections[alias_of_logins()], lambda: end(others, by="factor"))
        stored.tell(told, _djangos(request, principal.user))
    return done


def _djangos(request: Request, user: Any) -> Any:
    djangos = stand_in(request, request.headers)
    djangos.user = user
    return djangos


def _shown(row: Any) -> dict[str, Any]:
    said: dict[str, Any] = {
        "kind": _KINDS[row.type],
        "created_at": _moment(row.created_at),
        "last_used_at": _moment(row.last_used_at),
    }
    return said if row.type != "webauthn" else {**said, "id": str(row.pk), "name": row.data.get("name")}


def _moment(moment: dt.datetime | None) -> str | None:
    if moment is None:
        return None
    whole = moment.replace(microsecond=0)
    return (whole.astimezone(dt.UTC) if timezone.is_aware(whole) else whole).isoformat()
