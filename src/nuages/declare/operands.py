"""Turn the names in `filters`, `ordering` and `order` into Operands. Mistakes go to a Report; nothing is raised."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Field, Model

from nuages.declare.kinds import COMPARABLE, SORTABLE, concrete_field, kind_of
from nuages.declare.members import TargetOf
from nuages.declare.relations import find_field, find_path, lookup_name, may_be_absent
from nuages.declare.report import Report, field_names
from nuages.declare.spec import Column, Computed, Hop, Operand, OrderTerm, Representation

LOOKUP_SEPARATOR = "__"
_FIELD: Any = Field
LOOKUP_NAMES = frozenset(_FIELD.get_lookups())  # exact, gte, icontains, ...


class OperandReader:
    """Reads what one resource may be asked for."""

    def __init__(self, report: Report, target_of: TargetOf, representation: Representation) -> None:
        self._report = report
        self._target_of = target_of
        self._model = representation.model
        self._computed = {part.name: part for part in representation.shown if isinstance(part, Computed)}

    def filters(self, names: Iterable[str]) -> dict[str, Operand]:
        """Resolve what may be filtered by."""
        return self._operands(names, where="filters", code="E004", kinds=COMPARABLE)

    def search(self, names: Iterable[str]) -> dict[str, Operand]:
        """Resolve what `search=` looks into: text only."""
        return self._operands(names, where="search", code="E007", kinds=frozenset({"text"}))

    def ordering(self, names: Iterable[str]) -> dict[str, Operand]:
        """Resolve what may be ordered by: nothing over a relation to many, which has no one value."""
        found = self._operands((name.lstrip("-") for name in names), where="ordering", code="E005", kinds=SORTABLE)
        for name in [name for name, operand in found.items() if any(hop.many for hop in operand.hops)]:
            hint = "Order by an aggregate: value(..., Max(...))."
            self._report.add("E005", f"ordering: {name!r} has several values a row.", hint)
            del found[name]
        return found

    def order(self, text: str, pk: tuple[Column, ...]) -> tuple[OrderTerm, ...]:
        """Resolve the order of a resource when none is asked for; ends in the key."""
        words = [word.strip() for word in text.split(",") if word.strip()]
        known = self.ordering(words)
        terms = [OrderTerm(known[w.lstrip("-")], w.startswith("-")) for w in words if w.lstrip("-") in known]
        return end_in_key(terms, pk)

    def _operands(self, names: Iterable[str], *, where: str, code: str, kinds: frozenset[str]) -> dict[str, Operand]:
        found = {}
        for name in names:
            lookup = name.rpartition(LOOKUP_SEPARATOR)[2]
            if lookup in LOOKUP_NAMES:
                plain = name.removesuffix(f"{LOOKUP_SEPARATOR}{lookup}")
                self._report.add(
                    code, f"{where}: {name!r} names a lookup.", f"Declare {plain!r}; its lookups come with it."
                )
                continue
            operand = self._resolve(name, where, code)
            if operand is not None and operand.kind not in kinds:
                self._report.add(code, f"{where}: {name!r} is {operand.kind}, which does not suit it.")
            elif operand is not None:
                found[name] = operand
        return found

    def _resolve(self, name: str, where: str, code: str) -> Operand | None:
        computed = self._computed.get(name)
        if computed is not None:
            return Operand(name, computed.kind, computed.field, computed=computed, nullable=True)
        *relations, last = name.split(LOOKUP_SEPARATOR)
        model, hops = self._model, []
        for relation in relations:
            hop = self._hop(model, relation)
            if hop is None:
                self._refuse(code, where, relation, model)
                return None
            hops.append(hop)
            model = hop.model
        operand = self._column(name, tuple(hops), model, last)
        if operand is None:
            self._refuse(code, where, last, model)
        return operand

    def _hop(self, model: type[Model], name: str) -> Hop | None:
        path = find_path(model, name)
        if path is None:
            return None
        return Hop(
            name=path.query_name,
            many=path.many,
            may_join=not path.many and not path.has_percent_sign(),
            model=path.model,
            links=path.links,
            constants=path.constants,
            target=self._target_of(path.model, None),
        )

    def _column(self, name: str, hops: tuple[Hop, ...], model: type[Model], last: str) -> Operand | None:
        field = find_field(model, last) if last != "pk" else model._meta.pk
        hop = self._hop(model, last)
        if field is not None and hop is not None and (field.many_to_many or not getattr(field, "concrete", False)):
            key = hop.model._meta.pk
            kind, last_hops = kind_of(key) or "", (*hops, hop)
            return Operand(name, kind, concrete_field(key), last_hops, key.attname, key.name, nullable=True)
        if field is None or getattr(field, "column", None) is None:
            return None
        nullable = bool(hops) or may_be_absent(field)
        kind, lookup = kind_of(field) or "", lookup_name(field)
        return Operand(name, kind, concrete_field(field), hops, field.attname, lookup, nullable=nullable)

    def _refuse(self, code: str, where: str, name: str, model: type[Model]) -> None:
        self._report.unknown(code, where, name, model=model, choices=[*field_names(model), *self._computed])


def end_in_key(terms: list[OrderTerm], pk: tuple[Column, ...]) -> tuple[OrderTerm, ...]:
    """Append the key's columns as the last terms, so that an order has no ties."""
    named = {term.operand.column for term in terms if not term.operand.hops and not term.operand.computed}
    rest = [_key_term(column) for column in pk if column.attname not in named]
    return (*terms, *rest)


def _key_term(column: Column) -> OrderTerm:
    operand = Operand(column.name, column.kind, column.field, column=column.attname, lookup=column.lookup)
    return OrderTerm(operand, descending=False)
