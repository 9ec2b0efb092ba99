"""Tell what is wrong in how a project declares its replicas. Reads settings, and asks no database."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, router

from nuages.errors import Misdeclared
from nuages.routers import Replicas, replica_aliases

_ENGINE = "django.db.backends.postgresql"


def replica_mistakes() -> Iterator[Misdeclared]:
    """What keeps a client from reading what it has written: `nuages.E051`."""
    aliases = replica_aliases()
    if not aliases or not has_router():
        return
    for alias in (DEFAULT_DB_ALIAS, *aliases):
        if settings.DATABASES[alias].get("ENGINE") != _ENGINE:
            hint = "Only PostgreSQL says how far a replica is; leave nuages.routers.Replicas out of DATABASE_ROUTERS."
            yield Misdeclared("nuages.E051", f"settings.DATABASES[{alias!r}]", "has replicas or is one.", hint)
    if not getattr(settings, "NUAGES_REDIS_URL", ""):
        hint = "There it is kept, for all instances, who must not yet read from a replica: set REDIS_URL."
        yield Misdeclared("nuages.E051", "settings.NUAGES_REDIS_URL", "is missing, and there are replicas.", hint)
    elif find_spec("redis") is None:
        yield Misdeclared(
            "nuages.E051", "settings.NUAGES_REDIS_URL", "the client is missing.", "pip install nuages[redis]"
        )


def replica_remarks() -> Iterator[Misdeclared]:
    """Replicas that nothing reads from: `nuages.W054`."""
    if replica_aliases() and not has_router():
        hint = 'DATABASE_ROUTERS = ["nuages.routers.Replicas"]; silence this where views of your own read from them.'
        yield Misdeclared("nuages.W054", "settings.DATABASES", "has replicas that no API reads from.", hint)


def has_router() -> bool:
    """Whether the project lets statements of reads go to replicas."""
    return any(isinstance(each, Replicas) for each in router.routers)
