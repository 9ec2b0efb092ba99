"""Read the settings about what is observed: NUAGES_METRICS, NUAGES_ACCESS_LOG and theirs; and what is wrong in them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from importlib.util import find_spec
from typing import Any

from django.conf import settings

from nuages.errors import Misdeclared

ACCESS_LOG_VARIABLE = "NUAGES_ACCESS_LOG"  # by which `serve --access-log` tells its workers
SHORTEST_TOKEN_CHARS = 16
_SWITCHES = ("NUAGES_METRICS", "NUAGES_ACCESS_LOG", "NUAGES_ACCESS_LOG_QUERY")


def has_metrics() -> bool:
    """Whether requests are counted and shown: the setting NUAGES_METRICS."""
    return bool(getattr(settings, "NUAGES_METRICS", False))


def metrics_token() -> str:
    """What a reader has to bring: the setting NUAGES_METRICS_TOKEN, "" where addresses decide."""
    return getattr(settings, "NUAGES_METRICS_TOKEN", "") or ""


def has_access_log() -> bool:
    """Whether requests are logged: the setting NUAGES_ACCESS_LOG, or `serve --access-log`."""
    return bool(getattr(settings, "NUAGES_ACCESS_LOG", False)) or os.environ.get(ACCESS_LOG_VARIABLE) == "1"


def observed_mistakes() -> Iterable[Misdeclared]:
    """What is wrong in the settings: `nuages.E057`."""
    for name in _SWITCHES:
        if not isinstance(given := getattr(settings, name, False), bool):
            yield Misdeclared("nuages.E057", f"settings.{name}", f"is neither True nor False: {given!r}.")
    if has_metrics() and find_spec("prometheus_client") is None:
        hint = "pip install nuages[metrics]"
        yield Misdeclared("nuages.E057", "settings.NUAGES_METRICS", "prometheus-client is missing.", hint)
    if not _is_token(getattr(settings, "NUAGES_METRICS_TOKEN", None)):
        message = f"is no text of {SHORTEST_TOKEN_CHARS} printable characters at least."
        hint = "Make one: python -c 'import secrets; print(secrets.token_urlsafe())'"
        yield Misdeclared("nuages.E057", "settings.NUAGES_METRICS_TOKEN", message, hint)


def _is_token(given: Any) -> bool:
    """Whether it is a token, or says that there is none. It is never shown."""
    if given is None or given == "":
        return True
    return isinstance(given, str) and len(given) >= SHORTEST_TOKEN_CHARS and given.isascii() and given.isprintable()
