"""What one compilation carries along: connection, dialect, rows, and names for the rows of each level."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from nuages.declare.spec import Column, Computed, PythonValue, Relation, Representation
from nuages.plan.dialect import Dialect, quote_name
from nuages.plan.guards import Guard, Rows
from nuages.plan.slots import OuterColumn
from nuages.plan.sql import Sql, from_django

VALUE = "nuages_value"  # names a computed value inside its own subselect


@dataclass(slots=True)
class Compilation:
    """The state of one compilation; thrown away with it.

    Shapes: `joins_sets` where what belongs to the rows is found as sets, as the dialect likes it best.
    """

    connection: Any
    dialect: Dialect
    rows: Rows
    joins_sets: bool
    _levels: Any = field(default_factory=count)

    @classmethod
    def start(
        cls, connection: Any, dialect: Dialect, guards: Mapping[str, Guard], *, is_whole: bool = False
    ) -> Compilation:
        """Begin a compilation for one database; of a whole list, whose rows come one by one, no sets can be made."""
        return cls(connection, dialect, Rows(guards, connection.alias), dialect.joins_sets and not is_whole)

    def next_alias(self) -> str:
        """Name the rows of the next level: `_0`, `_1`."""
        return f"_{next(self._levels)}"

    def compile(self, queryset: Any) -> Sql:
        """Let Django write a queryset's SQL; one that can hold no row is written all the same."""
        return from_django(*self._compiler(queryset).as_sql())

    def express(self, expression: Any, queryset: Any) -> Sql:
        """Let Django write an expression's SQL over the rows of a queryset."""
        compiler = self._compiler(queryset)
        return from_django(*compiler.compile(expression.resolve_expression(queryset.query)))

    def _compiler(self, queryset: Any) -> Any:
        return queryset.query.get_compiler(connection=self.connection, elide_empty=False)


@dataclass(frozen=True, slots=True)
class Level:
    """The rows of one level, as the levels inside it and its members refer to them.

    Shapes: `alias` names them; `computed` maps values that the rows already hold to their columns; `sets` are joined to
        them, None where they are found anew for each row of another level.
    """

    alias: str
    computed: Mapping[str, str] = field(default_factory=dict)
    sets: list[Sql] | None = None

    def column(self, name: str) -> Sql:
        """Refer to a column of these rows."""
        return Sql(f"{self.alias}.{quote_name(name)}")

    def outer(self, attname: str, of: Any) -> OuterColumn:
        """Refer to a column of these rows from inside a subselect that Django compiles."""
        return OuterColumn(self.column(attname).text, of)


def needed_columns(representation: Representation) -> list[str]:
    """Name the columns that a representation's members are made of, each once."""
    return list(dict.fromkeys(_needed(representation)))


def _needed(representation: Representation) -> Iterable[str]:
    for part in representation.fetched:
        if isinstance(part, Column):
            yield part.attname
        elif isinstance(part, PythonValue):
            yield from (need.attname for need in part.needs)
        elif isinstance(part, Relation):
            yield from (link.attname for link in part.links)
        elif isinstance(part, Computed):
            yield from (field.attname for field in representation.model._meta.pk_fields)
            if part.children is not None:
                yield part.children.link.attname
