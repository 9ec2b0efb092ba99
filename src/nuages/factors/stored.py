"""Make and delete the rows in which allauth keeps second factors, as its own pages do. Whoever calls has a transaction.

Shapes: `told` gets (name of a signal of allauth.mfa, row) for each row that changed.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from nuages.errors import Conflict
from nuages.factors.of_allauth import alias_of_factors, factor_rows

Told = list[tuple[str, Any]]


def demand_addable(user: Any) -> None:
    """Demand that a user may get an authenticator app.

    Raises: Conflict where there is one, or where allauth says no: as long as an e-mail address is not verified.
    """
    if factor_rows().filter(user_id=user.pk, type="totp").exists():
        raise _there_is_one()
    demand_allowed(user)


def demand_allowed(user: Any) -> None:
    """Demand that a user may get any factor.

    Raises: Conflict where allauth says no: as long as an e-mail address is not verified.
    """
    from allauth.mfa.internal.flows.add import validate_can_add_authenticator  # noqa: PLC0415  # optional

    try:
        validate_can_add_authenticator(user)
    except ValidationError as error:
        raise Conflict(" ".join(error.messages), code="factor-refused") from None


def make_secret(djangos: Any, user: Any) -> tuple[str, str]:
    """A secret for an app, and the URL that a QR code shows."""
    from allauth.core.context import request_context  # noqa: PLC0415  # an optional dependency
    from allauth.mfa.adapter import get_adapter  # noqa: PLC0415
    from allauth.mfa.totp.internal.auth import generate_totp_secret  # noqa: PLC0415

    secret: str = generate_totp_secret()
    with request_context(djangos):
        return secret, get_adapter().build_totp_url(user, secret)


def add_totp(user: Any, secret: str, used_at: dt.datetime, told: Told) -> list[str]:
    """Store an app's secret, by allauth's `encrypt`; gives the recovery codes that were made with it, if any were.

    Raises: Conflict where another request was faster.
    """
    from allauth.mfa.totp.internal.auth import TOTP  # noqa: PLC0415  # an optional dependency

    try:
        row = TOTP.activate(user, secret).instance
    except IntegrityError:
        raise _there_is_one() from None
    factor_rows().filter(pk=row.pk).update(last_used_at=used_at)
    told.append(("authenticator_added", row))
    return make_recovery_if_none(user, told)


def make_recovery_if_none(user: Any, told: Told) -> list[str]:
    """Recovery codes beside a user's first factor; nothing where there are some, or allauth is told to have none."""
    if "recovery_codes" not in _supported() or factor_rows().filter(user_id=user.pk, type="recovery_codes").exists():
        return []
    try:
        with transaction.atomic(using=alias_of_factors()):
            return _make_recovery(user, "authenticator_added", told)
    except IntegrityError:  # another factor, which was added at the same time, has brought them
        return []


def take_away(user: Any, told: Told, **which: Any) -> bool:
    """Delete a factor, and recovery codes that nothing else is left beside; whether there was one.

    Raises: Conflict where allauth's adapter says no.
    """
    from allauth.mfa.adapter import get_adapter  # noqa: PLC0415  # an optional dependency

    row = _locked(user).filter(**which).first()
    if row is None:
        return False
    if not get_adapter().can_delete_authenticator(row):
        raise Conflict("This factor may not be taken away.", code="factor-refused")
    rest = factor_rows().filter(user_id=user.pk).exclude(pk=row.pk)
    gone = [row] if rest.exclude(type="recovery_codes").exists() else [row, *rest]
    factor_rows().filter(pk__in=[each.pk for each in gone]).delete()
    told += [("authenticator_removed", each) for each in gone]
    return True


def renew_recovery(user: Any, told: Told) -> list[str]:
    """Make other recovery codes.

    Raises: Conflict where there is no factor for which they could stand in.
    """
    rows = _locked(user)
    if not rows.exclude(type="recovery_codes").exists():
        raise Conflict("Recovery codes stand in for another factor: add one first.", code="factor-missing")
    rows.filter(type="recovery_codes").delete()
    return _make_recovery(user, "authenticator_reset", told)


def tell(told: Told, djangos: Any) -> None:
    """Send allauth's signals."""
    from allauth.mfa import signals  # noqa: PLC0415  # an optional dependency
    from allauth.mfa.models import Authenticator  # noqa: PLC0415

    for name, row in told:
        getattr(signals, name).send(sender=Authenticator, request=djangos, user=djangos.user, authenticator=row)


def _locked(user: Any) -> Any:
    """The factors of a user, which nobody else changes until this transaction ends."""
    rows = factor_rows().filter(user_id=user.pk)
    rows.update(user_id=user.pk)
    return rows


def _make_recovery(user: Any, signal: str, told: Told) -> list[str]:
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes  # noqa: PLC0415  # an optional dependency

    made = RecoveryCodes.activate(user)
    told.append((signal, made.instance))
    return list(made.generate_codes())


def _supported() -> list[str]:
    from allauth.mfa import app_settings  # noqa: PLC0415  # an optional dependency

    return list(app_settings.SUPPORTED_TYPES)


def _there_is_one() -> Conflict:
    return Conflict("There is an authenticator app already: take it away first.", code="factor-exists")
