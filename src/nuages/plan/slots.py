"""Django expressions for what is not known when a statement is compiled: a value, or an outer row's column."""

from __future__ import annotations

from typing import Any

from django.db.models import Expression

_POSTGRESQL_TYPES = {
    **{"integer": "::bigint", "decimal": "::numeric", "float": "::float8", "boolean": "::boolean", "uuid": "::uuid"},
    **{"date": "::date", "time": "::time", "duration": "::interval", "datetime": "::timestamptz", "address": "::inet"},
}


class Slot(Expression):
    """A value given per request: one placeholder, whose parameter is this object.

    Shapes: `index` counts into the values of a request; `kind` decides how the value is bound; `is_raw` values come
        from the database itself (a cursor's place) and go back as they are.
    """

    def __init__(self, index: int, field: Any, kind: str, *, is_raw: bool = False) -> None:
        super().__init__(output_field=field)
        self.index = index
        self.kind = kind
        self.is_raw = is_raw

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:  # noqa: ARG002  # Django's signature
        return "%s", [self]

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        """A raw value is text to the driver; where nothing beside it tells its type, it would be taken as such."""
        sql, parameters = self.as_sql(compiler, connection)
        cast = _POSTGRESQL_TYPES.get(self.kind, "") if self.is_raw else ""
        return sql + cast, parameters

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)


class OuterColumn(Expression):
    """A column of the row that encloses a subselect, as SQL text that this project wrote itself."""

    def __init__(self, sql: str, field: Any) -> None:
        super().__init__(output_field=field)
        self.sql = sql

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:  # noqa: ARG002  # Django's signature
        return self.sql, []

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OuterColumn) and other.sql == self.sql

    def __hash__(self) -> int:
        return hash(self.sql)
