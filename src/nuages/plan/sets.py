"""Join what belongs to many rows to them as one set, found once for all of them, instead of anew for each row.

PostgreSQL plans a subselect for each row badly where the other table is small or joined; a set costs the same for ten
rows as for one. A relation with a limit and one by several columns keep their subselect a row.
"""

from __future__ import annotations

from typing import Any

from django.db.models import BooleanField, F, Func

from nuages.declare.spec import Link, Relation
from nuages.plan.compilation import Level
from nuages.plan.dialect import quote_name
from nuages.plan.sql import Sql

KEY = "nuages_key"  # names the parent's key among a set's columns


class _Among(Func):
    """Whether a column is among the keys of rows. An array, since the planner would guess at a semi-join's size."""

    output_field = BooleanField()

    def __init__(self, column: Any, keys: str) -> None:
        super().__init__(column, template=f"%(expressions)s = ANY(ARRAY({keys}))")


def is_set(relation: Relation, level: Level) -> bool:
    """Whether a relation is read as one set for all rows of a level."""
    is_plain = relation.limit is None and len(relation.links) == 1 and not relation.constants
    return is_plain and level.sets is not None


def among(rows: Any, link: Link, level: Level) -> Any:
    """Narrow child rows to those of a level's rows, each with its parent's key."""
    keys = f"SELECT {level.column(link.attname).text} FROM {level.alias}"
    return rows.filter(_Among(F(link.lookup), keys.replace("%", "%%"))).annotate(**{KEY: F(link.lookup)})


def join_set(level: Level, alias: str, rows: Sql, link: Link) -> None:
    """Join a set to the rows of a level, by the key that its rows have."""
    if level.sets is None:
        raise TypeError("no set can be joined to rows that are found anew for each row")
    condition = Sql(f" ON {alias}.{quote_name(KEY)} = ") + level.column(link.attname)
    level.sets.append(Sql(" LEFT JOIN (") + rows + Sql(f") {alias}") + condition)
