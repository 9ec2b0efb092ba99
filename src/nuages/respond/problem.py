"""Turn a Problem into a response: RFC 9457 `application/problem+json`. Never a traceback, never SQL."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeAlias

import msgspec

from nuages.errors import REFUSALS, TITLES, Problem
from nuages.http.request import Request
from nuages.http.request_id import HEADER, name_request
from nuages.http.response import JSON, PROBLEM_JSON, Response

Render: TypeAlias = Callable[[Problem, Request], Any]

TYPE_PREFIX = "urn:nuages:problem:"
_HEADER = re.compile(r"[\t -~\xa0-\xff]*")


def problem_response(problem: Problem, request: Request) -> Response:
    """Write a problem document.

    Shapes: `{"type", "title", "status", "detail", "instance", "request_id", "errors"}`; `errors`, only where places in
        the request are to blame, is `[{"pointer", "code", "detail"}]`.
    Raises: TypeError, ValueError where an author's problem has what cannot be sent.
    Source: RFC 9457 section 3; RFC 9110 section 5.5 (field values).
    """
    document = problem_document(problem, instance=request.prefix + request.path, request_id=name_request(request))
    return _framed(problem, document, problem.status, PROBLEM_JSON)


def problem_document(problem: Problem, **place: str) -> dict[str, object]:
    """The members of a problem document; those of `place` say where it was met."""
    document: dict[str, object] = {
        "type": TYPE_PREFIX + problem.code,
        "title": TITLES.get(problem.status) or problem.code.replace("-", " ").capitalize(),
        "status": problem.status,
        "detail": problem.detail,
        **place,
    }
    if problem.faults:
        document["errors"] = [
            {"pointer": fault.pointer, "code": fault.code, "detail": fault.detail} for fault in problem.faults
        ]
    if problem.extension:
        document |= {name: value for name, value in problem.extension.items() if name not in document}
    return document


def rendered_problem(problem: Problem, request: Request, render: Render) -> Response:
    """Write a problem as an author's function has it.

    Shapes: `render` gives the document: whatever msgspec can write as JSON; or a pair, the status and the document.
    Raises: whatever `render` raises; TypeError, ValueError where what it gives cannot be sent.
    """
    given = render(problem, request)
    status, document = given if isinstance(given, tuple) else (problem.status, given)
    if type(status) is not int or status not in REFUSALS:
        raise ValueError(f"A problem was given the status {status!r}; it is from 400 to 599.")
    return _framed(problem, document, status, JSON)


def _framed(problem: Problem, document: Any, status: int, media_type: str) -> Response:
    if problem.headers and not all(_HEADER.fullmatch(text) for pair in problem.headers for text in pair):
        raise ValueError(f"{type(problem).__qualname__} has a header that cannot be sent.")
    body = msgspec.json.encode(document, enc_hook=str)  # an author's words may be translated when they are shown
    response = Response.json(body, status=status, media_type=media_type)
    response.headers.extend(problem.headers)
    return response


def refuse(problem: Problem, request: Request) -> Response:
    """Answer with a problem where no pipeline does: it sends what a pipeline adds to every answer."""
    response = problem_response(problem, request)
    response.headers += [(HEADER, request.id), ("X-Content-Type-Options", "nosniff")]
    if request.method == "HEAD":
        response.body = b""
    return response
