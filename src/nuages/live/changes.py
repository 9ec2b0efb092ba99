"""What a change is to those who follow the log, and what can go wrong in following it. Images stay in the database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

Op = Literal["insert", "update", "delete", "truncate"]
Which = Literal["old", "new"]


class Expired(Exception):
    """The log does not go back that far, or the position is of another database: begin again."""


class Image(NamedTuple):
    """A row as it was before or after a change; the row itself is in the log.

    Shapes: `key` has the values of its primary key, as Python has them.
    """

    seq: int
    which: Which
    key: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One committed change of one row.

    Shapes: `table` as the model's `db_table`; `old` is None for what was inserted, `new` for what was deleted; both are
        None for "truncate", after which all that was read of the table has to be read again.
    """

    seq: int
    table: str
    op: Op
    old: Image | None
    new: Image | None


def still_judged(lines: list[Any]) -> list[Any]:
    """Leave out what came before the last "truncate" of its table, whose rows may have another shape by now.

    Shapes: each line begins with seq, table and op, and they are in order.
    """
    last = {table: seq for seq, table, op, *_ in lines if op == "truncate"}
    return [line for line in lines if line[0] >= last.get(line[1], 0)] if last else lines
