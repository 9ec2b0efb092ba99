"""Show what a change left behind as reading shows it, or say that it is done."""

from __future__ import annotations

from typing import Any

import msgspec
from django.db.models import Q

from nuages.declare.spec import Column
from nuages.errors import Problem
from nuages.execute.run import execute
from nuages.http.conditional import etag_of
from nuages.http.preferences import wants_minimal
from nuages.http.response import Response
from nuages.plan.guards import Guard
from nuages.plan.plans import compile_list
from nuages.preparation import guard_resource, prepare_detail
from nuages.respond.links import safe_path
from nuages.writes.asked import Asked

CREATED = 201


def location(asked: Asked, key: str) -> tuple[str, str]:
    """The header that says where a member is."""
    return "Location", safe_path(f"{asked.request.prefix}/{asked.operation.spec.name}/{key}")


def answer(asked: Asked, key: str, status: int, headers: list[tuple[str, str]]) -> Response:
    """Show the member as reading shows it, unless the client has no use for it, or may not read it."""
    is_minimal = wants_minimal(asked.request.header("prefer"))
    return show_changed(asked, None if is_minimal else show(asked, key), status, headers)


def show_changed(asked: Asked, body: bytes | None, status: int, headers: list[tuple[str, str]]) -> Response:
    if wants_minimal(asked.request.header("prefer")):
        body, headers = None, [*headers, ("Preference-Applied", "return=minimal")]
    if body is None:
        return Response(status if status == CREATED else 204, headers=headers)
    response = Response.json(body, status=status)
    response.headers.extend([*headers, ("ETag", etag_of(body))])
    return response


def show(asked: Asked, key: str) -> bytes | None:
    """Read a member through the plan of its own URL, on the connection of the change; None where it may not be read."""
    detail = asked.operation.detail
    try:
        own = guard_resource(detail, asked.principal)
    except Problem:
        return None
    read = prepare_detail(
        detail,
        detail.questions.read_selection(""),
        key,
        own,
        principal=asked.principal,
        plans=asked.plans,
        connection=asked.connection,
    )
    statement = read.plan.statement
    result = execute(read.connection, statement.text, statement.bind(read.values))
    if not result.documents:
        return None
    return read.plan.finish(result.documents[0]) if read.plan.finish else result.documents[0]


def show_many(asked: Asked, rows: list[Any]) -> list[bytes]:
    """Read members by one statement, compiled for these keys, in their order, but for those that may not be read."""
    detail, spec = asked.operation.detail, asked.operation.spec
    try:
        own = guard_resource(detail, asked.principal).get(spec.name)
    except Problem:
        return []
    if not rows:
        return []
    these = Q(pk__in=[row.pk for row in rows])
    verdict = own.condition if own is not None else True
    condition = these & verdict if isinstance(verdict, Q) else these
    only = Guard(spec.model, condition, own.queryset if own is not None else None, None, (), 0)
    usual = detail.questions.read([])
    shape = (len(rows), False, "none", None, None)
    window = msgspec.structs.replace(usual.window, kind="cursor", limit=len(rows), shape=shape, values=())
    question = msgspec.structs.replace(usual, window=window, values=())
    plan = compile_list(spec, question, {**_others(asked), spec.name: only}, asked.connection)
    result = execute(asked.connection, plan.statement.text, plan.statement.bind(()))
    shown = {_place(spec.pk, result.place(line)): document for line, document in enumerate(result.documents)}
    wanted = [shown.get(tuple([getattr(row, column.attname) for column in spec.pk])) for row in rows]
    return [plan.finish(document) if plan.finish else document for document in wanted if document is not None]


def _place(columns: tuple[Column, ...], raw: tuple[Any, ...]) -> tuple[Any, ...]:
    """The primary key, which every order ends with, as the rows have it."""
    return tuple([c.field.to_python(value) for c, value in zip(columns, raw[-len(columns) :], strict=True)])


def _others(asked: Asked) -> dict[str, Guard]:
    """The guards of other resources that are shown inside."""
    detail = asked.operation.detail
    shown = detail.questions.read_selection("").targets & detail.gates.keys()
    guards = {}
    for name in sorted(shown - {detail.spec.name}):
        gate = detail.gates[name]
        rows = gate.rows(asked.principal) if gate.rows else None
        guards[name] = Guard(gate.model, gate.rule(asked.principal), rows, None, (), 0)
    return guards
