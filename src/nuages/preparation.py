"""Turn a permitted request into a Read: a plan of the right shape, its values, and the connection to run it on.

Where a plan is found or compiled, and which guards its values come from, is settled here. Nothing here runs one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from nuages.errors import NotFound
from nuages.execute.run import changing_connection_for, connection_for
from nuages.identify.principal import Principal
from nuages.operation import Operation
from nuages.parse.question import Question
from nuages.parse.selections import Selection
from nuages.permit.access import demand, open_gate
from nuages.plan.cache import PlanCache
from nuages.plan.guards import Guard, make_guard
from nuages.plan.plans import (
    Plan,
    compile_beyond,
    compile_chosen,
    compile_detail,
    compile_keys,
    compile_list,
    compile_members,
)

Guards = Mapping[str, Guard]


class Read(msgspec.Struct, frozen=True):
    """A read, ready to run: the plan, its values, the connection, the question where it is a list, and its guards."""

    plan: Plan
    values: tuple[Any, ...]
    connection: Any
    question: Question | None
    guards: Guards


def guard_resource(operation: Operation, principal: Principal) -> dict[str, Guard]:
    """Ask the resource's own rule.

    Raises: NotIdentified or NotAllowed where it says no.
    """
    gate = operation.gate
    if gate.is_open:
        return {}
    opening = demand(open_gate(gate, principal), principal)
    return {gate.name: make_guard(gate.model, opening.verdict, opening.queryset)}


def connection_of(operation: Operation) -> Any:
    """Django's connection for a read; where its answers are kept or it is watched, that of changes, since a replica may
    be behind."""
    is_nearby = operation.keeper is None and operation.kind != "live"
    return (connection_for if is_nearby else changing_connection_for)(operation.spec.model)


def prepare_list(
    operation: Operation,
    question: Question,
    own: dict[str, Guard],
    principal: Principal,
    plans: PlanCache,
    *,
    connection: Any = None,
) -> Read:
    """Prepare a page; the rules of all that it shows or leads through are asked.

    Shapes: on the connection for reading unless another is named.
    """
    guards = own
    if operation.gates:
        shown = () if question.grouping is not None else question.selection.targets
        guards = guards_of(operation, own, {*shown, *question.targets}, principal)
    connection, is_whole = connection or connection_of(operation), operation.kind == "export"
    shape = _shape(operation.kind, operation, connection, guards, question.shape)
    plan = plans.get(shape, lambda: compile_list(operation.spec, question, guards, connection, is_whole=is_whole))
    return Read(plan, (*_values(guards), *question.values), connection, question, guards)


def image_shape(operation: Operation, read: Read) -> Any:
    """The key of the plan by which images of rows are looked at as a prepared list would show them; None for none."""
    question = read.question
    asked = (question.asked.shape, question.selection.shape) if question is not None else ()
    return _shape("images", operation, read.connection, read.guards, asked)


def image_values(read: Read) -> tuple[Any, ...]:
    """The values of such a plan, but for the images."""
    return (*_values(read.guards), *(read.question.asked.values if read.question is not None else ()))


def prepare_beyond(operation: Operation, question: Question, read: Read, most: int, plans: PlanCache) -> Read:
    """Prepare to ask whether a list that is prepared has more rows than `most`: a line where it has."""
    guards, connection = read.guards, read.connection
    shape = _shape("beyond", operation, connection, guards, question.shape)
    plan = plans.get(shape, lambda: compile_beyond(operation.spec, question, guards, connection, most=most))
    return Read(plan, read.values, connection, question, guards)


def prepare_detail(
    operation: Operation,
    selection: Selection,
    key: str,
    own: dict[str, Guard],
    *,
    principal: Principal,
    plans: PlanCache,
    connection: Any = None,
) -> Read:
    """Prepare one member, on the connection for reading unless another is named.

    Raises: NotFound for a text that can be no key.
    """
    try:
        values = operation.read_key(key)
    except ValueError:
        raise NotFound("There is no such member.") from None
    guards = guards_of(operation, own, selection.targets, principal) if operation.gates else own
    connection = connection or connection_of(operation)
    shape = _shape("detail", operation, connection, guards, selection.shape)
    plan = plans.get(shape, lambda: compile_detail(operation.spec, selection, guards, connection))
    return Read(plan, (*_values(guards), *values), connection, None, guards)


def prepare_chosen(
    operation: Operation,
    selection: Selection,
    own: dict[str, Guard],
    *,
    principal: Principal,
    plans: PlanCache,
    connection: Any,
) -> Read:
    """Prepare the one member that a function has chosen: a guard of `own` names it; two lines come where it has not."""
    guards = guards_of(operation, own, selection.targets, principal) if operation.gates else own
    shape = _shape("chosen", operation, connection, guards, selection.shape)
    plan = plans.get(shape, lambda: compile_chosen(operation.spec, selection, guards, connection))
    return Read(plan, _values(guards), connection, None, guards)


def prepare_members(
    operation: Operation, keys: Sequence[Any], own: dict[str, Guard], principal: Principal, connection: Any
) -> Read:
    """Prepare some members by their primary keys, as each is shown under its own URL; compiled for these keys alone."""
    selection = operation.questions.read_selection("")
    guards = guards_of(operation, own, selection.targets, principal) if operation.gates else own
    plan = compile_members(operation.spec, selection, guards, keys, connection)
    return Read(plan, _values(guards), connection, None, guards)


def prepare_keys(
    operation: Operation,
    question: Question,
    most: int,
    *,
    principal: Principal,
    plans: PlanCache,
    connection: Any,
) -> Read:
    """Prepare the primary keys of the members that a list of this question would lead to, and of one more than `most`.

    Raises: NotIdentified or NotAllowed where the resource's own rule says no.
    """
    own = guard_resource(operation, principal)
    guards = guards_of(operation, own, question.targets, principal) if operation.gates else own
    shape = _shape("keys", operation, connection, guards, question.asked.shape)
    plan = plans.get(shape, lambda: compile_keys(operation.spec, question, guards, connection))
    return Read(plan, (*_values(guards), *question.asked.values, most + 1), connection, question, guards)


def guards_of(
    operation: Operation, own: dict[str, Guard], names: Iterable[str], principal: Principal
) -> dict[str, Guard]:
    """Add to the resource's own guard those of others by name, whose rows are shown or led through."""
    missing = sorted(name for name in names if name in operation.gates and name not in own)
    return {**own, **{name: _guard(operation, name, principal) for name in missing}} if missing else own


def _guard(operation: Operation, name: str, principal: Principal) -> Guard:
    opening = open_gate(operation.gates[name], principal)
    return make_guard(opening.gate.model, opening.verdict, opening.queryset)


def _values(guards: Guards) -> tuple[Any, ...]:
    if not guards:
        return ()
    return tuple(value for guard in guards.values() for value in guard.values)


def _shape(kind: str, operation: Operation, connection: Any, guards: Guards, asked: Any) -> Any:
    """The key of a plan; None where a guard is shapeless."""
    shapes = tuple([(name, guard.shape) for name, guard in guards.items()]) if guards else ()
    if any(shape is None for _, shape in shapes):
        return None
    return (kind, operation.spec.plan_name, connection.alias, asked, shapes)
