"""Create, replace, merge and delete one member: lock, compare, check, apply, read back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nuages.change.rows import demand_rows
from nuages.change.values import with_kept
from nuages.http.response import Response
from nuages.operation import Write
from nuages.parse.json_body import read_shown
from nuages.writes.asked import Asked, judge_children, key_text, looking
from nuages.writes.locked import lock_member
from nuages.writes.shown import CREATED, answer, location


def _create(asked: Asked[Write]) -> Response:
    spec = asked.operation.spec
    values = asked.operation.documents.whole(asked.document, is_new=True, look=looking(asked))
    row = spec.declared.create(judge_children(asked, values), asked.principal)
    demand_rows([row], asked.verdict, asked.refuse, asked.connection.alias)
    key = key_text(asked, row)
    return answer(asked, key, CREATED, [location(asked, key)])


def _replace(asked: Asked[Write]) -> Response:
    documents, spec = asked.operation.documents, asked.operation.spec
    row, body = _found(asked, is_shown=documents.unwritable(asked.document))
    values = documents.whole(asked.document, is_new=False, current=read_shown(body), look=looking(asked))
    return update(asked, row, with_kept(row, spec.writable, values, asked.document), spec.declared.replace)


def _merge(asked: Asked[Write]) -> Response:
    documents = asked.operation.documents
    row, body = _found(asked, is_shown=documents.unwritable(asked.document))
    values = documents.merge(asked.document, read_shown(body), looking(asked))
    return update(asked, row, values, asked.operation.spec.declared.merge)


def update(asked: Asked[Write], row: Any, values: dict[str, Any], change: Callable[..., None]) -> Response:
    """Change a row by one of its resource's hooks, and answer with what has become of it."""
    change(row, judge_children(asked, values), asked.principal)
    demand_rows([row], asked.verdict, asked.refuse, asked.connection.alias)
    return answer(asked, key_text(asked, row), 200, [])


def _delete(asked: Asked[Write]) -> Response:
    row, _ = _found(asked, is_shown=False)
    asked.operation.spec.declared.delete(row, asked.principal)
    return Response(204)


def _found(asked: Asked[Write], *, is_shown: bool) -> tuple[Any, bytes]:
    """The locked member, and what reading shows of it where the document repeats some of it."""
    row, body = lock_member(asked, is_shown=is_shown)
    return row, body if is_shown else b""


CHANGES: dict[str, Callable[[Asked[Write]], Response]] = {
    "create": _create,
    "replace": _replace,
    "merge": _merge,
    "delete": _delete,
}
