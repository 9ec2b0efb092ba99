"""Hold answers against what the description of their API says of them. No test lives here."""

import json
import re
from typing import Any

from jsonschema import Draft202012Validator

from nuages import API
from tests.http.asking import ask

_PARAMETER = re.compile(r"\{[^}]+\}")


def description(api: API, **headers: str) -> dict[str, Any]:
    """The description, as whoever sends these headers gets it."""
    document: dict[str, Any] = ask(api, "/openapi.json", **headers)
    return document


def operation_of(document: dict[str, Any], method: str, path: str) -> dict[str, Any]:
    """The operation that a request is for: the path with the fewest parameters."""
    fitting = [each for each in document["paths"] if _fits(each, path) and method.lower() in document["paths"][each]]
    assert fitting, f"{method} {path} is not described"
    found: dict[str, Any] = document["paths"][min(fitting, key=lambda each: each.count("{"))][method.lower()]
    return found


def demand_as_described(document: dict[str, Any], method: str, path: str, response: Any) -> None:
    """Demand that a response has a described status, media type, and body."""
    said = operation_of(document, method, path)["responses"]
    assert str(response.status) in said, (method, path, response.status, response.body)
    answer = said[str(response.status)]
    if "$ref" in answer:
        answer = document["components"]["responses"][answer["$ref"].rpartition("/")[2]]
    if not response.body:
        assert "content" not in answer or response.status == 304
        return
    media_type = response.header("Content-Type").partition(";")[0]
    schema = answer["content"][media_type]["schema"]
    if media_type.endswith("json"):
        validator = Draft202012Validator({"components": document["components"], **schema})
        wrong = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(json.loads(response.body))]
        assert wrong == [], (method, path)


def _fits(template: str, path: str) -> bool:
    pattern = "[^/]+".join(map(re.escape, _PARAMETER.split(template)))
    return re.fullmatch(pattern, path) is not None
