"""One statement with its placeholders, and what stands in them: a value of the request or a constant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nuages.plan.compilation import Compilation
from nuages.plan.dialect import Bind
from nuages.plan.slots import Slot
from nuages.plan.sql import Sql


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement, ready to be given values.

    Shapes: `parameters` are what stands in the placeholders: (index, bind) for a slot, (None, value) for a constant.
    """

    text: str
    parameters: tuple[tuple[int | None, Any], ...]

    def bind(self, values: tuple[Any, ...]) -> list[Any]:
        """Put the values of a request into the placeholders."""
        return [bind if index is None else bind(values[index]) for index, bind in self.parameters]


def make_statement(work: Compilation, sql: Sql) -> Statement:
    """Write the driver's placeholders."""
    text, parameters = work.dialect.finish(sql, work.connection)
    return Statement(text, tuple(_parameter(work, parameter) for parameter in parameters))


def _parameter(work: Compilation, parameter: Any) -> tuple[int | None, Any]:
    if not isinstance(parameter, Slot):
        return None, parameter
    if parameter.is_raw:
        return parameter.index, _as_it_is
    bind: Bind = work.dialect.bind(parameter.kind, parameter.field, work.connection)
    return parameter.index, bind


def _as_it_is(value: Any) -> Any:
    return value
