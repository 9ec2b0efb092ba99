"""Turn an aggregate over a relation into one over the related rows alone, which need not be joined to their parent.

Only aggregates that ignore nulls, of a plain column: the row of nulls that a join gives a childless parent then counts
for nothing, and leaving it out changes nothing. All others stay as they were written.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Avg, Count, F, Field, Max, Min, Model, Q, Sum

from nuages.declare.relations import find_field, find_path
from nuages.declare.spec import ChildAggregate, Link

_IGNORING_NULLS = frozenset({Avg, Count, Max, Min, Sum})


def over_children(model: type[Model], expression: Any) -> ChildAggregate | None:
    """Rewrite an aggregate such as `Avg("reviews__stars")`; None where it is not one of the plain ones."""
    path = _source(expression)
    children = _children(model, path[0]) if path else None
    if children is None:
        return None
    child, link, prefix = children
    condition, rest = _condition(expression), [*prefix, *path[1:]] or ["pk"]
    kept = _within(condition, path[0], prefix) if isinstance(condition, Q) else None
    if kept is None and condition is not None:
        return None
    rewritten = expression.copy()
    rewritten.set_source_expressions([F("__".join(rest)), *expression.get_source_expressions()[1:]])
    rewritten.filter = kept if kept is None or expression.filter is condition else type(expression.filter)(kept)
    column = _own_column(child, rest) if kept is None else None
    return ChildAggregate(child, link, rewritten, column, expression.empty_result_set_value)


def _condition(expression: Any) -> Any:
    """An aggregate's filter as it was given; from Django 6 on it stands in an expression of its own."""
    return getattr(expression.filter, "condition", expression.filter)


def _source(expression: Any) -> list[str]:
    """The path of the only column that an aggregate reads; empty where it is another kind of expression."""
    if type(expression) not in _IGNORING_NULLS or expression.default is not None:
        return []
    source = expression.get_source_expressions()[0]
    if type(source) is not F:
        return []
    return source.name.split("__")  # type: ignore[attr-defined,no-any-return]  # the stubs lack it


def _children(model: type[Model], name: str) -> tuple[type[Model], Link, list[str]] | None:
    """The rows that a relation to many leads to, how they belong to their parent, and the way on to its model."""
    path, field = find_path(model, name), find_field(model, name)
    if path is None or not path.many or len(path.links) != 1 or path.constants or path.has_percent_sign():
        return None
    if path.query_name != name:
        return None
    if path.joins_through is None:
        return path.model, path.links[0], []
    return _through(field, path.joins_through, path.links[0].attname)


def _through(field: Any, table: type[Model], attname: str) -> tuple[type[Model], Link, list[str]]:
    is_reverse = field.auto_created
    forward = field.field if is_reverse else field
    near, far = forward.m2m_field_name(), forward.m2m_reverse_field_name()
    near, far = (far, near) if is_reverse else (near, far)
    source: Any = table._meta.get_field(near)
    return table, Link(source.attname, attname, source), [far]


def _within(condition: Q, name: str, prefix: list[str]) -> Q | None:
    """The same condition seen from the children; None where it speaks of anything else."""
    kept = Q(_connector=condition.connector, _negated=condition.negated)
    for child in condition.children:
        inner = _within(child, name, prefix) if isinstance(child, Q) else _lookup(child, name, prefix)
        if inner is None:
            return None
        kept.children.append(inner)
    return kept


def _lookup(child: Any, name: str, prefix: list[str]) -> tuple[str, Any] | None:
    if not isinstance(child, tuple) or hasattr(child[1], "resolve_expression"):
        return None
    lookup, value = child
    first, *rest = lookup.split("__")
    return ("__".join([*prefix, *rest]), value) if first == name and rest else None


def _own_column(model: type[Model], path: list[str]) -> Field[Any, Any] | None:
    """The column that the path names, where it is one of the children's own."""
    field = model._meta.pk if path == ["pk"] else find_field(model, path[0]) if len(path) == 1 else None
    return field if isinstance(field, Field) and field.concrete and field.model is model else None
