"""Django expressions for what is not known when a statement is compiled: a value, or an outer row's column."""

from __future__ import annotations

from typing import Any

from django.db.models import Expression, IntegerField, TextField, TimeField

from nuages.declare.kinds import kind_of
from nuages.plan.sql import HOLE, Sql

_POSTGRESQL_TYPES = {
    **{"integer": "::bigint", "decimal": "::numeric", "float": "::float8", "boolean": "::boolean", "uuid": "::uuid"},
    **{"date": "::date", "time": "::time", "duration": "::interval", "datetime": "::timestamptz", "address": "::inet"},
}

_TYPED = frozenset({"array", "range", "element"})  # their operators want the very type on both sides


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
        if self.kind in _TYPED:
            return f"{sql}::{self.field.db_type(connection)}", parameters
        cast = _POSTGRESQL_TYPES.get(self.kind, "") if self.is_raw else ""
        return sql + cast, parameters

    def sql(self, vendor: str) -> Sql:
        """Write it into SQL of this project's own."""
        cast = _POSTGRESQL_TYPES.get(self.kind, "") if self.is_raw and vendor == "postgresql" else ""
        return Sql(HOLE + cast, (self,))

    def get_group_by_cols(self) -> list[Any]:
        """A value is the same in every group: nothing is grouped by it."""
        return []

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)


def slot_for(kind: str, field: Any, index: int) -> Slot:
    """Make the slot of a compared value.

    Shapes: `kind` is the value's, "element" for that of a range's or an array's elements; `field` the column's.
    """
    if kind == "element":
        base = field.base_field
        return Slot(index, base() if isinstance(base, type) else base, kind)
    return Slot(index, _FIELDS[kind]() if kind in _FIELDS and not _is_of(field, kind) else field, kind)


def _is_of(field: Any, kind: str) -> bool:
    return field is not None and kind_of(field) == kind


_FIELDS: dict[str, Any] = {"integer": IntegerField, "text": TextField, "time": TimeField}


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
