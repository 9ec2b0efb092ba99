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
    """The state of one compilation; thrown away with it."""

    connection: Any
    dialect: Dialect
    rows: Rows
    joins: list[Sql] = field(default_factory=list)
    """Sets joined to the page, each grouped by the page's keys."""
    _levels: Any = field(default_factory=count)

    @classmethod
    def start(cls, connection: Any, dialect: Dialect, guards: Mapping[str, Guard]) -> Compilation:
        """Begin a compilation for one database."""
        return cls(connection, dialect, Rows(guards, connection.alias))

    def next_alias(self) -> str:
        """Name the rows of the next level: `_0`, `_1`."""
        return f"_{next(self._levels)}"

    def compile(self, queryset: Any) -> Sql:
        """Let Django write a queryset's SQL; one that can hold no row is written all the same."""
        compiler = queryset.query.get_compiler(connection=self.connection, elide_empty=False)
        return from_django(*compiler.as_sql())


@dataclass(frozen=True, slots=True)
class Level:
    """The rows of one level, as the levels inside it and its members refer to them.

    Shapes: `alias` names them; `computed` maps values that the rows already hold to their columns; `is_page` for the
        rows of a whole page, which sets may be joined to.
    """

    alias: str
    computed: Mapping[str, str] = field(default_factory=dict)
    is_page: bool = False

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
