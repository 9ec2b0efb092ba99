"""Delete every member that a list's filters lead to: all of them or none.

They are found, locked, and looked for again: who had to wait for a lock may find a row that another client has changed
into one that was not meant.
"""

from __future__ import annotations

from typing import Any

from nuages.ceilings import ceiling_for, check_cost
from nuages.change.rows import demand_rows, locked
from nuages.configuration import cost_ceilings
from nuages.declare.resource import Resource
from nuages.errors import Conflict, PreconditionFailed, PreconditionRequired
from nuages.execute.run import execute
from nuages.http.preferences import wants_minimal
from nuages.http.response import Response
from nuages.operation import Write
from nuages.parse.deletion import Deletion
from nuages.preparation import Read, prepare_keys
from nuages.writes.asked import Asked
from nuages.writes.shown import key_values

Keys = set[tuple[Any, ...]]


def delete_many(asked: Asked[Write]) -> Response:
    """Delete the members that a question leads to.

    Raises: Conflict `too-many-members` for more than were thought of; NotIdentified or NotAllowed where the rule lets
        one of them not be deleted; PreconditionRequired, PreconditionFailed for preconditions of many members.
    """
    _demand_none(asked)
    read = _prepared(asked, asked.document)
    ceilings = cost_ceilings()
    ceiling = ceiling_for(ceilings, asked.principal) if ceilings else None
    if ceiling is not None:
        check_cost(read, ceiling, (), lambda _: read)
    rows = _locked(asked, read)
    demand_rows(rows, asked.verdict, asked.refuse, asked.connection.alias)
    _delete(asked, rows)
    return _answer(asked, len(rows))


def _demand_none(asked: Asked[Write]) -> None:
    """Many members have no one state that a precondition could name."""
    if asked.operation.spec.requires_match:
        raise PreconditionRequired("Delete these members one at a time, each with If-Match.")
    if asked.request.header("if-match") is not None:
        raise PreconditionFailed("Many members have no one state that If-Match could name.")


def _prepared(asked: Asked[Write], deletion: Deletion) -> Read:
    detail, connection = asked.operation.detail, asked.connection
    return prepare_keys(
        detail, deletion.question, deletion.most, principal=asked.principal, plans=asked.plans, connection=connection
    )


def _locked(asked: Asked[Write], read: Read) -> list[Any]:
    """The rows that are meant before they are locked, and still are behind it."""
    found = _find(asked, read)
    if not found:
        return []
    spec = asked.operation.spec
    keys = [key[0] if len(key) == 1 else key for key in found]
    seen = asked.sight.rows(spec.model, spec.name).filter(pk__in=keys)
    rows = list(locked(seen.order_by("pk")))
    still = _find(asked, read)
    return [row for row in rows if tuple([getattr(row, column.attname) for column in spec.pk]) in still]


def _find(asked: Asked[Write], read: Read) -> Keys:
    statement, most, columns = read.plan.statement, asked.document.most, asked.operation.spec.pk
    result = execute(read.connection, statement.text, statement.bind(read.values))
    if len(result.documents) > most:
        raise Conflict(f"More than {most} match; none of them is deleted.", code="too-many-members")
    return {key_values(read.connection, columns, result.place(line)) for line in range(len(result.documents))}


def _delete(asked: Asked[Write], rows: list[Any]) -> None:
    """By the resource's hook; all at once where it is nobody's own, and nobody could tell the difference."""
    declared = asked.operation.spec.declared
    if type(declared).delete is Resource.delete:
        declared.changes.delete_all(rows)
        return
    for row in rows:
        declared.delete(row, asked.principal)


def _answer(asked: Asked[Write], count: int) -> Response:
    if wants_minimal(asked.request.header("prefer")):
        return Response(204, headers=[("Preference-Applied", "return=minimal")])
    return Response.json(b'{"deleted":%d}' % count)
