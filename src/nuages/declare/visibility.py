"""Narrow a ResourceSpec to what an audience sees: what is hidden is left out of everything that could tell of it.

Which rules hide something, and what they say to whom, is not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from nuages.declare.spec import (
    Column,
    ColumnOrder,
    Hop,
    Operand,
    Owned,
    Relation,
    Representation,
    ResourceSpec,
    Shown,
    Writable,
)

Hides = Callable[[Any], bool]
Specs = Mapping[str, ResourceSpec]
Parts = Iterable[Shown]
Places = Sequence[tuple[Shown, ...]]  # where rows of one model are shown on the way: members of each place


def visible_rules(spec: ResourceSpec, specs: Specs) -> list[Any]:
    """Every rule that may hide something of a resource, its own and those of resources shown or led through."""
    found: list[Any] = []

    def note(rule: Any) -> bool:
        if rule not in found:
            found.append(rule)
        return False

    narrow(spec, specs, note, "")
    return found


def narrow(spec: ResourceSpec, specs: Specs, hides: Hides, plan_name: str) -> ResourceSpec:
    """Leave out what `hides` says of the rules of members.

    Shapes: a member is hidden by its own rule, and inside a relation also by the rule that the resource of its model
        gives the same member; so is a path that leads over or to a hidden member, and an order by one.
    """
    veil = _Veil(specs, hides)
    representation = veil.representation(spec.representation, ())
    writable = veil.writable(spec, representation)
    return replace(
        spec,
        representation=representation,
        filters=veil.operands(spec, spec.filters),
        ordering=veil.operands(spec, spec.ordering),
        order=tuple([term for term in spec.order if not veil.hides_operand(term.operand, spec)]),
        search=replace(
            spec.search, operands=tuple([one for one in spec.search.operands if not veil.hides_operand(one, spec)])
        ),
        groups=veil.operands(spec, spec.groups),
        measures=veil.operands(spec, spec.measures),
        last_modified=veil.column(spec.last_modified, spec),
        writable=writable,
        plan_name=plan_name,
        hidden=_missing(spec, representation, writable),
    )


class _Veil:
    """What one audience does not see. Every rule in question is asked, also behind one that has said yes."""

    def __init__(self, specs: Specs, hides: Hides) -> None:
        self._specs = specs
        self._hides = hides

    def representation(self, whole: Representation, places: Places) -> Representation:
        """Leave out members; `places` are others where rows of the same model are shown."""
        kept = [part for part in whole.shown if not self._any([part.visible, *_everywhere(places, _rules, part)])]
        return replace(whole, shown=tuple([self._relation(p, places) if isinstance(p, Relation) else p for p in kept]))

    def operands(self, spec: ResourceSpec, operands: Mapping[str, Operand]) -> dict[str, Operand]:
        """Leave out what leads over or to something hidden."""
        return {name: operand for name, operand in operands.items() if not self.hides_operand(operand, spec)}

    def hides_operand(self, operand: Operand, spec: ResourceSpec) -> bool:
        """Whether one of the members on an operand's path is hidden."""
        places: Places = [spec.representation.shown]
        rules: list[Any] = []
        for hop in operand.hops:
            rules += _everywhere(places, _way_rules, hop)
            places = self._beyond(places, hop)
        if operand.computed is not None:
            return self._any(_named(spec.representation.shown, operand.name))
        return self._any([*rules, *_everywhere(places, _column_rules, operand.column)])

    def column(self, column: Column | None, spec: ResourceSpec) -> Column | None:
        """Leave out a single column."""
        hidden = column is not None and self._any(_column_rules(spec.representation.shown, column.attname))
        return None if hidden else column

    def writable(self, spec: ResourceSpec, representation: Representation) -> tuple[Writable, ...]:
        """Leave out what a client may not send since it is not seen, also of the rows that a document owns."""
        shown = spec.representation.shown
        kept = [
            part
            for part in spec.writable
            if not self._any([*_named(shown, part.name), *_column_rules(shown, part.attname)])
        ]
        return tuple([_narrowed(part, representation) for part in kept])

    def _relation(self, relation: Relation, places: Places) -> Relation:
        inner, beyond = relation.representation, self._beyond(places, relation)
        order = [term for term in relation.order if not self._hides_term(term, [inner.shown, *beyond])]
        return replace(relation, representation=self.representation(inner, beyond), order=tuple(order))

    def _hides_term(self, term: ColumnOrder, places: Places) -> bool:
        return self._any(_everywhere(places, _column_rules, term.attname))

    def _beyond(self, places: Places, way: Relation | Hop) -> Places:
        """Where the rows are shown to which a relation leads: inside those places, and by their own resource."""
        inside = [
            part.representation.shown
            for shown in places
            for part in shown
            if isinstance(part, Relation) and _way(part) == _way(way)
        ]
        spec = self._specs.get(way.target) if way.target else None
        return inside if spec is None else [*inside, spec.representation.shown]

    def _any(self, rules: Iterable[Any]) -> bool:
        return True in [self._hides(rule) for rule in rules if rule is not None]


