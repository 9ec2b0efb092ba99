"""Make triggers after migrations; on SQLite take them away before, where they would stand in the way of ALTER TABLE.

Which models are live, whoever knows it tells; nothing is imported for it before a migration has run.
Source: docs.djangoproject.com/en/5.2/ref/signals/#post-migrate.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Any

from django.db import DatabaseError, connections, router, transaction
from django.db.models import Model
from django.db.models.signals import post_migrate, pre_migrate

from nuages.live.sqlite_triggers import dropping_all
from nuages.live.tables import LOG
from nuages.live.triggers import ensure_triggers, missing_triggers

LiveModels = Callable[[], Iterable[type[Model]]]
_live_models: LiveModels = tuple


def watch_migrations(sender: Any, live_models: LiveModels) -> None:
    """Keep the triggers of live models up to date from now on; called once, when the app is ready.

    Shapes: `sender` is the app after whose signals it is done.
    """
    global _live_models
    _live_models = live_models
    pre_migrate.connect(_take_away, sender=sender, dispatch_uid="nuages.live.migrating")
    post_migrate.connect(_make, sender=sender, dispatch_uid="nuages.live.migrating")


def known_live_models() -> Iterable[type[Model]]:
    """The live models, as whoever knows them tells now."""
    return _live_models()


def untriggered(alias: str) -> str:
    """Which live tables of a database have no triggers, or old ones, as a sentence; empty where all have theirs.

    Where the log itself is still to be made, the migration that is pending says so.

    Raises: django.db.DatabaseError.
    """
    if is_awaited(alias):
        return ""
    missing = missing_triggers(alias, _live_models())
    return f"no triggers for live lists on {', '.join(missing)}" if missing else ""


def is_awaited(alias: str) -> bool:
    """Whether the log is not there yet, and will be once `migrate` has run."""
    has_log = LOG in connections[alias].introspection.table_names()
    return not has_log and router.allow_migrate(alias, "nuages", model_name="loggedchange")


def _take_away(using: str, plan: Any = (), **_: Any) -> None:
    """Take SQLite's triggers away before tables change; where nothing is to be done, they stay."""
    connection = connections[using]
    if connection.vendor == "sqlite" and plan:
        with transaction.atomic(using), connection.cursor() as cursor:
            for statement in list(dropping_all(cursor)):
                cursor.execute(statement)


def _make(using: str, verbosity: int = 1, stdout: Any = None, **_: Any) -> None:
    """Make what is missing and say so. A user that may not is told what to do; the migration counts all the same."""
    out = stdout or sys.stdout
    try:
        made = ensure_triggers(using, _live_models())
    except DatabaseError as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        out.write(
            f"\nThe triggers of live lists could not be made: {reason}\n"
            f"Let somebody run what `manage.py nuages triggers --live --database {using}` prints.\n"
        )
        return
    if made and verbosity:
        out.write(f"  Live lists: made triggers on {', '.join(made)}\n")
