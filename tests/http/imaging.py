"""Changes of rows as triggers have logged them inside of a test's transaction. No test lives here."""

from typing import Any

from django.db.models import Model

from nuages.live.changes import Change, Image
from nuages.live.triggers import ensure_triggers


def begin_logging(connection: Any, *models: type[Model]) -> None:
    """Make the triggers of models."""
    ensure_triggers(connection.alias, models)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM nuages_change")


def logged(connection: Any, model: type[Model]) -> list[Change]:
    """Every change of a model's rows, in order; a Feed would not give those of its own transaction."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute("SELECT seq, op FROM nuages_change WHERE changed_table = %s ORDER BY seq", [table])
        lines = cursor.fetchall()
    return [
        Change(
            seq,
            table,
            op,
            Image(seq, "old", ()) if op in ("update", "delete") else None,
            Image(seq, "new", ()) if op in ("update", "insert") else None,
        )
        for seq, op in lines
    ]
