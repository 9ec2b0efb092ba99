"""Turn the names in `filters`, `ordering` and `order` into Operands. Mistakes go to a Report; nothing is raised."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from django.db.models import DateField, Field, IntegerField, Model, TextField

from nuages.declare.kinds import FILTERABLE, SORTABLE, concrete_field, kind_of
from nuages.declare.members import TargetOf
from nuages.declare.relations import find_field, find_path, lookup_name, may_be_absent
from nuages.declare.report import Report, field_names
from nuages.declare.spec import Column, Computed, Hop, Operand, OrderTerm, Representation

LOOKUP_SEPARATOR = "__"
_FIELD: Any = Field
_DATES, _TIMES = frozenset({"date", "datetime"}), frozenset({"datetime", "time"})
PARTS: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(("year", "iso_year", "quarter", "month", "week", "week_day", "iso_week_day", "day"), _DATES),
    **dict.fromkeys(("hour", "minute", "second"), _TIMES),
    "date": frozenset({"datetime"}),
}
"""Parts of dates and times that rows may be grouped by, and the kinds that have them."""
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
        return self._operands(names, where="filters", code="E004", kinds=FILTERABLE)

    def search(self, names: Iterable[str]) -> dict[str, Operand]:
        """Resolve what `search=` looks into: text only."""
        return self._operands(names, where="search", code="E007", kinds=frozenset({"text"}))

    def measures(self, names: Iterable[str]) -> dict[str, Operand]:
        """Resolve what may be aggregated: one value a row, as in an order."""
        return self._grouped(names, "measures")

    def groups(self, names: Iterable[str]) -> dict[str, Operand]:
        """Resolve what rows may be grouped by; a part of a date is named as its lookup is."""
        dated = {name: name.rpartition(LOOKUP_SEPARATOR) for name in names}
        parts = {name: part for name, (plain, _, part) in dated.items() if plain and part in PARTS}
        plain = [dated[name][0] if name in parts else name for name in dated]
        found = self._grouped(dict.fromkeys(plain), "groups")
        known = {name: found.get(dated[name][0] if name in parts else name) for name in dated}
        return {name: self._part(name, operand, parts.get(name, "")) for name, operand in known.items() if operand}

    def _part(self, name: str, operand: Operand, part: str) -> Operand:
        if not part:
            return operand
        if operand.kind not in PARTS[part]:
            self._report.add("E023", f"groups: {name!r}: {operand.kind} has no {part}.")
        is_day = part == "date"
        field: Any = DateField() if is_day else IntegerField()
        return replace(operand, name=name, kind="date" if is_day else "integer", field=field, part=part)

    def ordering(self, names: Iterable[str]) -> dict[str, Operand]:
        """Resolve what may be ordered by: nothing over a relation to many, which has no one value."""
        return self._single("ordering", "E005", (name.lstrip("-") for name in names))

    def _single(self, where: str, code: str, names: Iterable[str]) -> dict[str, Operand]:
        found = self._operands(names, where=where, code=code, kinds=SORTABLE)
        for name in [name for name, operand in found.items() if any(hop.many for hop in operand.hops)]:
            self._report.add(code, f"{where}: {name!r} has several values a row.", "Name an aggregate: value(...).")
            del found[name]
        return found

    def _grouped(self, names: Iterable[str], where: str) -> dict[str, Operand]:
        found = self._single(where, "E023", names)
        for name in [name for name, operand in found.items() if operand.computed and operand.computed.is_window]:
            self._report.add("E023", f"{where}: {name!r} is a window function, which sees rows and no groups.")
            del found[name]
        return found

    def order(self, text: str, pk: tuple[Column, ...]) -> tuple[OrderTerm, ...]:
        """Resolve the order of a resource when none is asked for; ends in the key."""
        words = [word.strip() for word in text.split(",") if word.strip()]
        known = self.ordering(words)
        terms = [directed(known[w.lstrip("-")], w.startswith("-")) for w in words if w.lstrip("-") in known]
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
        model, hops = self._model, list[Hop]()
        for depth, relation in enumerate(relations):
            if (
                keyed := self._json_key(name, tuple(hops), model, [relation, *relations[depth + 1 :], last])
            ) is not None:
                return keyed
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

    def _json_key(self, name: str, hops: tuple[Hop, ...], model: type[Model], words: list[str]) -> Operand | None:
        """What lies behind the keys of a JSON field, compared as text; None where the first word is no JSON field."""
        field = find_field(model, words[0])
        if field is None or getattr(field, "column", None) is None or kind_of(field) != "json":
            return None
        keys = tuple(words[1:])
        return Operand(name, "json_key", TextField(), hops, field.attname, lookup_name(field), nullable=True, keys=keys)

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


def directed(operand: Operand, is_descending: bool, nulls_first: bool | None = None) -> OrderTerm:  # noqa: FBT001
    """Make a term; absent values stand where PostgreSQL's indexes have them: last ascending, first descending."""
    return OrderTerm(operand, is_descending, is_descending if nulls_first is None else nulls_first)


def end_in_key(terms: list[OrderTerm], pk: tuple[Column, ...]) -> tuple[OrderTerm, ...]:
    """Append the key's columns as the last terms, so that an order has no ties."""
    named = {term.operand.column for term in terms if not term.operand.hops and not term.operand.computed}
    rest = [_key_term(column) for column in pk if column.attname not in named]
    return (*terms, *rest)


def _key_term(column: Column) -> OrderTerm:
    operand = Operand(column.name, column.kind, column.field, column=column.attname, lookup=column.lookup)
    return directed(operand, is_descending=False)
