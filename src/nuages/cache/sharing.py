"""This process's way to what is shared: versions with the machine's other processes, or with all instances by Redis."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from django.conf import settings

from nuages.cache.entries import Memory
from nuages.cache.versions import Versions, machine_versions
from nuages.errors import Misdeclared
from nuages.redis_client import redis_url
from nuages.shared_files import path_of

DEFAULT_BYTES = 32 << 20


@cache
def versions() -> Versions:
    """The versions that every process of this project asks and changes."""
    if not redis_url():
        return machine_versions(path_of("versions"))
    from nuages.cache.redis_versions import RedisVersions  # noqa: PLC0415  # an extra

    return RedisVersions(_server())


@cache
def shared_answers() -> Any:
    """Where instances share answers, SharedAnswers; None without Redis."""
    if not redis_url():
        return None
    from nuages.cache.shared_answers import SharedAnswers  # noqa: PLC0415  # an extra

    return SharedAnswers(_server())


@cache
def _server() -> Any:
    from nuages.cache.server import Server  # noqa: PLC0415  # an extra

    return Server(redis_url())


@cache
def memory() -> Memory:
    """What this process keeps for itself."""
    return Memory(cache_bytes())


def cache_bytes() -> int:
    """How much each process may keep: the setting NUAGES_CACHE_BYTES; with 0 nothing is kept anywhere."""
    return int(getattr(settings, "NUAGES_CACHE_BYTES", DEFAULT_BYTES))


def cache_setting_mistakes() -> Iterable[Misdeclared]:
    """What is wrong in the settings: `nuages.E061`."""
    given = getattr(settings, "NUAGES_CACHE_BYTES", DEFAULT_BYTES)
    if not isinstance(given, int) or isinstance(given, bool) or given < 0:
        hint = "Write how much each process may keep, such as 32_000_000; 0 for nothing."
        yield Misdeclared("nuages.E061", "settings.NUAGES_CACHE_BYTES", f"is no number of bytes: {given!r}.", hint)
