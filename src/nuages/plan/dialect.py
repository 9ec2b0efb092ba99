"""What a database must say for itself: how values are spelled in JSON and bound, how objects and lists are made.

To add a database: a module beside `plan.sqlite` with a Dialect, an entry in `plan.dialects`, and a runner in `execute`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from nuages.plan.sql import Sql

Member = tuple[str, Sql]
Bind = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Estimate:
    """How many rows there may be.

    Shapes: `number` is that; or, with a `sample`, the factor from the number of sampled rows to that of all. `sample`
        are the words that name the rows' table in their SQL, and those that name a sample of it.
    """

    number: Sql
    sample: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around objects: further columns, sets joined to their rows, and the order to restore then."""

    extra: Sequence[Sql] = ()
    sets: Sequence[Sql] = ()
    order: Sequence[Sql] = ()


class Dialect(Protocol):
    """One database's SQL."""

    vendor: str
    no_limit: str
    """What stands after an ordered subselect without a limit, so that its order is kept."""
    joins_sets: bool
    """Whether what belongs to the rows of a page is cheaper as one set for all of them than as a subselect a row."""

    def spell(self, kind: str, field: Any, value: Sql, connection: Any) -> Sql:
        """Turn a column or expression into what stands in the JSON: the same spelling on every database."""

    def one(self, rows: Sql, alias: str, members: Sequence[Member]) -> Sql:
        """Make a scalar subselect of the one row of `rows` as an object, or null."""

    def many(self, rows: Sql, alias: str, members: Sequence[Member]) -> Sql:
        """Make a scalar subselect of all rows of `rows` as a list of objects, in their order."""

    def set_of_one(self, rows: Sql, alias: str, members: Sequence[Member], frame: Frame) -> Sql:
        """Make a set of objects: the further columns, then `item`. Only where `joins_sets`."""

    def set_of_many(self, rows: Sql, alias: str, members: Sequence[Member], frame: Frame) -> Sql:
        """Make a set of lists, grouped by the first of the further columns; then `list`. Only where `joins_sets`.

        Shapes: `rows` stand in their order already; further columns behind the first are aggregates.
        """

    def page(self, rows: Sql, alias: str, members: Sequence[Member], frame: Frame) -> Sql:
        """Make the whole statement: a line per row, the object as bytes first, then the extra columns."""

    def inserted(self, row: Sql, alias: str, members: Sequence[Member], extra: Sequence[Sql]) -> Sql | None:
        """Make a statement of an INSERT with RETURNING that shows the row: its object, then the extra columns; None
        where a statement that makes a row cannot show it."""

    def real_table(self, table: str) -> str:
        """Name a table so that it means the table inside a WITH that gives its name to something else."""

    def raw(self, column: str) -> str:
        """Select a column as `page` leaves its further columns."""

    def among(self, values: str) -> str:
        """Compare what stands before it with each row of a subselect, by index where there is one."""

    def number(self, value: Sql) -> Sql:
        """Make a document of a number, of the type that `page` gives its documents."""

    def estimate(self, rows: Any, connection: Any) -> Estimate | None:
        """Say how the number of some rows is estimated; None where only counting helps."""

    def bind(self, kind: str, field: Any, connection: Any) -> Bind:
        """Give the function that turns a typed value into what the driver takes."""

    def finish(self, sql: Sql, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """Write the driver's placeholders; gives the text and what stands in each of them."""

    def literal(self, value: Any, connection: Any) -> str:
        """Write a bound value as SQL text, for people to read and run."""


def quote_text(text: str) -> str:
    """Quote a constant of our own (a member's name) as SQL text."""
    return "'" + text.replace("'", "''") + "'"


def quote_name(name: str) -> str:
    """Quote an identifier."""
    return '"' + name.replace('"', '""') + '"'
