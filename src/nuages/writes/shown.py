"""Show what a change left behind as reading shows it, or say that it is done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models.expressions import Col

from nuages.declare.spec import Column
from nuages.errors import NotAllowed, NotIdentified
from nuages.execute.run import execute
from nuages.http.conditional import etag_of
from nuages.http.preferences import wants_minimal
from nuages.http.response import Response
from nuages.plan.guards import Guard
from nuages.preparation import Read, guard_resource, prepare_detail, prepare_members
from nuages.respond.links import safe_path
from nuages.writes.asked import Asked

CREATED = 201


def location(asked: Asked[Any], key: str) -> tuple[str, str]:
    """The header that says where a member is."""
    return "Location", safe_path(f"{asked.request.prefix}/{asked.operation.spec.name}/{key}")


def answer(asked: Asked[Any], key: str, status: int, headers: list[tuple[str, str]]) -> Response:
    """Show the member as reading shows it, unless the client has no use for it, or may not read it."""
    is_minimal = wants_minimal(asked.request.header("prefer"))
    return show_changed(asked, None if is_minimal else show(asked, key), status, headers)


def show_changed(asked: Asked[Any], body: bytes | None, status: int, headers: list[tuple[str, str]]) -> Response:
    """Answer with a member's JSON, where there is one and it is wanted."""
    if wants_minimal(asked.request.header("prefer")):
        body, headers = None, [*headers, ("Preference-Applied", "return=minimal")]
    if body is None:
        return Response(status if status == CREATED else 204, headers=headers)
    response = Response.json(body, status=status)
    response.headers.extend([*headers, ("ETag", etag_of(body))])
    return response


def show(asked: Asked[Any], key: str) -> bytes | None:
    """Read a member through the plan of its own URL, on the connection of the change; None where it may not be read."""
    detail, own = asked.operation.detail, _own_guard(asked)
    if own is None:
        return None
    usual = detail.questions.read_selection("")
    read = prepare_detail(
        detail, usual, key, own, principal=asked.principal, plans=asked.plans, connection=asked.connection
    )
    documents, _ = _run(read)
    return documents[0] if documents else None


def show_many(asked: Asked[Any], rows: list[Any]) -> list[bytes]:
    """Read members by one statement, in their order, but for those that may not be read."""
    own = _own_guard(asked)
    if own is None or not rows:
        return []
    columns = asked.operation.spec.pk
    keys = [row.pk for row in rows]
    documents, place = _run(prepare_members(asked.operation.detail, keys, own, asked.principal, asked.connection))
    shown = {key_values(asked.connection, columns, place(line)): document for line, document in enumerate(documents)}
    wanted = [shown.get(tuple([getattr(row, column.attname) for column in columns])) for row in rows]
    return [document for document in wanted if document is not None]


def _own_guard(asked: Asked[Any]) -> dict[str, Guard] | None:
    """What the resource's own rule lets be read; None where that is nothing."""
    try:
        return guard_resource(asked.operation.detail, asked.principal)
    except (NotAllowed, NotIdentified):
        return None


def _run(read: Read) -> tuple[list[bytes], Callable[[int], tuple[Any, ...]]]:
    statement, finish = read.plan.statement, read.plan.finish
    result = execute(read.connection, statement.text, statement.bind(read.values))
    return [finish(document) for document in result.documents] if finish else result.documents, result.place


def key_values(connection: Any, columns: tuple[Column, ...], raw: tuple[Any, ...]) -> tuple[Any, ...]:
    """A primary key as the rows have it, of what a statement gave."""
    return tuple([_key_value(connection, column, value) for column, value in zip(columns, raw, strict=True)])


def _key_value(connection: Any, column: Column, value: Any) -> Any:
    """PostgreSQL gives text; SQLite what it stores, which Django's own converters read."""
    converters: list[Any] = []
    if connection.vendor == "sqlite":
        of = Col("", column.field)
        converters = [*connection.ops.get_db_converters(of), *column.field.get_db_converters(connection)]
    for convert in converters:
        value = convert(value, of, connection)
    return column.field.to_python(value)
