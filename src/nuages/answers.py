"""Turn the rows of a read into its response: one member or a page, with links, a count and validators.

What is sent where the client has it already is settled here too. Nothing here runs a statement.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from nuages.errors import NotFound
from nuages.execute.result import Result
from nuages.http.conditional import etag_of, http_date, is_not_modified
from nuages.http.origin import origin_of
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.operation import Operation
from nuages.parse.question import Question
from nuages.parse.window import MAX_COUNTED
from nuages.preparation import Read
from nuages.respond.links import safe_path
from nuages.respond.page import Count, page_response

_OK = 200
_READS = ("GET", "HEAD", "QUERY")


def answer(operation: Operation, request: Request, read: Read, result: Result, *, is_absolute: bool) -> Response:
    """Answer a read; `is_absolute` where its links name scheme and host.

    Raises: NotFound where a member was asked for and none was found.
    """
    return validated(request, *represent(operation, request, read, result, is_absolute=is_absolute))


def represent(
    operation: Operation, request: Request, read: Read, result: Result, *, is_absolute: bool
) -> tuple[Response, Any]:
    """Frame what a read found, whatever the client has already; and tell when it last changed.

    Shapes: the text of a timestamp, None where none is known.
    Raises: NotFound where a member was asked for and none was found.
    """
    if read.question is None:
        return _member(operation, read, result)
    path = safe_path(request.prefix + request.path)
    url = origin_of(request) + path if is_absolute else path
    return _page(operation, read, read.question, result, (url, request.query)), None


def validated(request: Request, response: Response, changed_at: Any) -> Response:
    """Add the validators of a representation, and answer 304 where the client has it already.

    Shapes: `changed_at` is the text of a timestamp, None where none is known.
    Source: RFC 9110 sections 8.8 and 15.4.5.
    """
    if response.status != _OK or request.method not in _READS or response.flow is not None:
        return response
    etag = etag_of(response.body)
    moment = dt.datetime.fromisoformat(str(changed_at)) if changed_at else None
    validators = validators_of(etag, moment)
    if request.method != "QUERY" and is_not_modified(request.headers, etag, moment):
        return Response(304, headers=validators)
    response.headers.extend(validators)
    return response


def validators_of(etag: str, moment: dt.datetime | None) -> list[tuple[str, str]]:
    """The headers by which a client asks again whether a representation is still the same."""
    return [("ETag", etag)] if moment is None else [("ETag", etag), ("Last-Modified", http_date(moment))]


def _member(operation: Operation, read: Read, result: Result) -> tuple[Response, Any]:
    if not result.documents:
        raise NotFound("There is no such member.")
    document, finish = result.documents[0], read.plan.finish
    changed_at = result.place(0)[0] if operation.spec.last_modified else None
    return Response.json(finish(document) if finish else document), changed_at


def _page(operation: Operation, read: Read, question: Question, result: Result, asked: tuple[str, str]) -> Response:
    window, documents, count = question.window, result.documents, None
    if window.count != "none":
        *documents, counted = documents
        count = _count(window.count, int(counted))
    rows, has_more = documents[: window.limit], len(documents) > window.limit
    links = operation.linker.links(*asked, window, shown=len(rows), has_more=has_more, place=result.place)
    if window.is_backwards:
        rows.reverse()
    finish = read.plan.finish
    return page_response([finish(row) for row in rows] if finish else rows, links, count)


def _count(how: str, number: int) -> Count:
    if how == "capped" and number > MAX_COUNTED:
        return Count(MAX_COUNTED, "at_least")
    return Count(number, "estimated" if how == "estimated" else "exact")