def _everywhere(places: Places, rules: Callable[[Parts, Any], list[Any]], sought: Any) -> list[Any]:
    return [rule for shown in places for rule in rules(shown, sought)]


def _rules(shown: Parts, part: Shown) -> list[Any]:
    """The rules that a resource's members give to another one that shows the same of a row."""
    if isinstance(part, Column):
        return _column_rules(shown, part.attname)
    return _way_rules(shown, part) if isinstance(part, Relation) else _named(shown, part.name)


def _named(shown: Parts, name: str) -> list[Any]:
    return [part.visible for part in shown if part.name == name]


def _column_rules(shown: Parts, attname: str) -> list[Any]:
    """Those of who sees a column; where none shows it, those of the row that it leads to, as a foreign key."""
    columns = [part.visible for part in shown if isinstance(part, Column) and part.attname == attname]
    return columns or [part.visible for part in shown if isinstance(part, Relation) and _is_key(part, attname)]


def _way_rules(shown: Parts, way: Relation | Hop) -> list[Any]:
    """Those of who sees the rows of a relation; where none shows them, those of its foreign key's column."""
    relations = [part.visible for part in shown if isinstance(part, Relation) and _way(part) == _way(way)]
    return relations or [part.visible for part in shown if isinstance(part, Column) and _is_key(way, part.attname)]


def _way(relation: Relation | Hop) -> tuple[Any, ...]:
    return relation.model, relation.links, relation.constants


def _is_key(way: Relation | Hop, attname: str) -> bool:
    """Whether a relation follows the foreign key in a column."""
    return any(link.is_forward and link.attname == attname for link in way.links)


def _narrowed(part: Writable, representation: Representation) -> Writable:
    relation = next((shown for shown in representation.shown if shown.name == part.name), None)
    if part.children is None or not isinstance(relation, Relation):
        return part
    return replace(part, children=_owned(part.children, relation.representation))


def _owned(owned: Owned, representation: Representation) -> Owned:
    names = tuple([part.name for part in representation.shown])
    hidden = frozenset(owned.shown) - frozenset(names)
    parts = tuple([part for part in owned.parts if part.name not in hidden])
    return replace(owned, parts=parts, shown=names, hidden=hidden)


def _missing(spec: ResourceSpec, representation: Representation, writable: Iterable[Writable]) -> frozenset[str]:
    """The names that are gone, and those of columns behind them; those of owned rows too."""
    kept = {part.name for part in representation.shown}
    gone = [part for part in spec.representation.shown if part.name not in kept]
    names = {part.name for part in gone}
    names |= {name for part in gone if isinstance(part, Column) for name in (part.attname, part.lookup.split("__")[0])}
    names |= {part.name for part in spec.writable} - {part.name for part in writable}
    return frozenset(names).union(*(part.children.hidden for part in writable if part.children is not None))
