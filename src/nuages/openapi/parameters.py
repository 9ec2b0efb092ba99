"""Turn what may be asked of a list or a member into parameters: filters with their lookups, order, pages, selections.

Source: spec.openapis.org/oas/v3.1.1#parameter-object.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from nuages.declare.spec import Operand, ResourceSpec
from nuages.openapi.values import Schema, shown_value
from nuages.operation import Operation
from nuages.parse.lookups import MAX_LIST_VALUES, Lookup
from nuages.parse.parameters import parameters_of
from nuages.parse.window import COUNTS

Parameter = dict[str, Any]

_TRUTH: Schema = {"type": "boolean"}
_ENDINGS: Mapping[str, str] = {
    "": "equal to",
    "exact": "equal to",
    "gt": "greater than",
    "gte": "greater than or equal to",
    "lt": "less than",
    "lte": "less than or equal to",
    "range": "from the first to the second",
    "in": "one of",
    "isnull": "without a value, or with one",
    "contains": "contains",
    "startswith": "begins with",
    "endswith": "ends in",
}
IF_MATCH: Parameter = {
    "name": "If-Match",
    "in": "header",
    "schema": {"type": "string"},
    "description": "The ETag of the representation that is to be changed; 412 where it has become another.",
}
IDEMPOTENCY_KEY: Parameter = {
    "name": "Idempotency-Key",
    "in": "header",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    "description": "A random text; where the request comes again with it, its first answer is given again.",
}


def list_parameters(operation: Operation) -> list[Parameter]:
    """What may be asked of a list."""
    spec = operation.spec
    return [*filters_of(spec), *_reserved(spec), *_windows(spec), *selections(spec)]


def filters_of(spec: ResourceSpec) -> Iterator[Parameter]:
    """A parameter for each lookup of each filter, and those of the filter language and the search."""
    for parameter in parameters_of(spec.filters.values()).values():
        yield _filter(parameter.name, parameter.operand, parameter.lookup)
    if spec.filters:
        said = "Conditions joined by AND, OR and NOT, such as `price < 10 OR (price > 90 AND NOT author = 3)`. AIP-160."
        yield _query("filter", {"type": "string"}, said)
    if spec.search.operands:
        names = ", ".join([f"`{operand.name}`" for operand in spec.search.operands])
        yield _query("search", {"type": "string"}, f"Words that are looked for in {names}.")


def selections(spec: ResourceSpec) -> Iterator[Parameter]:
    """Which members of a representation are shown."""
    said = "Only these members, separated by commas; with dots inside: `id,author.name`."
    yield _query("fields", {"type": "string"}, said)
    optional = [part.name for part in spec.representation.shown if getattr(part, "optional", False)]
    if optional:
        yield _listed("include", optional, "Members that are shown only where they are asked for.")


def key_parameter(spec: ResourceSpec) -> Parameter:
    """The key of a member, in the path; the parts of a composite one are separated by commas."""
    schema: Schema = {"type": "string"}
    if len(spec.key) == 1:
        (column,) = spec.key
        schema = shown_value(column.kind, column.field, nullable=False)
    said = ",".join([column.name for column in spec.key])
    return {"name": "key", "in": "path", "required": True, "schema": schema, "description": f"`{said}` of the member."}


def _filter(name: str, operand: Operand, lookup: Lookup) -> Parameter:
    value = _value(operand, lookup)
    ending = _ENDINGS.get(lookup.suffix, lookup.suffix.replace("__", " "))
    if lookup.suffix.endswith(("range", "in")) and operand.kind not in {"array", "range"}:
        number = {"minItems": 2, "maxItems": 2} if lookup.suffix.endswith("range") else {"maxItems": MAX_LIST_VALUES}
        schema: Schema = {
            "type": "array",
            "items": value,
            **number,
            **({"minItems": 1} if "minItems" not in number else {}),
        }
        return {**_query(name, schema, f"`{operand.name}`: {ending}."), "style": "form", "explode": False}
    return _query(name, value, f"`{operand.name}`: {ending}.")


def _value(operand: Operand, lookup: Lookup) -> Schema:
    if lookup.how == "isnull":
        return _TRUTH
    if operand.kind in {"array", "range", "json", "json_key"} or lookup.kind == "element":
        return {"type": "string"}
    if lookup.suffix.split("__")[0] == "year":
        return {"type": "integer", "minimum": 1, "maximum": 9999}
    if lookup.suffix.split("__")[0] == "date":
        return {"type": "string", "format": "date"}
    if lookup.kind:
        return shown_value(lookup.kind, None, nullable=False)
    field = operand.field if lookup.how in {"exact", "in"} else None
    return shown_value(operand.kind, field, nullable=False)


def _reserved(spec: ResourceSpec) -> Iterator[Parameter]:
    if spec.ordering:
        names = [name for each in spec.ordering for name in (each, f"-{each}")]
        yield _listed("order", names, "The order, the most important name first; `-` turns one around.")
    if spec.groups:
        yield _listed("group", spec.groups, "One item for each group of members, with what is asked of `aggregate`.")
    if spec.measures or spec.groups:
        said = "What is reckoned of each group, separated by commas: `count()`, `sum(price)`, `avg`, `min`, `max`."
        yield _query("aggregate", {"type": "string"}, said)


def _windows(spec: ResourceSpec) -> Iterator[Parameter]:
    paging = spec.paging
    limit = {"type": "integer", "minimum": 1, "maximum": paging.max_limit, "default": paging.limit}
    yield _query("limit", limit, "How many members a page has at most.")
    if "cursor" in paging.kinds:
        yield _query("cursor", {"type": "string"}, "Where a page begins, as `next` and `previous` have it.")
    if "offset" in paging.kinds:
        yield _query(
            "offset", {"type": "integer", "minimum": 0, "maximum": paging.max_offset}, "How many are left out."
        )
    if "page" in paging.kinds:
        yield _query("page", {"type": "integer", "minimum": 1}, "Which page, from 1.")
    yield _query("count", {"enum": list(COUNTS), "default": "none"}, "Whether to count all members, and how exactly.")


def _listed(name: str, names: Iterable[str], said: str) -> Parameter:
    schema: Schema = {"type": "array", "items": {"enum": list(names)}, "minItems": 1, "uniqueItems": True}
    return {**_query(name, schema, said), "style": "form", "explode": False}


def _query(name: str, schema: Schema, said: str) -> Parameter:
    return {"name": name, "in": "query", "schema": schema, "description": said}
