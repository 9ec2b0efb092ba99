"""Let passkeys that allauth keeps prove who somebody is, each answer once; make such rows, and delete them.

Source: Web Authentication Level 3, section 7.2, steps 6, 21 and 22.
"""

from __future__ import annotations

import logging
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import connections
from django.utils import timezone

from nuages.change.transactions import run_change
from nuages.errors import Conflict, TooManyRequests
from nuages.factors import ceremonies
from nuages.factors.of_allauth import alias_of_factors, factor_rows
from nuages.factors.relying_party import RelyingParty
from nuages.factors.stored import Told, demand_allowed, make_recovery_if_none, take_away
from nuages.logins.families import alias_of_logins
from nuages.logins.limits import count

MOST_KEYS = 20  # of one user: each is read at a login
_KEEP_S = ceremonies.MAX_AGE_S + 60  # how long an answer is remembered: longer than its ceremony lasts
KEY, KEY_AND_USER = ("pop",), ("pop", "mfa")  # RFC 8176; "mfa" where the authenticator has asked for a PIN, a finger


def offer(party: RelyingParty, user: Any | None) -> dict[str, Any] | None:
    """What a page hands to `navigator.credentials.get()`; None for a user without passkeys.

    Shapes: `{"options": {...}, "ceremony": "..."}`.
    """
    keys = [] if user is None else [key for _, key in _keys_of(user)]
    if user is not None and not keys:
        return None
    options, ceremony = ceremonies.ask_for_one(party, user, keys, verification=_verification())
    return {"options": options, "ceremony": ceremony}


def use(party: RelyingParty, user: Any, ceremony: str, credential: dict[str, Any]) -> tuple[str, ...]:
    """What a passkey proves of a user who has been asked for it: words of RFC 8176; nothing where it is wrong."""
    used = use_row(party, user, ceremony, credential)
    return () if used is None else used[1]


def use_row(
    party: RelyingParty, user: Any, ceremony: str, credential: dict[str, Any]
) -> tuple[Any, tuple[str, ...]] | None:
    """The row of a passkey of a user who has been asked for it, and what it proves; None where it is wrong."""
    handle = ceremonies.handle_of(credential)
    if handle is not None and handle != entity_of(user)["id"]:
        return None
    return _use(party, ceremony, credential, user, asked=user)


def find(party: RelyingParty, ceremony: str, credential: dict[str, Any]) -> tuple[Any, tuple[str, ...]] | None:
    """The active user who is behind a passkey, and what it proves; None where it is wrong."""
    user = _user_of(ceremonies.handle_of(credential))
    if user is None or not user.is_active:
        return None
    used = _use(party, ceremony, credential, user, asked=None)
    return None if used is None else (user, used[1])


def offer_new(party: RelyingParty, user: Any, *, passwordless: bool) -> dict[str, Any]:
    """What a page hands to `navigator.credentials.create()`: `{"options": {...}, "enrolment": "..."}`.

    Raises: Conflict where allauth's adapter says no, or the user has passkeys enough.
    """
    demand_allowed(user)
    rows = _keys_of(user)
    _demand_room(user)
    keys, entity = [key for _, key in rows], entity_of(user)
    options, enrolment = ceremonies.ask_for_new(
        party, user, entity, keys, passwordless=passwordless, verification=_verification()
    )
    return {"options": options, "enrolment": enrolment}


def check_new(party: RelyingParty, user: Any, enrolment: str, credential: dict[str, Any]) -> ceremonies.Answered | None:
    """Check a new passkey, once; None for whatever is wrong."""
    answered = ceremonies.check_new(party, user, enrolment, credential)
    return answered if answered is not None and _is_first(answered) else None


