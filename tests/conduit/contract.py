"""Hold requests and responses against Conduit's OpenAPI document, to the letter. No test lives here.

A response has a status that its operation names, and exactly the members that its schema names. Where the document says
nothing of a body, as for its 401, there is none, or its one model of errors.
"""

import copy
import datetime as dt
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry
from referencing.jsonschema import DRAFT202012

DOCUMENT = Path(__file__).parents[3] / "shared/data/conduit/openapi.yml"
METHODS = ("get", "put", "post", "delete")
JSON = "application/json"
FORMATS = FormatChecker([])
_ERRORS = "/components/schemas/GenericErrorModel"


@FORMATS.checks("date-time")
def _is_date_time(text: object) -> bool:
    """RFC 3339 section 5.6: with a zone."""
    try:
        return not isinstance(text, str) or dt.datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


class Broken(AssertionError):
    """What was sent is not what the document says."""


@dataclass(frozen=True)
class Operation:
    """An operation as the document has it: `path` is below the API, with its parameters in braces."""

    name: str
    method: str
    path: str
    said: dict[str, Any]

    @property
    def is_for_users(self) -> bool:
        """Whether it wants a token."""
        return "security" in self.said


@dataclass
class Contract:
    """The document, and what has been seen of it: the statuses of each operation by its name."""

    document: dict[str, Any]
    seen: dict[str, set[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._closed = copy.deepcopy(self.document)
        _close(self._closed)
        self.operations = {
            said["operationId"]: Operation(said["operationId"], method.upper(), path, said)
            for path, item in self.document["paths"].items()
            for method, said in item.items()
            if method in METHODS
        }

    def check_request(self, name: str, document: Any) -> None:
        """Demand that a body is one that the operation takes."""
        said = self._followed(self.operations[name].said["requestBody"])
        self._validate(said["content"][JSON]["schema"], document, self.document)

    def check_response(self, name: str, status: int, media_type: str, body: bytes) -> Any:
        """Demand that a response is one of the operation's; gives its document, None where there is none."""
        responses = self.operations[name].said["responses"]
        if str(status) not in responses:
            raise Broken(f"{name} answered {status}, which it does not name: {body[:200]!r}")
        self.seen.setdefault(name, set()).add(status)
        content = self._followed(responses[str(status)])["content"]
        if not content and not body:
            return None
        if media_type != JSON or (not content and status < 400):
            raise Broken(f"{name} answered {status} with {media_type}: {body[:200]!r}")
        document = json.loads(body)
        schema = content[JSON]["schema"] if content else {"$ref": f"#{_ERRORS}"}
        self._validate(schema, document, self._closed)
        return document

    def _followed(self, said: dict[str, Any]) -> dict[str, Any]:
        """What a `$ref` leads to."""
        if "$ref" not in said:
            return said
        found: Any = self.document
        for part in said["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return self._followed(found)

    def _validate(self, schema: dict[str, Any], value: Any, document: dict[str, Any]) -> None:
        where = f"{'closed' if document is self._closed else 'open'}"
        registry = Registry().with_resource(f"urn:{where}", DRAFT202012.create_resource(document))
        # The schemas of responses and bodies lie in the document, and so do what they refer to.
        absolute = json.loads(json.dumps(schema).replace('"#/', f'"urn:{where}#/'))
        if document is self._closed:
            _close(absolute)
        validator = Draft202012Validator(absolute, registry=registry, format_checker=FORMATS)
        wrong = [f"{'/'.join(map(str, each.absolute_path))}: {each.message}" for each in validator.iter_errors(value)]
        if wrong:
            raise Broken("; ".join(wrong))


def read_contract() -> Contract:
    """Read the document, which is no part of this repository."""
    return Contract(yaml.safe_load(DOCUMENT.read_text()))


def _close(schema: Any) -> None:
    """Let objects have no members but those that are named."""
    if isinstance(schema, dict):
        if schema.get("type") == "object" and "properties" in schema:
            schema["additionalProperties"] = False
        for each in schema.values():
            _close(each)
    elif isinstance(schema, list):
        for each in schema:
            _close(each)
