"""Find what keeps second factors in this project, if anything does. The one place that knows django-allauth's name."""

from __future__ import annotations

from collections.abc import Iterable

from django.apps import apps
from django.conf import settings

from nuages.errors import Misdeclared
from nuages.factors.relying_party import passkey_mistakes
from nuages.factors.with_passkeys import FactorWithPasskeys

APP = "allauth.mfa"


def find_factor() -> FactorWithPasskeys | None:
    """What django-allauth keeps, where its app is installed; without it nothing is asked, and no statement is run."""
    return FactorWithPasskeys() if apps.is_installed(APP) else None


def offers_factors() -> bool:
    """Whether users get and drop factors at an API's own endpoints: the setting NUAGES_FACTORS."""
    return bool(getattr(settings, "NUAGES_FACTORS", False))


def factor_mistakes() -> Iterable[Misdeclared]:
    """What is wrong where factors are to be offered, or passkeys taken."""
    yield from passkey_mistakes()
    place, given = "settings.NUAGES_FACTORS", getattr(settings, "NUAGES_FACTORS", False)
    if not isinstance(given, bool):
        yield Misdeclared("nuages.E046", place, f"is neither True nor False: {given!r}.")
    elif given and not apps.is_installed(APP):
        hint = (
            f'pip install nuages[social], add "{APP}", "allauth.account" and "allauth" to INSTALLED_APPS, and migrate.'
        )
        yield Misdeclared("nuages.E046", place, "nothing keeps second factors.", hint)
