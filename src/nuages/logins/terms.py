"""Turn the setting NUAGES_LOGIN into the terms of a login, and into mistakes where it is wrong. Grants nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from django.apps import apps
from django.conf import settings

from nuages.errors import Misdeclared, suggest

SEGMENT = "auth"  # of every path about logins
_DAY_S = 24 * 3600
_MAY_BE_ZERO = {"grace_s"}
_PLACE = "settings.NUAGES_LOGIN"


@dataclass(frozen=True, slots=True)
class Terms:
    """How long a login lasts, and how often one may fail.

    Units: `idle_s` is how long a login lasts unused, `absolute_s` how long at most; within `grace_s` a used refresh
        token gives the same successor again; `failures` may come for one account from one address, and
        `address_failures` from one address, within `window_s`.
    Source: RFC 9700 section 4.14.2; NIST SP 800-63B section 5.2.2 for a limit of failures.
    """

    idle_s: int = 14 * _DAY_S
    absolute_s: int = 90 * _DAY_S
    grace_s: int = 10
    failures: int = 10
    address_failures: int = 100
    window_s: int = 300


def read_terms() -> Terms:
    """Read the setting, which `login_mistakes` has found right."""
    return Terms(**getattr(settings, "NUAGES_LOGIN", {}))


def trusted_proxies() -> int:
    """How many proxies of ours stand before the server: the setting NUAGES_TRUSTED_PROXIES."""
    return int(getattr(settings, "NUAGES_TRUSTED_PROXIES", 0))


def logs_in(way: object) -> bool:
    """Whether a way of proving who one is comes with logins: it can make access tokens, and is not told otherwise."""
    return bool(getattr(way, "login", False)) and callable(getattr(way, "issue", None))


def login_mistakes(title: str, ways: Any, paths: Sequence[str]) -> Iterable[Misdeclared]:
    """What stands against the logins of an API, whose resources have these paths."""
    count = sum(map(logs_in, ways)) if isinstance(ways, list | tuple) else 0
    if not count:
        return
    place = f"API(title={title!r})"
    if SEGMENT in paths:
        yield Misdeclared("nuages.E036", place, f"a resource has the path {SEGMENT!r}, where logins are.", "Rename it.")
    if count > 1:
        yield Misdeclared("nuages.E036", place, "several ways log in.", "Set login=False for all but one.")
    if not apps.is_installed("nuages"):
        hint = 'Add "nuages" to INSTALLED_APPS and run manage.py migrate, or set login=False.'
        yield Misdeclared("nuages.E036", place, "logins have no tables.", hint)
    yield from _term_mistakes(getattr(settings, "NUAGES_LOGIN", {}))
    if not _is_whole(given := getattr(settings, "NUAGES_TRUSTED_PROXIES", 0), least=0):
        yield Misdeclared("nuages.E036", "settings.NUAGES_TRUSTED_PROXIES", f"is no number of proxies: {given!r}.")


def _term_mistakes(given: Any) -> Iterable[Misdeclared]:
    if not isinstance(given, Mapping):
        yield Misdeclared("nuages.E036", _PLACE, "is no dict.", 'Write {"idle_s": 86_400}.')
        return
    known = [field.name for field in fields(Terms)]
    for name, value in given.items():
        if name not in known:
            yield Misdeclared("nuages.E036", _PLACE, f"there is no {name!r}.", suggest(str(name), known))
        elif not _is_whole(value, least=0 if name in _MAY_BE_ZERO else 1):
            least = 0 if name in _MAY_BE_ZERO else 1
            yield Misdeclared("nuages.E036", _PLACE, f"{name}: {value!r} is no whole number from {least}.")


def _is_whole(value: Any, *, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least
