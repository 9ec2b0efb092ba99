"""Turn a statement and its values into what the database expects it to cost. What is too dear is not known here."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import msgspec

from nuages.execute.run import ask, open_connection


class _Plan(msgspec.Struct):
    cost: float = msgspec.field(name="Total Cost")


class _Explained(msgspec.Struct):
    plan: _Plan = msgspec.field(name="Plan")


_decoder = msgspec.json.Decoder(list[_Explained])


def estimated_cost(connection: Any, text: str, parameters: Sequence[Any]) -> float | None:
    """Ask the planner what a statement costs with these very values, without running or preparing it.

    Shapes: the text has the placeholders of its database, as for `run.execute`. Django's execute wrappers and query log
        do not see the question.
    Units: PostgreSQL's, in which a page read in sequence is 1; None from a database that estimates nothing.
    Raises: django.db.Error, as the statement itself would.
    Source: postgresql.org/docs/current/using-explain.html; runtime-config-query.html, "Planner Cost Constants".
    """
    if connection.vendor != "postgresql":
        return None
    open_connection(connection)
    run_once = import_module("nuages.execute.postgresql").run_once  # the driver is an extra
    explained = ask(connection, run_once, f"EXPLAIN (FORMAT JSON) {text}", parameters)
    return _decoder.decode(explained.documents[0])[0].plan.cost
