"""Turn an endpoint's signature into an operation object: parameters, body, answers.

Source: spec.openapis.org/oas/v3.1.1#operation-object.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Annotated, Any, get_args, get_origin

import msgspec

from nuages.functions.function import Function
from nuages.openapi.answers import problems, success
from nuages.openapi.components import Components, camel
from nuages.openapi.own import job_answers
from nuages.openapi.parameters import IDEMPOTENCY_KEY
from nuages.openapi.values import Schema
from nuages.operation import JSON
from nuages.parse.arguments import Argument
from nuages.parse.inputs.forms import FormBody
from nuages.parse.inputs.json_bodies import JsonBody
from nuages.parse.inputs.places import Taken
from nuages.streams.framing import EVENT_STREAM, LINES

Described = dict[str, Any]

_ALWAYS = (400, 401, 403, 406, 429, 500, 503)
_BODY = (411, 413, 415, 422)
_HEADERS_OF_HTTP = frozenset({"accept", "content-type", "authorization"})  # which OpenAPI passes over as parameters


def function_operation(target: Function, components: Components, tag: str) -> Described:
    """Describe one endpoint."""
    documented = inspect.cleandoc(target.function.__doc__ or "")
    summary, _, more = documented.partition("\n")
    parameters = list(_parameters(target, components))
    if target.job is not None or (target.method in {"POST", "PATCH"} and target.is_atomic):
        parameters.append(IDEMPOTENCY_KEY)
    body = target.signature.body
    changes = (409, 422) if target.method != "GET" else ()
    statuses = (*_ALWAYS, *changes, *([404] if target.signature.path else []), *(_BODY if body is not None else ()))
    described: Described = {
        "operationId": target.name,
        "summary": summary.rstrip(".") or target.name.replace("_", " ").capitalize(),
        "tags": [tag],
        "parameters": parameters,
        "responses": {
            **(_answers(target, components) if target.job is None else job_answers(components)),
            **problems(statuses),
        },
    }
    if more.strip():
        described["description"] = more.strip()
    if body is not None:
        described["requestBody"] = _body(target.name, body, components)
    return described


def arguments_of(
    arguments: Iterable[Argument], function: Callable[..., Any], components: Components
) -> list[Described]:
    """Describe what a function takes from a query."""
    return [_parameter("query", each, function, each.name, components) for each in arguments]


def _parameters(target: Function, components: Components) -> Iterator[Described]:
    for each in target.signature.path:
        schema = _schema(each.annotation, components)
        yield {"name": each.name, "in": "path", "required": True, "schema": schema}
    for signature in (target.signature, *(each.signature for each in target.dependencies)):
        yield from _taken("query", signature.query, target.function, components)
        yield from _taken("header", signature.headers, target.function, components)
        yield from _taken("cookie", signature.cookies, target.function, components)


def _taken(place: str, taken: Taken, function: Callable[..., Any], components: Components) -> Iterator[Described]:
    for key, argument in taken.arguments.items():
        if place != "header" or argument.name.lower() not in _HEADERS_OF_HTTP:
            yield _parameter(place, argument, function, key, components)
    for group in taken.groups:
        needed = {each.name for each in group.members} - {each.name for each in group.optional}
        for argument in group.members:
            described = _parameter(place, argument, None, argument.name, components)
            yield {**described, "required": group.is_required and argument.name in needed}


def _parameter(
    place: str, argument: Argument, function: Callable[..., Any] | None, key: str, components: Components
) -> Described:
    schema = {**_schema(argument.annotation, components), **_default(function, key)}
    described: Described = {"name": argument.name, "in": place, "required": argument.is_required, "schema": schema}
    if argument.simple.gather is not None and place == "query":
        described |= {"style": "form", "explode": True}
    said = schema.pop("description", "")
    return {**described, "description": said} if said else described


def _default(function: Callable[..., Any] | None, key: str) -> Schema:
    known: Mapping[str, inspect.Parameter] = inspect.signature(function).parameters if function is not None else {}
    default = known[key].default if key in known else inspect.Parameter.empty
    if default is inspect.Parameter.empty or default is None:
        return {}
    try:
        return {"default": msgspec.to_builtins(default)}
    except TypeError:
        return {}


def _schema(annotation: Any, components: Components) -> Schema:
    """A text of a request has no null: what may be absent is."""
    schema = components.of_type(_without_none(annotation))
    return dict(schema)


def _without_none(annotation: Any) -> Any:
    if get_origin(annotation) is Annotated:
        inner = _without_none(annotation.__origin__)
        bounds = [each for each in annotation.__metadata__ if isinstance(each, msgspec.Meta)]
        return Annotated[(inner, *bounds)] if bounds else inner
    kinds = [each for each in get_args(annotation) if each is not type(None)]
    is_optional = type(None) in get_args(annotation)
    if not is_optional or not kinds:
        return annotation
    found = kinds[0]
    for each in kinds[1:]:
        found = found | each
    return found


def _body(name: str, body: JsonBody | FormBody, components: Components) -> Described:
    if isinstance(body, JsonBody):
        schema = components.of_type(body.members[0].wanted) if body.is_whole else _members(name, body, components)
    else:
        schema = _form(body, components)
    return {"required": not body.is_optional, "content": {each: {"schema": schema} for each in body.types}}


def _members(name: str, body: JsonBody, components: Components) -> Schema:
    def make() -> Schema:
        properties = {each.name: components.of_type(each.wanted) for each in body.members}
        required = [each.name for each in body.members if each.is_required]
        return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}

    return components.named(camel(name, "body"), make)


def _form(body: FormBody, components: Components) -> Schema:
    texts = [*body.taken.arguments.values(), *(each for group in body.taken.groups for each in group.members)]
    properties = {each.name: _schema(each.annotation, components) for each in texts}
    for each in body.files:
        one: Schema = {"type": "string", "contentMediaType": "application/octet-stream"}
        properties[each.name] = {"type": "array", "items": one} if each.is_list else one
    required = [each.name for each in body.taken.arguments.values() if each.is_required]
    required += [each.name for each in body.files if each.is_required]
    return {"type": "object", "properties": properties, "required": required}


def _answers(target: Function, components: Components) -> Described:
    outputs = target.outputs
    if outputs.stream is not None:
        item = components.of_type(outputs.stream.item)
        return {"200": success("A stream.", item, types=(LINES, EVENT_STREAM))}
    found: dict[str, list[Schema]] = {}
    for each in outputs.outputs:
        schemas = found.setdefault(str(each.status), [])
        if each.encode is not None:
            schemas.append(components.of_type(each.annotation))
    answers = {
        status: success("Done.", _any_of(schemas) if schemas else None, ["ETag"]) for status, schemas in found.items()
    }
    if outputs.is_choosing or outputs.is_raw:
        answers.setdefault(
            "200", success("What the function answers.", {}, types=("*/*",) if outputs.is_raw else (JSON,))
        )
    return answers or {"200": success("Done.", {})}


def _any_of(schemas: list[Schema]) -> Schema:
    return schemas[0] if len(schemas) == 1 else {"anyOf": schemas}
