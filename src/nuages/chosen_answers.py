"""Answer with the rows of a resource that a function has chosen: a page of them, or one, exactly as the resource would.

The question's parameters, the rules of all that is shown, hidden fields, the one statement and its page are those of
the resource's own list; the function's rows are one guard more. Which function it was is not known here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias
from urllib.parse import unquote_plus

import msgspec

from nuages.answers import represent, validated
from nuages.ceilings import ceiling_for, check_cost
from nuages.declare.chosen import Chosen, OneMember, Page
from nuages.declare.chosen_rows import chosen_order, chosen_rows, seen_order
from nuages.execute.run import changing_connection_for, execute
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.identify.principal import Principal
from nuages.operation import Operation, seen_by
from nuages.parse.pairs import read_pairs
from nuages.plan.cache import PlanCache
from nuages.plan.guards import WITHIN, Guard, make_guard
from nuages.preparation import Read, connection_of, guard_resource, prepare_chosen, prepare_list

_READS = ("GET", "HEAD")
_PLACES = frozenset({"cursor", "offset", "page"})  # which links write anew

Operations: TypeAlias = Mapping[type[Any], tuple[Operation, Operation]]
"""The list and the detail of each resource of an API, by its class."""


class _Asked(msgspec.Struct, frozen=True):
    """What was asked, and what answers; `own_names` are the parameters that the function takes, and no list."""

    chosen: Chosen
    operation: Operation
    request: Request
    principal: Principal
    own_names: Collection[str]
    rows: Any


class ChosenAnswers:
    """Answers with what functions have chosen; made once, with its API.

    Shapes: `is_absolute` where links name scheme and host; `ceilings` are what a question may cost, by role.
    """

    def __init__(
        self,
        operations: Operations,
        plans: PlanCache,
        *,
        is_absolute: bool = False,
        ceilings: Mapping[str, float | None] | None = None,
    ) -> None:
        self._operations = operations
        self._plans = plans
        self.is_absolute = is_absolute
        self._ceilings = ceilings

    def answer(
        self, chosen: Chosen, request: Request, principal: Principal, own_names: Collection[str] = ()
    ) -> Response:
        """Answer with an ETag, and by 304 where the client has it.

        Shapes: `own_names` are the parameters of the query that the function takes for itself.
        Raises: as `represent`.
        """
        return validated(request, *self.represent(chosen, request, principal, own_names))

    def represent(
        self, chosen: Chosen, request: Request, principal: Principal, own_names: Collection[str] = ()
    ) -> tuple[Response, Any]:
        """Answer whatever the client has already; and tell when it last changed, by the text of a timestamp or None.

        Raises: TypeError where the function's author chose what cannot be shown; else what the resource itself raises.
        """
        operation = self._operation(chosen)
        asked = _Asked(chosen, operation, request, principal, own_names, chosen_rows(chosen, operation.spec))
        seen, read = self._member(asked) if isinstance(chosen, OneMember) else self._page(asked, chosen)
        statement = read.plan.statement
        result = execute(read.connection, statement.text, statement.bind(read.values))
        if isinstance(chosen, OneMember) and len(result.documents) > 1:
            raise TypeError(f"{chosen.resource.__qualname__}.member(...) got a queryset of several rows.")
        return represent(seen, request, read, result, is_absolute=self.is_absolute)

    def _operation(self, chosen: Chosen) -> Operation:
        found = self._operations.get(chosen.resource)
        if found is None:
            name, verb = chosen.resource.__qualname__, "page" if isinstance(chosen, Page) else "member"
            raise TypeError(f"{name}.{verb}(...): {name} is not registered with the API of this function.")
        return found[0] if isinstance(chosen, Page) else found[1]

    def _member(self, asked: _Asked) -> tuple[Operation, Read]:
        guards = _guards(asked)
        seen = seen_by(asked.operation, asked.principal)
        selection = seen.questions.read_selection(_without(asked.request.query, asked.own_names))
        principal, connection = asked.principal, _connection(asked)
        read = prepare_chosen(seen, selection, guards, principal=principal, plans=self._plans, connection=connection)
        return seen, read

    def _page(self, asked: _Asked, chosen: Page) -> tuple[Operation, Read]:
        guards, connection = _guards(asked), _connection(asked)
        seen = _in_its_order(asked, chosen)

        def prepare(pairs: Sequence[tuple[str, Any]]) -> Read:
            return prepare_list(
                seen, seen.questions.read(pairs), guards, asked.principal, self._plans, connection=connection
            )

        pairs = [pair for pair in read_pairs(asked.request.query) if pair[0] not in asked.own_names]
        read = prepare(pairs)
        ceiling = ceiling_for(self._ceilings, asked.principal) if self._ceilings else None
        if ceiling is not None:
            check_cost(read, ceiling, pairs, prepare)
        return seen, read


def _guards(asked: _Asked) -> dict[str, Guard]:
    """The resource's own rule, and the rows of the function.

    Raises: NotIdentified or NotAllowed where the rule says no.
    """
    own = guard_resource(asked.operation, asked.principal)
    return {**own, WITHIN: make_guard(asked.operation.spec.model, condition=True, queryset=asked.rows)}


def _in_its_order(asked: _Asked, chosen: Page) -> Operation:
    """The list as an audience sees it, in the order of the chosen rows where they have one."""
    taken = _PLACES & set(asked.own_names)
    if taken:
        message = (
            f"takes the parameter {sorted(taken)[0]!r}, which is the list's own. Give the function's another name."
        )
        raise TypeError(f"{chosen.resource.__qualname__}.page(...): the function {message}")
    seen = seen_by(asked.operation, asked.principal)
    order = chosen_order(chosen, asked.rows, asked.operation.spec)
    if order is None:
        return seen
    questions = seen.questions.ordered(seen_order(order, asked.operation.spec, seen.spec))
    return replace(seen, questions=questions, spec=questions.spec)


def _connection(asked: _Asked) -> Any:
    """Django's connection; after a change that of changes, since a replica may be behind."""
    if asked.request.method in _READS:
        return connection_of(asked.operation)
    return changing_connection_for(asked.operation.spec.model)


def _without(query: str, names: Collection[str]) -> str:
    """A query string without some of its parameters."""
    if not names or not query:
        return query
    return "&".join([part for part in query.split("&") if unquote_plus(part.partition("=")[0]) not in names])
