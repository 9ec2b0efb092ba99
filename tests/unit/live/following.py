"""Make triggers for the models of a test, and follow what they log."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections

from nuages.live.changes import Change
from nuages.live.feed import Feed
from nuages.live.images import images, number_of
from nuages.live.positions import Position
from nuages.live.tables import columns, key_fields, quote
from nuages.live.triggers import ensure_triggers
from nuages.plan.sql import HOLE, Sql, from_django

_MOST_BATCHES = 5_000
_NO_HEAD = Sql("")


@contextmanager
def logged(alias: str, *models: Any) -> Iterator[Feed]:
    """Log the changes of models' tables until the block ends."""
    ensure_triggers(alias, models)
    feed = Feed(alias)
    try:
        yield feed
    finally:
        feed.close()
        ensure_triggers(alias, [])


class Follower:
    """Reads a feed from now on."""

    def __init__(self, feed: Feed, *models: Any) -> None:
        self.feed, self.tables = feed, [model._meta.db_table for model in models]
        self.position: Position = feed.now()

    def read(self, most: int = 500) -> list[Change]:
        """All that came since."""
        found: list[Change] = []
        for _ in range(_MOST_BATCHES):
            changes, self.position = self.feed.since(self.position, self.tables, most)
            if not changes:
                return found
            found += changes
        raise AssertionError("It gives the same again and again.")

    def seen(self) -> list[tuple[str, str, Any, Any]]:
        """All that came since, as (op, table, key before, key after)."""
        return [(c.op, c.table, c.old and c.old.key, c.new and c.new.key) for c in self.read()]


def row_of(alias: str, change: Change, which: Any) -> Any:
    """The row of an image as the table would give it, by its columns in the table's place."""
    connection = connections[alias]
    image = getattr(change, which)
    text, parameters = images(connection, change.table, f"[{number_of(image)}]")
    head = from_django(f"WITH {quote(change.table).replace('%', '%%')} AS ({text}) ", parameters)
    return row_in(alias, change.table, image.key, head)


def row_in(alias: str, table: str, key: Any, head: Sql = _NO_HEAD) -> Any:
    """A row of a table by its key, each value as the database types and spells it."""
    connection = connections[alias]
    shown = [f"{type_of(alias)}({quote(column)}), {quote(column)}" for column in columns(table)]
    if alias == "postgres":
        shown = [f"pg_typeof({quote(column)})::text, {quote(column)}::text" for column in columns(table)]
    fields = key_fields(table)
    where = " AND ".join(f"{quote(field.column)} = {HOLE}" for field in fields)
    values = [field.get_db_prep_value(value, connection) for field, value in zip(fields, key, strict=True)]
    with connection.cursor() as cursor:
        text = f"{head.text}SELECT {', '.join(shown)} FROM {quote(table)} WHERE {where}"
        cursor.execute(text.replace("%", "%%").replace(HOLE, "%s"), [*head.parameters, *values])
        return cursor.fetchall()


def type_of(alias: str) -> str:
    """The function that names the type of a value."""
    return "pg_typeof" if alias == "postgres" else "typeof"
