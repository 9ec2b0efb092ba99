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
from nuages.respond.compression import Compression

DEFAULT_COMPRESS_MIN_BYTES = 1 << 10  # a shorter answer goes in one packet either way


def has_absolute_urls() -> bool:
    """Whether links are absolute: the setting NUAGES_ABSOLUTE_URLS."""
    return bool(getattr(settings, "NUAGES_ABSOLUTE_URLS", False))


def cost_ceilings() -> Any:
    """The ceilings of the roles: the setting NUAGES_COST_CEILING."""
    return getattr(settings, "NUAGES_COST_CEILING", {})


def compression() -> Compression | None:
    """What compresses answers: the settings NUAGES_COMPRESS and NUAGES_COMPRESS_MIN_BYTES; None where nothing does."""
    if not getattr(settings, "NUAGES_COMPRESS", False):
        return None
    return Compression(min_bytes=getattr(settings, "NUAGES_COMPRESS_MIN_BYTES", DEFAULT_COMPRESS_MIN_BYTES))


def setting_mistakes() -> Iterable[Misdeclared]:
    """What is wrong in the settings."""
    yield from _ceiling_mistakes(cost_ceilings())
    yield from replica_mistakes()
    if not isinstance(given := getattr(settings, "NUAGES_MAX_BODY_BYTES", 1), int) or given < 1:
        yield Misdeclared("nuages.E025", "settings.NUAGES_MAX_BODY_BYTES", f"is no number of bytes: {given!r}.")
    yield from _compression_mistakes()
    try:
        statement_timeout_s()
    except ImproperlyConfigured as error:
        yield Misdeclared("nuages.E025", "settings.NUAGES_STATEMENT_TIMEOUT_S", str(error))


def _compression_mistakes() -> Iterable[Misdeclared]:
    given = getattr(settings, "NUAGES_COMPRESS", False)
    if not isinstance(given, bool):
        yield Misdeclared("nuages.E059", "settings.NUAGES_COMPRESS", f"is neither True nor False: {given!r}.")
    given = getattr(settings, "NUAGES_COMPRESS_MIN_BYTES", 1)
    if type(given) is not int or given < 1:
        yield Misdeclared("nuages.E059", "settings.NUAGES_COMPRESS_MIN_BYTES", f"is no number of bytes: {given!r}.")


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
