"""Append the count of all rows to a page's statement, as its last line: one statement still."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nuages.parse.window import MAX_COUNTED
from nuages.plan.compilation import Compilation
from nuages.plan.sql import Sql


def with_count(work: Compilation, page: Sql, rows: Any, how: str, columns: Sequence[Any]) -> Sql:
    """Append a line whose document is the count and whose other columns are null.

    Shapes: `rows` is the queryset of all that a cursor would lead to; `how` one of `parse.window.COUNTS`.
    """
    nulls = Sql(", NULL" * len(columns))
    number = work.dialect.number(_count(work, rows, how))
    return Sql("SELECT * FROM (") + page + Sql(") listed UNION ALL SELECT ") + number + nulls


def beyond(work: Compilation, rows: Any, number: int) -> Sql:
    """Make a statement with a line where there are more rows than a number, and with none where there are not."""
    return Sql("SELECT NULL FROM (") + _compiled(work, rows) + Sql(f" LIMIT 1 OFFSET {number}) counted")


def _count(work: Compilation, rows: Any, how: str) -> Sql:
    estimate = work.dialect.estimate(rows, work.connection) if how == "estimated" else None
    if estimate is None:
        limit = Sql(f" LIMIT {MAX_COUNTED + 1}" if how == "capped" else "")
        return Sql("(SELECT COUNT(*) FROM (") + _compiled(work, rows) + limit + Sql(") counted)")
    return estimate.number if estimate.sample is None else _scaled(work, rows, estimate.number, *estimate.sample)


def _scaled(work: Compilation, rows: Any, factor: Sql, table: str, sample: str) -> Sql:
    compiled = _compiled(work, rows)
    sampled = Sql(compiled.text.replace(table, sample, 1), compiled.parameters)
    return Sql("(SELECT round(COUNT(*) * ") + factor + Sql(")::bigint FROM (") + sampled + Sql(") counted)")


def _compiled(work: Compilation, rows: Any) -> Sql:
    plain = rows.order_by()
    if not plain.query.values_select and not plain.query.annotation_select:
        plain = plain.values(*(field.attname for field in plain.model._meta.pk_fields))
    return work.compile(plain)
