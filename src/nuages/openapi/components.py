"""Keep the schemas that a document names, each once, under names that stay as they are while others come and go."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import msgspec

from nuages.openapi.values import Schema

_PLACE = "#/components/schemas/"
_WORDS = re.compile(r"[A-Za-z0-9]+")


class Components:
    """The named schemas of one document."""

    def __init__(self) -> None:
        self.schemas: dict[str, Schema] = {}
        self._types: dict[str, Any] = {}

    def named(self, name: str, make: Callable[[], Schema]) -> Schema:
        """A reference to a schema, which is made where it is not there yet."""
        if name not in self.schemas:
            self.schemas[name] = {}  # taken, for one that leads to itself
            self.schemas[name] = make()
        return {"$ref": _PLACE + name}

    def of_type(self, annotation: Any) -> Schema:
        """The schema of an author's type; any JSON, where nothing more is known of it.

        Shapes: types that msgspec knows, and pydantic's models; each class is a schema of its own name, or with its
            module where two have one name.
        """
        if hasattr(annotation, "model_json_schema"):
            return self._of_model(annotation)
        try:
            (schema,), found = msgspec.json.schema_components(
                [annotation], schema_hook=self._hook, ref_template=_PLACE + "{name}"
            )
        except (TypeError, NameError):
            return {}
        for name, each in found.items():
            self.schemas.setdefault(name, _strict(each))
        return schema

    def _hook(self, annotation: Any) -> Schema:
        if hasattr(annotation, "model_json_schema"):
            return self._of_model(annotation)
        return {}

    def _of_model(self, model: Any) -> Schema:
        """A model of pydantic's, its parts beside it."""
        schema = model.model_json_schema(ref_template=_PLACE + "{model}")
        for name, each in schema.pop("$defs", {}).items():
            self.schemas.setdefault(name, each)
        return self.named(model.__name__, lambda: schema)


def _strict(schema: Schema) -> Schema:
    """Members that a type does not have are refused, whatever msgspec would let pass."""
    return {**schema, "additionalProperties": False} if "properties" in schema else schema


def camel(*names: str) -> str:
    """One name of several: `camel("order-items", "page")` is "OrderItemsPage"."""
    words = [word for name in names for word in _WORDS.findall(name)]
    return "".join([word[0].upper() + word[1:] for word in words])
