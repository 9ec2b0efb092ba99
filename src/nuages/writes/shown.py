"""Show what a change left behind as reading shows it, or say that it is done."""

from __future__ import annotations

from nuages.errors import Problem
from nuages.execute.run import execute
from nuages.http.conditional import etag_of
from nuages.http.preferences import wants_minimal
from nuages.http.response import Response
from nuages.preparation import guard_resource, prepare_detail
from nuages.respond.links import safe_path
from nuages.writes.asked import Asked

CREATED = 201


def location(asked: Asked, key: str) -> tuple[str, str]:
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
