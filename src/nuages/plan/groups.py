"""Turn a relation to many into one set for the whole page, grouped by the page's keys, where that is cheaper.

PostgreSQL plans a relation over a join table once for the set, and badly for each row where the far table is small. A
relation with a limit, one inside another, one by several columns and one member alone keep their subselect a row.
"""

from __future__ import annotations

from typing import Any

from django.db.models import BooleanField, F, Func

from nuages.declare.spec import Relation
from nuages.plan.compilation import Compilation, Level
from nuages.plan.dialect import Member, quote_name
from nuages.plan.sql import Sql, join

KEY = "nuages_key"  # names the parent's key among a grouped relation's columns


class _AmongPage(Func):
    """Whether a column is among the page's keys. An array, since the planner would guess at a semi-join's size."""

    output_field = BooleanField()

    def __init__(self, column: Any, keys: str) -> None:
        super().__init__(column, template=f"%(expressions)s = ANY(ARRAY({keys}))")


def is_grouped(work: Compilation, relation: Relation, level: Level) -> bool:
    """Whether a relation is read as one set for the whole page."""
    is_plain = relation.many and relation.limit is None and len(relation.links) == 1 and not relation.constants
    return is_plain and level.is_page and work.dialect.groups_pages


def among_page(rows: Any, relation: Relation, level: Level) -> Any:
    """Narrow child rows to those of the page's rows, each with its parent's key."""
    (link,) = relation.links
    keys = f"SELECT {level.column(link.attname).text} FROM {level.alias}"
    return rows.filter(_AmongPage(F(link.lookup), keys)).annotate(**{KEY: F(link.lookup)})


def join_group(
    work: Compilation, relation: Relation, level: Level, *, rows: Sql, inner: Level, shown: list[Member]
) -> Sql:
    """Join the set to the page; gives the list of one row of the page."""
    (link,) = relation.links
    order = [inner.column(term.attname) + Sql(" DESC" if term.descending else "") for term in relation.order]
    group = work.dialect.group(rows, inner.alias, shown, key=quote_name(KEY), order=join(", ", order))
    condition = Sql(f" ON {inner.alias}g.{quote_name(KEY)} = ") + level.column(link.attname)
    work.joins.append(Sql(" LEFT JOIN (") + group + Sql(f") {inner.alias}g") + condition)
    return Sql(f"coalesce({inner.alias}g.list, '[]')")