def add(user: Any, name: str, credential: dict[str, Any], credential_id: bytes, told: Told) -> tuple[int, list[str]]:
    """Store a passkey that `check_new` has found right; its key, and recovery codes where there were none.

    Raises: Conflict where it is there already, or the user has passkeys enough.
    """
    from allauth.mfa.adapter import get_adapter  # noqa: PLC0415  # an optional dependency
    from allauth.mfa.models import Authenticator  # noqa: PLC0415

    demand_allowed(user)
    _demand_room(user)
    if any(key.credential_id == credential_id for _, key in _keys_of(user)):
        raise Conflict("This passkey is there already.", code="factor-exists")
    kind = Authenticator.Type.WEBAUTHN
    name = name or get_adapter().generate_authenticator_name(user, kind)
    data = {"name": name, "credential": ceremonies.to_store(credential)}
    row = factor_rows().create(user_id=user.pk, type=kind, data=data)
    told.append(("authenticator_added", row))
    return row.pk, make_recovery_if_none(user, told)


def drop(user: Any, key: str, told: Told) -> bool:
    """Delete a passkey, and recovery codes that nothing else is left beside; whether there was one.

    Raises: Conflict where allauth's adapter says no.
    """
    rows = factor_rows().filter(user_id=user.pk, type="webauthn")
    return take_away(user, told, pk__in=[row.pk for row in rows if str(row.pk) == key])


def entity_of(user: Any) -> dict[str, Any]:
    """How allauth names a user to authenticators."""
    from allauth.mfa.adapter import get_adapter  # noqa: PLC0415  # an optional dependency

    entity: dict[str, Any] = get_adapter().get_public_key_credential_user_entity(user)
    return entity


def _use(
    party: RelyingParty, ceremony: str, credential: dict[str, Any], user: Any, *, asked: Any | None
) -> tuple[Any, tuple[str, ...]] | None:
    rows = _keys_of(user)
    answered = ceremonies.check_one(party, ceremony, credential, [key for _, key in rows], user=asked)
    if answered is None or not _is_first(answered):
        return None
    row = next(row for row, key in rows if key.credential_id == answered.credential_id)
    if not run_change(connections[alias_of_factors()], lambda: _note_use(row, answered.counter)):
        return None
    return row, KEY_AND_USER if answered.is_verified else KEY


def _is_first(answered: ceremonies.Answered) -> bool:
    """Whether nobody has answered this question before: of many at once, one."""

    def change() -> None:
        count("passkey", answered.challenge, most=1, window_s=_KEEP_S)

    try:
        run_change(connections[alias_of_logins()], change)
    except TooManyRequests:
        return False
    return True


def _note_use(row: Any, counter: int) -> bool:
    """Note that a passkey was used; False for one that is gone, or that counts backwards, as a copy would."""
    rows = factor_rows().filter(pk=row.pk)
    if not rows.update(user_id=row.user_id):  # locks it before it is read
        return False
    data = rows.get().data
    before = data.get("sign_count", ceremonies.counter_of(data["credential"]))
    if (counter or before) and counter <= before:
        logging.getLogger("nuages.security").warning("A passkey counts backwards, as a copy would: factor %s.", row.pk)
        return False
    rows.update(last_used_at=timezone.now(), data={**data, "sign_count": counter} if counter else data)
    return True


def _keys_of(user: Any) -> list[tuple[Any, Any]]:
    rows = factor_rows().filter(user_id=user.pk, type="webauthn").order_by("pk")
    read = [(row, ceremonies.key_of(row.data.get("credential"))) for row in rows]
    return [(row, key) for row, key in read if key is not None]


def _demand_room(user: Any) -> None:
    if factor_rows().filter(user_id=user.pk, type="webauthn").count() >= MOST_KEYS:
        raise Conflict(f"There are {MOST_KEYS} passkeys already: take one away first.", code="factor-exists")


def _user_of(handle: bytes | None) -> Any | None:
    from allauth.account.utils import url_str_to_user_pk  # noqa: PLC0415  # an optional dependency

    if handle is None:
        return None
    try:
        text = handle.decode()
        return None if "\0" in text else get_user_model()._default_manager.filter(pk=url_str_to_user_pk(text)).first()
    except (ValueError, TypeError, ValidationError, OverflowError):
        return None


def _verification() -> str:
    from allauth.mfa import app_settings  # noqa: PLC0415  # an optional dependency

    return str(app_settings.WEBAUTHN_USER_VERIFICATION)
