"""Turn a line of the table of Nuages' own endpoints into an operation object."""

from __future__ import annotations

import re
from typing import Any

from nuages.openapi.answers import problems, success
from nuages.openapi.components import Components
from nuages.openapi.own_table import OWN, SCHEMAS, Own
from nuages.openapi.values import Schema
from nuages.operation import JSON

_TAG = "auth"
_ALWAYS = (400, 401, 403, 406, 429, 500, 503)
_BODY = (411, 413, 415, 422)
_PARAMETER = re.compile(r"\{([^}]+)\}")


def own_operation(method: str, path: str, components: Components) -> dict[str, Any] | None:
    """Describe an endpoint of Nuages' own; None for one that the table does not have."""
    own = OWN.get((method, path))
    if own is None:
        return None
    answers = {str(status): _answer(own, name, components) for status, name in own.answers.items()}
    described: dict[str, Any] = {
        "operationId": own.name,
        "summary": own.said,
        "tags": [_TAG],
        "parameters": [_in_path(name) for name in _PARAMETER.findall(path)],
        "responses": {**answers, **problems([*_ALWAYS, *own.statuses, *(_BODY if own.members else ())])},
    }
    if own.members:
        schema: Schema = {"type": "object", "properties": dict(own.members), "additionalProperties": False}
        schema |= {"required": list(own.required)} if own.required else {}
        described["requestBody"] = {"required": bool(own.required), "content": {JSON: {"schema": schema}}}
    return described


def job_answers(components: Components) -> dict[str, Any]:
    """What is answered where a worker does the work."""
    job = components.named("Job", lambda: dict(SCHEMAS["Job"]))
    headers = ["Location", "Retry-After", "Idempotency-Replayed"]
    return {"202": success("A job: its URL tells how far it is, and what came of it.", job, headers)}


def _answer(own: Own, name: str, components: Components) -> dict[str, Any]:
    if not name:
        return success(own.said)
    known: Schema = {} if name == "*" else components.named(name, lambda: dict(SCHEMAS[name]))
    return success(own.said, known, types=own.types)


def _in_path(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
