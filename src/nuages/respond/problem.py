"""Turn a Problem into a response: RFC 9457 `application/problem+json`. Never a traceback, never SQL."""

from __future__ import annotations

import msgspec

from nuages.errors import TITLES, Problem
from nuages.http.response import PROBLEM_JSON, Response

TYPE_PREFIX = "urn:nuages:problem:"


def problem_response(problem: Problem, *, instance: str) -> Response:
    """Write a problem document.

    Shapes: `{"type", "title", "status", "detail", "instance", "errors": [{"pointer", "code", "detail"}]}`; `errors`
        only where places in the request are to blame.
    Source: RFC 9457 section 3.
    """
    document: dict[str, object] = {
        "type": TYPE_PREFIX + problem.code,
        "title": TITLES[problem.status],
        "status": problem.status,
        "detail": problem.detail,
        "instance": instance,
    }
    if problem.faults:
        document["errors"] = [
            {"pointer": fault.pointer, "code": fault.code, "detail": fault.detail} for fault in problem.faults
        ]
    response = Response.json(msgspec.json.encode(document), status=problem.status, media_type=PROBLEM_JSON)
    response.headers.extend(problem.headers)
    return response
