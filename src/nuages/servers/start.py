"""Bring a project up for serving: Django's own setup, the URLconf, every API built. A wrong declaration stops it here.

Nothing listens yet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from nuages.env import count_threads
from nuages.servers.front import Front
from nuages.servers.mounts import Mount, find_mounts
from nuages.servers.observing import front_of

_DRAIN_S = 25  # orchestrators kill 30 s after they have asked


class Buildable(Protocol):
    """What has to be built before it serves: an API."""

    def build(self) -> object:
        """Check and build everything."""


def start_project(registered: Callable[[], Iterable[Buildable]]) -> Front:
    """Set Django up, import the URLconf, build what has registered itself by then, and find the straight ways.

    Raises: DeclarationError naming every mistake of an API.
    """
    django.setup()
    mounts = find_straight()
    for api in registered():
        api.build()
    return front_of(mounts)


def find_straight() -> tuple[Mount, ...]:
    """Find the mounts whose requests do not pass Django's middleware: all that can, unless NUAGES_STRAIGHT is False."""
    mounts = find_mounts()
    return mounts if getattr(settings, "NUAGES_STRAIGHT", True) else ()


def thread_count() -> int:
    """How many threads answer requests in one process, and so how many connections it opens to each database.

    Shapes: the environment's NUAGES_THREADS, the setting of that name, or two for each core and 8 at most.
    Raises: ImproperlyConfigured when it is no number from 1.
    """
    return count_threads(getattr(settings, "NUAGES_THREADS", None))


def drain_s() -> int:
    """How long requests in flight may go on after SIGTERM: the setting NUAGES_DRAIN_S.

    Units: s.
    Raises: ImproperlyConfigured when the setting is no number from 1.
    """
    return _whole_number("NUAGES_DRAIN_S", _DRAIN_S)


def drain_delay_s() -> int:
    """How long requests are accepted after SIGTERM while readiness is off already: the setting NUAGES_DRAIN_DELAY_S.

    Units: s; 0 unless told otherwise, since only a balancer that asks for readiness has use for it.
    Raises: ImproperlyConfigured when the setting is no number from 0.
    """
    return _whole_number("NUAGES_DRAIN_DELAY_S", 0, least=0)


def _whole_number(name: str, default: int, *, least: int = 1) -> int:
    chosen = getattr(settings, name, default)
    if isinstance(chosen, bool) or not isinstance(chosen, int) or chosen < least:
        raise ImproperlyConfigured(f"{name} must be a whole number from {least}, not {chosen!r}.")
    return chosen
