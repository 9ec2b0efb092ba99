"""Turn a question for a list into an Interest: what decides which rows are shown, and how. Order and limit do not.

All who ask for the same with the same rights have one and the same, so that each change is judged once for all of them.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from django.db.models import Model

from nuages.declare.spec import Column, ResourceSpec
from nuages.live.images import images
from nuages.operation import Operation
from nuages.plan.cache import PlanCache
from nuages.plan.images import Images, compile_images
from nuages.plan.plans import Plan
from nuages.plan.sql import from_django
from nuages.preparation import Read, image_shape, image_values


@dataclass(frozen=True, slots=True, eq=False)
class Interest:
    """What some list shows of a table.

    Shapes: `key` is equal for all that show the same rows in the same way, to whomever; `values` are those of `plan`,
        but for the images.
    """

    key: Hashable
    spec: ResourceSpec
    plan: Plan
    values: tuple[Any, ...]

    @property
    def table(self) -> str:
        """The table whose changes matter."""
        return str(self.spec.model._meta.db_table)

    def bind(self, images: Any) -> list[Any]:
        """Put the values and some images into the placeholders."""
        return self.plan.statement.bind((*self.values, images))

    def show(self, document: bytes) -> bytes:
        """Complete the JSON of a row."""
        return self.plan.finish(document) if self.plan.finish else document


def interest_of(operation: Operation, read: Read, plans: PlanCache) -> Interest:
    """Find what a prepared list shows, whatever its order and limit.

    Shapes: the values of everybody's rule are in its `key`; of a shapeless rule they are in the statement itself.
    """
    question, spec = read.question, operation.spec
    if question is None:
        raise TypeError("Only a list is watched.")
    shape = image_shape(operation, read)
    chosen = images_in(read.connection, spec.model)
    plan = plans.get(shape, lambda: compile_images(spec, question, read.guards, chosen, read.connection))
    values = image_values(read)
    # `1`, `True` and `Decimal(1)` are equal and not alike; the specification tells what a Python value makes of it.
    bound = repr(plan.statement.bind((*values, None)))
    key = (id(spec), question.selection.shape, read.connection.alias, plan.statement.text, bound)
    return Interest(key, spec, plan, values)


def images_in(connection: Any, model: type[Model]) -> Images:
    """How a plan finds images of a model's rows in the log."""
    return lambda numbers: from_django(*images(connection, model._meta.db_table, numbers))


def spelled_key(columns: Sequence[Column], raw: Sequence[Any]) -> bytes:
    """Write the key of a row as an object, as the list shows it."""
    return b"{%b}" % b",".join(map(_member, columns, raw))


def _member(column: Column, raw: Any) -> bytes:
    value = int(raw) if column.kind == "integer" else str(raw)
    shown = value if column.after is None else column.after(value)
    return b"%b:%b" % (msgspec.json.encode(column.name), msgspec.json.encode(shown))
