"""Create, replace, merge and delete one member: lock, compare, check, apply, read back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nuages.change.rows import demand_rows, lock_row
from nuages.change.values import with_kept
from nuages.errors import PreconditionFailed, PreconditionRequired
from nuages.http.conditional import etag_of, match_tags
from nuages.http.response import Response
from nuages.parse.json_body import read_json
from nuages.writes.asked import Asked, judge_children, key_of, key_text, looking
from nuages.writes.shown import CREATED, answer, location, show


def _create(asked: Asked) -> Response:
    spec = asked.operation.spec
    values = asked.operation.documents.whole(asked.document, is_new=True, look=looking(asked))
    row = spec.declared.create(judge_children(asked, values), asked.principal)
    demand_rows([row], asked.verdict, asked.principal, asked.connection.alias)
    key = key_text(asked, row)
    return answer(asked, key, CREATED, [location(asked, key)])


def _replace(asked: Asked) -> Response:
    row, current = _found(asked)
    documents = asked.operation.documents
    values = documents.whole(asked.document, is_new=False, current=current, look=looking(asked))
    spec = asked.operation.spec
    return _update(asked, row, with_kept(row, spec.writable, values, asked.document), spec.declared.replace)


def _merge(asked: Asked) -> Response:
    row, current = _found(asked)
    values = asked.operation.documents.merge(asked.document, current, looking(asked))
    return _update(asked, row, values, asked.operation.spec.declared.merge)


def _update(asked: Asked, row: Any, values: dict[str, Any], change: Callable[..., None]) -> Response:
    change(row, judge_children(asked, values), asked.principal)
    demand_rows([row], asked.verdict, asked.principal, asked.connection.alias)
    return answer(asked, key_text(asked, row), 200, [])


def _delete(asked: Asked) -> Response:
    row, _ = _found(asked)
    asked.operation.spec.declared.delete(row, asked.principal)
    return Response(204)


def _found(asked: Asked) -> tuple[Any, dict[str, Any]]:
    """Lock the member, and compare it with what the client believes; gives what it shows, where that is needed.

    Raises: NotFound, NotAllowed; PreconditionFailed, PreconditionRequired.
    Source: RFC 9110 section 13.2.2; RFC 6585 section 3.
    """
    operation, request = asked.operation, asked.request
    seen = asked.sight.rows(operation.spec.model, operation.spec.name)
    row = lock_row(seen, key_of(asked), asked.verdict, asked.principal)
    wanted, unwanted = request.header("if-match"), request.header("if-none-match")
    if wanted is None and operation.spec.requires_match:
        raise PreconditionRequired("Say by If-Match which state of the member this changes.")
    is_repeated = operation.documents.unwritable(asked.document)
    if wanted is None and unwanted is None and not is_repeated:
        return row, {}
    body = show(asked, key_text(asked, row)) or b""
    etag = etag_of(body) if body else ""
    if wanted is not None and not match_tags(wanted, etag, weak=False):
        raise PreconditionFailed("The member is not in the state that If-Match names.")
    if unwanted is not None and match_tags(unwanted, etag, weak=True):
        raise PreconditionFailed("The member is in a state that If-None-Match excludes.")
    return row, read_json(body) if is_repeated and body else {}


CHANGES: dict[str, Callable[[Asked], Response]] = {
    "create": _create,
    "replace": _replace,
    "merge": _merge,
    "delete": _delete,
}
