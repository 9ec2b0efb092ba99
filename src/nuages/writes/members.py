"""Create, replace, merge and delete one member: lock, compare, check, apply, read back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nuages.change.rows import demand_rows
from nuages.change.values import with_kept
from nuages.http.response import Response
from nuages.operation import Write
from nuages.parse.json_body import read_json
from nuages.writes.asked import Asked, judge_children, key_text, looking
from nuages.writes.locked import lock_member
from nuages.writes.shown import CREATED, answer, location


def _create(asked: Asked[Write]) -> Response:
    spec = asked.operation.spec
    values = asked.operation.documents.whole(asked.document, is_new=True, look=looking(asked))
    row = spec.declared.create(judge_children(asked, values), asked.principal)
    demand_rows([row], asked.verdict, asked.principal, asked.connection.alias)
    key = key_text(asked, row)
    return answer(asked, key, CREATED, [location(asked, key)])


def _replace(asked: Asked[Write]) -> Response:
    row, current = _found(asked)
    documents = asked.operation.documents
    values = documents.whole(asked.document, is_new=False, current=current, look=looking(asked))
    spec = asked.operation.spec
    return _update(asked, row, with_kept(row, spec.writable, values, asked.document), spec.declared.replace)


def _merge(asked: Asked[Write]) -> Response:
    row, current = _found(asked)
    values = asked.operation.documents.merge(asked.document, current, looking(asked))
    return _update(asked, row, values, asked.operation.spec.declared.merge)


def _update(asked: Asked[Write], row: Any, values: dict[str, Any], change: Callable[..., None]) -> Response:
    change(row, judge_children(asked, values), asked.principal)
    demand_rows([row], asked.verdict, asked.principal, asked.connection.alias)
    return answer(asked, key_text(asked, row), 200, [])


def _delete(asked: Asked[Write]) -> Response:
    row, _ = _found(asked)
    asked.operation.spec.declared.delete(row, asked.principal)
    return Response(204)


def _found(asked: Asked[Write]) -> tuple[Any, dict[str, Any]]:
    """The locked member, and what it shows where the document repeats some of it."""
    is_repeated = asked.operation.documents.unwritable(asked.document)
    row, body = lock_member(asked, is_shown=is_repeated)
    return row, read_json(body) if is_repeated and body else {}


CHANGES: dict[str, Callable[[Asked[Write]], Response]] = {
    "create": _create,
    "replace": _replace,
    "merge": _merge,
    "delete": _delete,
}
