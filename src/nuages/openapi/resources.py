"""Turn what is offered of a resource, reads, writes and actions, into operation objects.

Source: spec.openapis.org/oas/v3.1.1#operation-object.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nuages.declare.spec import ResourceSpec
from nuages.exports.formats import FORMATS
from nuages.openapi.answers import named_headers, problems, success
from nuages.openapi.components import Components, camel
from nuages.openapi.functions import arguments_of
from nuages.openapi.own import job_answers
from nuages.openapi.parameters import IDEMPOTENCY_KEY, IF_MATCH, filters_of, key_parameter, list_parameters, selections
from nuages.openapi.representations import Representations
from nuages.openapi.values import Schema, sent_value
from nuages.operation import JSON, JSON_PATCH, Action, Operation, Write
from nuages.parse.multipart import FORM_DATA
from nuages.streams.framing import EVENT_STREAM

Described = dict[str, Any]

_ALWAYS = (400, 401, 403, 406, 429, 500, 503)
_BODY = (411, 413, 415, 422)
_PATCH: Schema = {
    "type": "array",
    "description": "RFC 6902.",
    "items": {
        "type": "object",
        "properties": {
            "op": {"enum": ["add", "remove", "replace", "move", "copy", "test"]},
            "path": {"type": "string"},
            "from": {"type": "string"},
            "value": {},
        },
        "required": ["op", "path"],
    },
}


class Resources:
    """Describes operations on resources, with their schemas among the components."""

    def __init__(self, components: Components, representations: Representations) -> None:
        self._components = components
        self._shapes = representations

    def read(self, target: Operation) -> Described:
        """A list or a member."""
        spec = target.spec
        if target.kind == "list":
            parameters = list_parameters(target)
            answer = success(f"A page of {spec.name}.", self._page(spec), ["ETag", "Link"])
            answer["content"] |= self._files(target) | self._events(target)
            name, said, statuses = "list", f"List {spec.name}", [*_ALWAYS]
        else:
            parameters = [key_parameter(spec), *selections(spec)]
            answer = success("The member.", self._member(spec), ["ETag"])
            name, said, statuses = "get", f"Read one of {spec.name}", [*_ALWAYS, 404]
        unchanged = {"304": {"description": "As it was.", "headers": named_headers(["ETag", "X-Request-ID"])}}
        answers = {"200": answer, **unchanged, **problems(statuses)}
        return _operation(spec, name, said, parameters=parameters, answers=answers)

    def write(self, target: Write) -> Described:
        """A change of one member, or of many."""
        describe: dict[str, Callable[[Write], Described]] = {
            "create": self._create,
            "replace": self._replace,
            "merge": self._merge,
            "delete": self._delete,
            "merge-many": self._merge_many,
            "delete-many": self._delete_many,
        }
        return describe[target.kind](target)

    def action(self, target: Action) -> Described:
        """An extra verb."""
        spec, action = target.spec, target.action
        parameters = [key_parameter(spec)] if action.is_detail else []
        parameters += arguments_of(target.signature.arguments, action.function, self._components)
        changes = action.method not in {"GET", "HEAD"}
        parameters += [IDEMPOTENCY_KEY] if action.job is not None or action.method in {"POST", "PATCH"} else []
        statuses = [*_ALWAYS, *([404] if action.is_detail else []), *([409, 422] if changes else [])]
        described = _operation(
            spec,
            action.name,
            _first_line(action.function) or f"{action.name} of {spec.name}",
            parameters=parameters,
            answers={**self._given(target), **problems([*statuses, *(_BODY if target.body is not None else ())])},
        )
        if target.body is not None:
            described["requestBody"] = _body(self._components.of_type(target.signature.body_type))
        return described

    def _given(self, target: Action) -> Described:
        """What an action answers: a member, nothing, a document, or one of several."""
        if target.job is not None:
            return job_answers(self._components)
        gives, found = target.signature.gives, Described()
        if "member" in gives:
            found["200"] = success("The member.", self._member(target.spec), ["ETag"])
        if "document" in gives:
            returns = getattr(target.action.function, "__annotations__", {}).get("return")
            found["200"] = success("Done.", self._components.of_type(returns) if "member" not in gives else {})
        if "nothing" in gives or not found:
            found["204"] = success("Done.")
        return found

    def _create(self, target: Write) -> Described:
        spec = target.spec
        sent = self._sent(spec, "create")
        if spec.max_bulk:
            sent = {"anyOf": [sent, {"type": "array", "items": sent, "minItems": 1, "maxItems": spec.max_bulk}]}
        made = success("It is there.", self._many(spec), ["Location", "ETag", "Idempotency-Replayed"])
        answers = {"201": made, **problems([*_ALWAYS, *_BODY, 409])}
        said = f"Create one of {spec.name}"
        parameters = [*selections(spec), IDEMPOTENCY_KEY]
        return self._sending(target, "create", said, sent, parameters=parameters, answers=answers)

    def _replace(self, target: Write) -> Described:
        return self._change(target, "replace", f"Replace one of {target.spec.name}")

    def _merge(self, target: Write) -> Described:
        return self._change(target, "merge", f"Change one of {target.spec.name}", IDEMPOTENCY_KEY)

    def _change(self, target: Write, name: str, said: str, *more: Described) -> Described:
        spec = target.spec
        parameters = [key_parameter(spec), *selections(spec), _match(spec), *more]
        sent, answers = self._sent(spec, name), self._changed(spec)
        return self._sending(target, name, said, sent, parameters=parameters, answers=answers)

    def _merge_many(self, target: Write) -> Described:
        spec = target.spec
        merge = self._sent(spec, "merge")
        keys = {column.name: sent_value(column.kind, column.field, nullable=False) for column in spec.key}
        each = {
            "allOf": [{"type": "object", "properties": keys, "required": list(keys)}, _open(self._components, merge)]
        }
        sent: Schema = {"type": "array", "items": each, "minItems": 1, "maxItems": spec.max_bulk}
        answers = {"200": success("They are changed.", self._many(spec)), **problems([*_ALWAYS, *_BODY, 404, 409])}
        parameters = [*selections(spec), IDEMPOTENCY_KEY]
        return self._sending(
            target, "merge_many", f"Change several of {spec.name}", sent, parameters=parameters, answers=answers
        )

    def _delete(self, target: Write) -> Described:
        spec = target.spec
        answers = {"204": success("It is gone."), **problems([*_ALWAYS, 404, 409, 412, *_required(spec)])}
        parameters = [key_parameter(spec), _match(spec)]
        return _operation(spec, "delete", f"Delete one of {spec.name}", parameters=parameters, answers=answers)

    def _delete_many(self, target: Write) -> Described:
        spec = target.spec
        most: Schema = {"type": "integer", "minimum": 1, "maximum": spec.max_bulk}
        said = "How many may be deleted at most; none is where more are found."
        bound = {"name": "max", "in": "query", "required": True, "schema": most, "description": said}
        deleted: Schema = {"type": "object", "properties": {"deleted": {"type": "integer"}}, "required": ["deleted"]}
        answers = {"200": success("They are gone.", deleted), **problems([*_ALWAYS, 409, 422])}
        parameters = [bound, *filters_of(spec)]
        return _operation(spec, "delete_many", f"Delete several of {spec.name}", parameters=parameters, answers=answers)

    def _sending(
        self, target: Write, name: str, said: str, sent: Schema, *, parameters: list[Described], answers: Described
    ) -> Described:
        content = {each: {"schema": _PATCH if each == JSON_PATCH else sent} for each in target.types}
        if FORM_DATA in content:
            content[FORM_DATA] = {"schema": self._form(target, sent)}
        described = _operation(target.spec, name, said, parameters=parameters, answers=answers)
        return {**described, "requestBody": {"required": True, "content": content}}

    def _form(self, target: Write, sent: Schema) -> Schema:
        """The same members as fields of a form, whose files are files."""
        known = self._components.schemas[_name_in(sent)]
        files: Schema = {
            name: {"type": "string", "contentMediaType": "application/octet-stream"} for name in target.files
        }
        return {**known, "properties": {**known["properties"], **files}}

    def _changed(self, spec: ResourceSpec) -> Described:
        done = success("As it is now.", self._member(spec), ["ETag", "Idempotency-Replayed"])
        return {"200": done, **problems([*_ALWAYS, *_BODY, 404, 409, 412, *_required(spec)])}

    def _many(self, spec: ResourceSpec) -> Schema:
        member = self._member(spec)
        items: Schema = {
            "type": "object",
            "properties": {"items": {"type": "array", "items": member}},
            "required": ["items"],
        }
        return {"anyOf": [member, items]} if spec.max_bulk else member

    def _files(self, target: Operation) -> Described:
        formats = target.export.spec.export.formats if target.export is not None else ()
        return {FORMATS[name].accept: {"schema": {"type": "string"}} for name in formats}

    @staticmethod
    def _events(target: Operation) -> Described:
        said = "The page, then every change of it, as it happens."
        schema = {"type": "string", "description": said}
        return {EVENT_STREAM: {"schema": schema}} if target.live is not None else {}

    def _member(self, spec: ResourceSpec) -> Schema:
        return self._shapes.member(spec.name, spec.representation)

    def _page(self, spec: ResourceSpec) -> Schema:
        return self._shapes.page(spec.name, spec.representation)

    def _sent(self, spec: ResourceSpec, kind: str) -> Schema:
        return self._shapes.sent(spec.name, kind, spec.writable)


def _operation(
    spec: ResourceSpec, name: str, said: str, *, parameters: list[Described], answers: Described
) -> Described:
    identifier = f"{camel(spec.name)[:1].lower()}{camel(spec.name)[1:]}_{name}"
    return {
        "operationId": identifier,
        "summary": said,
        "tags": [spec.name],
        "parameters": parameters,
        "responses": answers,
    }


def _body(schema: Schema) -> Described:
    return {"required": True, "content": {JSON: {"schema": schema}}}


def _match(spec: ResourceSpec) -> Described:
    return {**IF_MATCH, "required": True} if spec.requires_match else IF_MATCH


def _required(spec: ResourceSpec) -> tuple[int, ...]:
    return (428,) if spec.requires_match else ()


def _name_in(reference: Schema) -> str:
    schema = reference.get("anyOf", [reference])[0]
    return str(schema["$ref"]).rpartition("/")[2]


def _open(components: Components, reference: Schema) -> Schema:
    """The same members, beside others."""
    return {
        name: part for name, part in components.schemas[_name_in(reference)].items() if name != "additionalProperties"
    }


def _first_line(function: Any) -> str:
    return (getattr(function, "__doc__", "") or "").strip().partition("\n")[0].rstrip(".")
