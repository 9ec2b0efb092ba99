"""Turn what may come back into responses: a success with its headers, and the problems that everything may have.

Source: RFC 9457 (problem details); spec.openapis.org/oas/v3.1.1#responses-object.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from nuages.errors import TITLES
from nuages.http.response import JSON, PROBLEM_JSON
from nuages.openapi.values import Schema

_TEXT: Schema = {"type": "string"}
_SECONDS: Schema = {"type": "integer", "minimum": 0}
PROBLEM: Schema = {
    "type": "object",
    "properties": {
        "type": {**_TEXT, "description": "Names what went wrong, for programs: `urn:nuages:problem:not-found`."},
        "title": _TEXT,
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {**_TEXT, "description": "What went wrong, and what to do next, for people."},
        "instance": _TEXT,
        "request_id": _TEXT,
        "errors": {"type": "array", "items": {"$ref": "#/components/schemas/Fault"}},
    },
    "required": ["type", "title", "status", "detail", "instance", "request_id"],
}
FAULT: Schema = {
    "type": "object",
    "properties": {
        "pointer": {**_TEXT, "description": "A JSON pointer into the body, or `?name` for a parameter."},
        "code": _TEXT,
        "detail": _TEXT,
    },
    "required": ["pointer", "code", "detail"],
}
HEADERS: Mapping[str, Schema] = {
    "ETag": {"description": "Names this representation.", "schema": _TEXT},
    "Link": {"description": "The pages beside this one (RFC 8288).", "schema": _TEXT},
    "Location": {"description": "Where the new one is.", "schema": {"type": "string", "format": "uri-reference"}},
    "Retry-After": {"description": "Seconds until another try may succeed.", "schema": _SECONDS},
    "RateLimit": {"description": "What is left of each quota.", "schema": _TEXT},
    "RateLimit-Policy": {"description": "The quotas.", "schema": _TEXT},
    "WWW-Authenticate": {"description": "How one may prove who one is.", "schema": _TEXT},
    "X-Request-ID": {"description": "The name of this request in the log.", "schema": _TEXT},
    "Idempotency-Replayed": {"description": "`true` where this answer is given again.", "schema": _TEXT},
}
_OF_PROBLEMS = {401: ["WWW-Authenticate"], 429: ["Retry-After", "RateLimit", "RateLimit-Policy"], 503: ["Retry-After"]}


def shared_responses() -> dict[str, Any]:
    """The problems, each a response that operations refer to."""
    return {f"Problem{status}": _problem(status) for status in TITLES}


def problems(statuses: Iterable[int]) -> dict[str, Any]:
    """References to problems, by status."""
    return {str(status): {"$ref": f"#/components/responses/Problem{status}"} for status in sorted(set(statuses))}


def success(
    said: str, schema: Schema | None = None, headers: Iterable[str] = (), *, types: Iterable[str] = (JSON,)
) -> dict[str, Any]:
    """A success; None for one without a body."""
    found: dict[str, Any] = {"description": said, "headers": named_headers([*headers, "X-Request-ID"])}
    return found if schema is None else {**found, "content": {each: {"schema": schema} for each in types}}


def named_headers(names: Iterable[str]) -> dict[str, Any]:
    """References to headers."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _problem(status: int) -> dict[str, Any]:
    headers = named_headers([*_OF_PROBLEMS.get(status, []), "X-Request-ID"])
    content = {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": TITLES[status], "headers": headers, "content": content}
