"""A router that sends the statements of reads to replicas, where `nuages.replicas` has chosen one; all else stays.

    DATABASE_ROUTERS = ["nuages.routers.Replicas"]

Nothing is chosen here.
Source: docs.djangoproject.com, "Multiple databases", "Automatic database routing".
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS

chosen: ContextVar[str | None] = ContextVar("nuages.routers", default=None)
"""The replica that the request under way reads from; None for the database itself."""


def replica_aliases() -> tuple[str, ...]:
    """The replicas of the default database: those that mirror it in tests, as Django's documentation has it."""
    return tuple(
        [
            alias
            for alias, database in settings.DATABASES.items()
            if alias != DEFAULT_DB_ALIAS and database.get("TEST", {}).get("MIRROR") == DEFAULT_DB_ALIAS
        ]
    )


class Replicas:
    """Django's router protocol. Whatever Python asks, in hooks and rules too, is asked of the database itself."""

    def __init__(self) -> None:
        self._replicas = frozenset(replica_aliases())

    def db_for_read(self, model: type[Any], **hints: Any) -> str | None:
        """The replica that was chosen, for the statement of a read."""
        return chosen.get() if hints.get("plan") else self.db_for_write(model, **hints)

    def db_for_write(self, model: type[Any], **hints: Any) -> str | None:  # noqa: ARG002  # Django's signature
        """The database itself for rows that came from a replica; else what Django or another router says."""
        state = getattr(hints.get("instance"), "_state", None)
        return DEFAULT_DB_ALIAS if getattr(state, "db", None) in self._replicas else None

    def allow_relation(self, one: Any, other: Any, **_: Any) -> bool | None:
        """Rows of a replica are those of the database itself."""
        family = {DEFAULT_DB_ALIAS, *self._replicas}
        return True if {one._state.db, other._state.db} <= family else None

    def allow_migrate(self, db: str, app_label: str, **_: Any) -> bool | None:  # noqa: ARG002  # Django's signature
        """Replicas get their tables from what they are replicas of."""
        return False if db in self._replicas else None
