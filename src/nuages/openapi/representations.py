"""Turn what is shown and what may be sent of a resource into schemas: a member, a page, a document of each change.

Source: RFC 7396 (a merge patch has no member that must be there).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, get_type_hints

from django.db.models import Count

from nuages.declare.kinds import needs_python
from nuages.declare.spec import Column, Computed, PythonValue, Relation, Representation, Shown, Writable
from nuages.openapi.components import Components, camel
from nuages.openapi.values import Schema, or_null, sent_value, shown_value

LINK: Schema = {"type": ["string", "null"], "format": "uri-reference"}


class Representations:
    """Makes the schemas of resources' members.

    Shapes: `closed` names the resources whose rule may hide a row, so that a relation to one may show null.
    """

    def __init__(self, components: Components, closed: Collection[str]) -> None:
        self._components = components
        self._closed = closed

    def member(self, name: str, representation: Representation) -> Schema:
        """A member as it is shown."""
        return self._components.named(camel(name), lambda: self._object(name, representation))

    def page(self, name: str, representation: Representation) -> Schema:
        """A page of members, with links to those beside it."""

        def make() -> Schema:
            counted = {"count": {"type": "integer"}, "count_relation": {"enum": ["exact", "at_least", "estimated"]}}
            items = {"type": "array", "items": self.member(name, representation)}
            properties = {"items": items, "next": LINK, "previous": LINK, **counted}
            return {"type": "object", "properties": properties, "required": ["items", "next", "previous"]}

        return self._components.named(camel(name, "page"), make)

    def sent(self, name: str, kind: str, writable: Sequence[Writable]) -> Schema:
        """A document that creates, replaces or merges.

        Shapes: `kind` is "create", "replace" or "merge".
        """

        def make() -> Schema:
            properties = {part.name: self._sent(name, part) for part in writable}
            required = [part.name for part in writable if not _may_miss(part, kind)]
            schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
            return {**schema, "required": required} if required else schema

        return self._components.named(camel(name, kind), make)

    def _object(self, name: str, representation: Representation) -> Schema:
        properties = {part.name: self._shown(name, part) for part in representation.shown}
        always = [part.name for part in representation.shown if not getattr(part, "optional", False)]
        return {"type": "object", "properties": properties, "required": always}

    def _shown(self, name: str, part: Shown) -> Schema:
        if isinstance(part, Relation):
            return self._relation(camel(name, part.name), part)
        if isinstance(part, PythonValue):
            return self._python(part)
        if isinstance(part, Computed):
            return shown_value(part.kind, part.field, nullable=not isinstance(part.expression, Count))
        if needs_python(part.field) and part.kind != "file":
            return {}
        return _noted(shown_value(part.kind, part.field, nullable=_is_null(part)), part.field)

    def _relation(self, name: str, part: Relation) -> Schema:
        inner = self.member(name, part.representation)
        if part.many:
            return {"type": "array", "items": inner}
        link = part.links[0]
        is_there = link.is_forward and not link.field.null and part.target not in self._closed
        return inner if is_there else or_null(inner)

    def _python(self, part: PythonValue) -> Schema:
        try:
            hints = get_type_hints(part.function, include_extras=True)
        except (NameError, TypeError, AttributeError):
            return {}
        return self._components.of_type(hints["return"]) if "return" in hints else {}

    def _sent(self, name: str, part: Writable) -> Schema:
        if part.children is not None:
            return {"type": "array", "items": self._owned(camel(name, part.name), part)}
        if part.limits is not None:
            return or_null({"type": "string", "format": "uri-reference"})
        value = sent_value(part.kind, part.field, nullable=part.nullable and not part.many)
        return {"type": "array", "items": value} if part.many else _noted(value, part.own)

    def _owned(self, name: str, part: Writable) -> Schema:
        children: Any = part.children
        key = sent_value(part.kind, children.key_field, nullable=False)
        inner = self.sent(name, "create", children.parts)

        def make() -> Schema:
            found = self._components.schemas[inner["$ref"].rpartition("/")[2]]
            return {**found, "properties": {children.key: key, **found["properties"]}}

        return self._components.named(camel(name, "owned"), make)


def _may_miss(part: Writable, kind: str) -> bool:
    """A new row does without what has a default or may be empty; a replaced one goes back to declared defaults."""
    return kind == "merge" or (part.is_optional if kind == "create" else part.has_default)


def _is_null(part: Column) -> bool:
    return bool(getattr(part.field, "null", False))


def _noted(schema: Schema, field: Any) -> Schema:
    """Say with a value what its field says to people."""
    text = str(getattr(field, "help_text", "") or "")
    return {**schema, "description": text} if text and schema else schema
