"""Answer those who want to be asked for a passkey, who add one, and who take one away. Checks no signature itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from django.views.decorators.debug import sensitive_variables

from nuages.errors import Conflict, Fault, NotFound, NotIdentified, Unprocessable
from nuages.factors.enrolment import change_factors, demand_recent, wrong
from nuages.factors.relying_party import RelyingParty
from nuages.factors.step_up import demand_login
from nuages.factors.with_passkeys import FactorWithPasskeys
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.identify.principal import Principal
from nuages.identify.stand_in import stand_in
from nuages.logins.documents import has_body, read_members
from nuages.parse.pairs import refuse_parameters

_KINDS: dict[str, type] = {"enrolment": str, "passkey": dict, "name": str, "passwordless": bool}
_MAX_NAME_CHARS = 100  # as allauth's own form has it


class Asking:
    """The endpoint `/auth/passkey`: what a page hands to `navigator.credentials.get()`."""

    def __init__(self, factor: FactorWithPasskeys) -> None:
        self._factor = factor

    def ask(self, request: Request, principal: Principal, _: Any) -> Response:
        """Ask the user of a login for one of theirs, or nobody in particular for one that lets in by itself.

        Raises: NotIdentified where nobody is logged in, and no passkey lets in by itself; Conflict `factor-missing`.
        """
        refuse_parameters(request.query)
        user = demand_login(principal).user if principal.is_authenticated else None
        if user is None and not self._factor.is_passwordless:
            raise NotIdentified("Log in first: here a passkey lets nobody in by itself.")
        offered = self._factor.offer_passkeys(user)
        if offered is None:
            raise Conflict("There is no passkey to ask for.", code="factor-missing")
        return Response.json(msgspec.json.encode(offered))


class PasskeyEnrolment:
    """The endpoints `/auth/factors/passkeys`."""

    def __init__(self, party: RelyingParty) -> None:
        self._party = party

    @sensitive_variables()
    def add(self, request: Request, principal: Principal, _: Any) -> Response:
        """Give what a page hands to `navigator.credentials.create()`; with what that made, let it count from now on.

        Raises: NotIdentified; Conflict where allauth's adapter says no, or it is there already; Unprocessable for what
            was not made for this.
        """
        user = demand_recent(principal).user
        members = read_members(request, _KINDS, _needed) if has_body(request) else {}
        if "passkey" not in members:
            return self._offer(request, user, passwordless=members.get("passwordless", False))
        return self._store(request, principal, members)

    def drop(self, request: Request, principal: Principal, arguments: tuple[str, ...]) -> Response:
        """Take one away, and the recovery codes where no other factor is left.

        Raises: NotFound where the user has no such passkey; Conflict where allauth's adapter says no.
        """
        from nuages.factors import passkeys  # noqa: PLC0415  # imports an optional dependency

        refuse_parameters(request.query)
        user = demand_recent(principal).user
        if not change_factors(request, principal, lambda told: passkeys.drop(user, arguments[0], told)):
            raise NotFound("There is no such factor.")
        return Response(204)

    def _offer(self, request: Request, user: Any, *, passwordless: bool) -> Response:
        from allauth.core.context import request_context  # noqa: PLC0415  # an optional dependency

        from nuages.factors import passkeys  # noqa: PLC0415  # imports an optional dependency

        with request_context(stand_in(request, request.headers)):
            offered = passkeys.offer_new(self._party, user, passwordless=passwordless)
        return Response.json(msgspec.json.encode(offered))

    @sensitive_variables()
    def _store(self, request: Request, principal: Principal, members: Mapping[str, Any]) -> Response:
        from nuages.factors import passkeys  # noqa: PLC0415  # imports an optional dependency

        user, name, credential = principal.user, members.get("name", ""), members["passkey"]
        if len(name) > _MAX_NAME_CHARS:
            raise wrong("/name", f"name has more than {_MAX_NAME_CHARS} characters.")
        made = passkeys.check_new(self._party, user, members["enrolment"], credential)
        if made is None:
            raise wrong("/passkey", "This passkey was not made for this enrolment, or too late. Begin again.")
        key, codes = change_factors(
            request, principal, lambda told: passkeys.add(user, name, credential, made.credential_id, told)
        )
        return Response.json(msgspec.json.encode({"id": str(key), "recovery_codes": codes}), status=201)


def _needed(document: Mapping[str, Any]) -> tuple[str, ...]:
    if set(document) <= {"passwordless"}:
        return ()
    if "passwordless" in document:
        detail = "passwordless is said when an enrolment begins."
        fault = Fault("/passwordless", "invalid-value", detail)
        raise Unprocessable(detail, faults=[fault], code="invalid-document")
    return ("enrolment", "passkey")
