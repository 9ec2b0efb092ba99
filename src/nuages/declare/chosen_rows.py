"""Turn the rows of a resource that a function has chosen into a checked queryset, and its order into terms.

Nothing here asks a database.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import F, Model, QuerySet
from django.db.models.expressions import OrderBy
from django.db.models.manager import BaseManager

from nuages.declare.chosen import Chosen, OneMember, Page
from nuages.declare.kinds import SORTABLE, concrete_field, kind_of
from nuages.declare.operands import directed, end_in_key
from nuages.declare.relations import find_field, lookup_name, may_be_absent
from nuages.declare.spec import Operand, OrderTerm, ResourceSpec

_NULLS = {(True, None): True, (None, True): False}


def chosen_rows(chosen: Chosen, spec: ResourceSpec) -> QuerySet[Any]:
    """The rows that a function has chosen.

    Raises: TypeError for what is no queryset of the resource's model, for rows cut into values, and for locked ones.
    """
    if isinstance(chosen, OneMember) and isinstance(chosen.of, Model):
        _check_model(chosen, type(chosen.of), spec)
        return type(chosen.of)._base_manager.filter(pk=chosen.of.pk)
    given = chosen.queryset if isinstance(chosen, Page) else chosen.of
    rows = given.all() if isinstance(given, BaseManager) else given
    if not isinstance(rows, QuerySet):
        raise TypeError(f"{_name(chosen)} wants a queryset of {spec.model._meta.label}, not {_kind(given)}.")
    _check_model(chosen, rows.model, spec)
    if rows._fields is not None:  # type: ignore[attr-defined]  # of values(), values_list() and dates()
        raise TypeError(f"{_name(chosen)} wants whole rows: what is shown of them is declared. Take values() away.")
    if rows.query.select_for_update:
        raise TypeError(f"{_name(chosen)} only reads, and locks nothing. Take select_for_update() away.")
    return rows


def chosen_order(chosen: Page, rows: QuerySet[Any], spec: ResourceSpec) -> tuple[OrderTerm, ...] | None:
    """The order that a queryset has by itself, ending in the key; None where it has none, and the resource's stands.

    Raises: TypeError naming what a page cannot be walked by: an expression, chance, a path that is not declared.
    """
    query: Any = rows.query
    if query.extra_order_by:
        raise _no_order(chosen, "extra(order_by=...)")
    if not query.order_by:
        return None
    terms: dict[str, OrderTerm] = {}
    for given in query.order_by:
        for term in _terms(chosen, given, query, spec):
            terms.setdefault(term.operand.name, term if query.standard_ordering else term.reversed())
    return end_in_key(list(terms.values()), spec.pk)


def seen_order(order: tuple[OrderTerm, ...], whole: ResourceSpec, seen: ResourceSpec) -> tuple[OrderTerm, ...]:
    """The same order without the terms over what an audience does not see, which it would tell."""
    if whole is seen:
        return order
    hidden = seen.hidden | (whole.ordering.keys() - seen.ordering.keys())
    kept = [term for term in order if not {term.operand.name, term.operand.column} & hidden]
    return end_in_key(kept, seen.pk)


def _terms(chosen: Page, given: Any, query: Any, spec: ResourceSpec) -> Iterator[OrderTerm]:
    name, is_descending, nulls_first = _spelled(given)
    if name == "pk":
        yield from (directed(term.operand, is_descending) for term in end_in_key([], spec.pk))
        return
    operand = _operand(name, query, spec)
    if operand is None:
        raise _no_order(chosen, repr(given))
    yield directed(operand, is_descending, nulls_first)


def _spelled(given: Any) -> tuple[str, bool, bool | None]:
    """Name, direction and place of absent values, as `order_by()` takes them; no name for what is more than a name."""
    if isinstance(given, str):
        return given.lstrip("-+"), given.startswith("-"), None
    term: Any = given if isinstance(given, OrderBy) else OrderBy(given)
    if not isinstance(term.expression, F):
        return "", False, None
    name: Any = vars(term.expression)["name"]
    return name, bool(term.descending), _NULLS.get((term.nulls_first, term.nulls_last))


def _operand(name: str, query: Any, spec: ResourceSpec) -> Operand | None:
    """What the resource declares by that name, else a plain column of the row."""
    declared = spec.ordering.get(name) or next((t.operand for t in spec.order if t.operand.name == name), None)
    if declared is not None and not _is_ordered_elsewhere(spec, name):
        return declared
    field = find_field(spec.model, name)
    if name in query.annotations or field is None or getattr(field, "column", None) is None:
        return None
    kind = kind_of(field)
    if kind not in SORTABLE or _is_ordered_elsewhere(spec, name):
        return None
    return Operand(
        name,
        str(kind),
        concrete_field(field),
        column=field.attname,
        lookup=lookup_name(field),
        nullable=may_be_absent(field),
    )


def _is_ordered_elsewhere(spec: ResourceSpec, name: str) -> bool:
    """Whether Django orders by something else than the column: a foreign key by the order of what it leads to."""
    field: Any = find_field(spec.model, name)
    if field is None or not field.is_relation or name == getattr(field, "attname", ""):
        return False
    return field.related_model is not None and bool(field.related_model._meta.ordering)


def _check_model(chosen: Chosen, model: type[Model], spec: ResourceSpec) -> None:
    if model._meta.concrete_model is not spec.model._meta.concrete_model:
        raise TypeError(
            f"{_name(chosen)} got rows of {model._meta.label}, and shows those of {spec.model._meta.label}."
        )


def _no_order(chosen: Page, what: str) -> TypeError:
    return TypeError(
        f"{_name(chosen)} cannot follow the order {what}: name a column of the row, or what `ordering` of "
        f"{chosen.resource.__qualname__} declares, such as a path or a value(...)."
    )


def _name(chosen: Chosen) -> str:
    return f"{chosen.resource.__qualname__}.{'page' if isinstance(chosen, Page) else 'member'}(...)"


def _kind(given: Any) -> str:
    return f"a {type(given).__qualname__}"
