"""Turn the project's NUAGES_ settings into what an API is built with, and into mistakes where one is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from nuages.ceilings import ROLES
from nuages.errors import Misdeclared, suggest
from nuages.execute.limits import statement_timeout_s
from nuages.replicas.mistakes import replica_mistakes

DEFAULT_MAX_BODY_BYTES = 1 << 20


def has_absolute_urls() -> bool:
    """Whether links are absolute: the setting NUAGES_ABSOLUTE_URLS."""
    return bool(getattr(settings, "NUAGES_ABSOLUTE_URLS", False))


def cost_ceilings() -> Any:
    """The ceilings of the roles: the setting NUAGES_COST_CEILING."""
    return getattr(settings, "NUAGES_COST_CEILING", {})


def max_body_bytes() -> int:
    """How long a body may be: the setting NUAGES_MAX_BODY_BYTES.

    Units: bytes.
    """
    return int(getattr(settings, "NUAGES_MAX_BODY_BYTES", DEFAULT_MAX_BODY_BYTES))


def setting_mistakes() -> Iterable[Misdeclared]:
    """What is wrong in the settings."""
    yield from _ceiling_mistakes(cost_ceilings())
    yield from replica_mistakes()
    if not isinstance(given := getattr(settings, "NUAGES_MAX_BODY_BYTES", 1), int) or given < 1:
        yield Misdeclared("nuages.E025", "settings.NUAGES_MAX_BODY_BYTES", f"is no number of bytes: {given!r}.")
    try:
        statement_timeout_s()
    except ImproperlyConfigured as error:
        yield Misdeclared("nuages.E025", "settings.NUAGES_STATEMENT_TIMEOUT_S", str(error))


def _ceiling_mistakes(ceilings: Any) -> Iterable[Misdeclared]:
    place = "settings.NUAGES_COST_CEILING"
    if not isinstance(ceilings, Mapping):
        yield Misdeclared("nuages.E025", place, "is no dict.", 'Write {"anonymous": 50_000, "staff": None}.')
        return
    for role, ceiling in ceilings.items():
        if role not in ROLES:
            yield Misdeclared("nuages.E025", place, f"there is no role {role!r}.", suggest(str(role), ROLES))
        if not (ceiling is None or (isinstance(ceiling, int | float) and ceiling > 0)):
            yield Misdeclared("nuages.E025", place, f"{ceiling!r} is no cost.", "A number above 0, or None.")
