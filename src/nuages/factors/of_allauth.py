"""Use up the codes that django-allauth keeps: of an authenticator app (TOTP), and for recovery; each once.

Allauth remembers used codes in Django's cache, which processes need not share, and marks recovery codes by reading and
writing. Here one statement decides who of many has used a code, as everywhere in Nuages.
Source: RFC 6238 sections 4.1 and 5.2; docs.allauth.org, "Multi-Factor Authentication".
"""

from __future__ import annotations

import datetime as dt
import hmac
from typing import Any

from django.db import connections, router
from django.db.models import Q
from django.utils import timezone

from nuages.change.transactions import run_change


class AllauthFactor:
    """The app `allauth.mfa`. It is imported when somebody is asked for a code, and not before."""

    def is_wanted(self, user: Any) -> bool:
        """Whether the user has any factor, a passkey included, by allauth's adapter."""
        from allauth.mfa.utils import is_mfa_enabled  # noqa: PLC0415  # an optional dependency

        return bool(is_mfa_enabled(user))

    def use(self, user: Any, code: str) -> bool:
        """Use a code up; one transaction, in which one of many wins."""
        return run_change(connections[alias_of_factors()], lambda: _use_totp(user, code) or _use_recovery(user, code))


def factor_rows() -> Any:
    """Every factor."""
    from allauth.mfa.models import Authenticator  # noqa: PLC0415  # an optional dependency

    return Authenticator.objects.using(alias_of_factors())


def alias_of_factors() -> str:
    """The database where factors are."""
    from allauth.mfa.models import Authenticator  # noqa: PLC0415  # an optional dependency

    return router.db_for_write(Authenticator)


def step_of(secret: str, code: str) -> int | None:
    """The time step of which a code is, by its number since the epoch; None for a wrong one."""
    from allauth.mfa.totp.internal import auth  # noqa: PLC0415  # an optional dependency

    said = plain(code)
    return next((step for step in auth.yield_hotp_counters_from_time() if same(said, _spell(auth, secret, step))), None)


def begin_of(step: int) -> dt.datetime:
    """The moment at which a step begins."""
    from allauth.mfa import app_settings  # noqa: PLC0415  # an optional dependency

    aware = dt.datetime.fromtimestamp(step * app_settings.TOTP_PERIOD, dt.UTC)
    return aware if timezone.is_aware(timezone.now()) else timezone.make_naive(aware)


def plain(code: str) -> str:
    """A code without the blanks and hyphens by which people and pages part it."""
    return code.replace(" ", "").replace("-", "")


def same(said: str, right: str) -> bool:
    """Whether two codes are equal, in the same time wherever they differ."""
    return hmac.compare_digest(said.encode(), right.encode())


def _spell(auth: Any, secret: str, step: int) -> str:
    text: str = auth.format_hotp_value(auth.hotp_value(secret, step))
    return text


def _use_totp(user: Any, code: str) -> bool:
    """Take a code of a step that lies behind every use: it cannot come again, nor can an older one."""
    from allauth.mfa.utils import decrypt  # noqa: PLC0415  # an optional dependency

    for row in factor_rows().filter(user_id=user.pk, type="totp"):
        step = step_of(decrypt(row.data["secret"]), code)
        if step is None:
            continue
        began = begin_of(step)
        unused = factor_rows().filter(Q(last_used_at__isnull=True) | Q(last_used_at__lt=began), pk=row.pk)
        if unused.update(last_used_at=max(timezone.now(), began)):
            row.wrap().validate_code(code)  # so that allauth's own pages know it as used, too
            return True
    return False


def _use_recovery(user: Any, code: str) -> bool:
    """Take a recovery code: its row is locked by a change before it is read, so that each sees what others took."""
    rows = factor_rows().filter(user_id=user.pk, type="recovery_codes")
    if not rows.filter(user_id=user.pk).update(user_id=user.pk):
        return False
    row = rows.get()
    data = _without(row, plain(code))
    return data is not None and bool(rows.update(data=data, last_used_at=timezone.now()))


def _without(row: Any, said: str) -> dict[str, Any] | None:
    """What is stored when a code has been taken from it; None where it holds no such code."""
    data, codes = dict(row.data), row.wrap().generate_codes()
    places = [place for place, code in enumerate(codes) if same(said, plain(code))]
    if "migrated_codes" in data:
        data["migrated_codes"] = [each for place, each in enumerate(data["migrated_codes"]) if place not in places[:1]]
        return data if places else None
    unused = [place for place in places if not data["used_mask"] & 1 << place]
    data["used_mask"] |= sum(1 << place for place in unused[:1])
    return data if unused else None
