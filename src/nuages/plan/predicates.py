"""Turn a condition's tree into a Q with slots. Relations to many, and hops to guarded rows, become EXISTS.

Within one AND, comparisons over the same relation speak of the same related row, as in one call of Django's filter();
each alternative of an OR, and whatever is negated, looks for a row of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, Q, QuerySet

from nuages.declare.spec import Computed, Hop, Operand
from nuages.parse.condition import Comparison, FieldComparison, Junction, Negation, Node, TextSearch, conjuncts, leaves
from nuages.plan.comparisons import JsonText, comparison
from nuages.plan.compilation import Compilation
from nuages.plan.filters import free_name, linked, value_over
from nuages.plan.searches import native_search
from nuages.plan.slots import Slot, slot_for

Annotate = Callable[[Computed], str]


@dataclass(slots=True)
class Scope:
    """The rows that a condition is put to; they may be given further columns on the way."""

    rows: QuerySet[Any]

    def alias(self, name: str, expression: Any) -> str:
        """Give the rows a column, and its name."""
        free = free_name(name, self.rows)
        self.rows = self.rows.alias(**{free: expression})
        return free


@dataclass(frozen=True, slots=True)
class _Reach:
    """A comparison, and the hops that are left on the way to its column."""

    leaf: Comparison
    hops: tuple[Hop, ...]


class Predicates:
    """Builds the conditions of one compilation; `annotate` brings a computed value into the outermost rows."""

    def __init__(self, work: Compilation, slots: Iterator[int], annotate: Annotate) -> None:
        self._work = work
        self._annotate = annotate
        self._next = slots
        self._slots: dict[int, list[list[Slot]]] = {}

    def build(self, node: Node, scope: Scope) -> Q:
        """Give each value its slot, in the order of the tree's values, and build the condition."""
        for leaf in leaves(node):
            self._give_slots(leaf)
        return self._node(node, scope, is_exact=False)

    def _give_slots(self, leaf: Node) -> None:
        if isinstance(leaf, TextSearch):
            self._slots[id(leaf)] = [[slot_for("text", None, next(self._next))]]
            for word in leaves(leaf.words):
                self._give_slots(word)
        elif isinstance(leaf, Comparison):
            self._slots[id(leaf)] = [self._alternative(leaf, values) for values in leaf.alternatives]

    def _alternative(self, leaf: Comparison, values: tuple[Any, ...]) -> list[Any]:
        lookup, operand = leaf.parameter.lookup, leaf.parameter.operand
        if lookup.is_literal:
            return list(values)
        return [slot_for(lookup.kind or operand.kind, operand.field, next(self._next)) for _ in values]

    def _node(self, node: Node, scope: Scope, *, is_exact: bool) -> Q:
        """Build a condition; an exact one is false, and never unknown, where it does not hold."""
        if isinstance(node, Negation):
            return ~self._node(node.child, scope, is_exact=True)
        if isinstance(node, Junction) and node.connector == "OR":
            return Q(*(self._node(child, scope, is_exact=is_exact) for child in node.children), _connector=Q.OR)
        children = list(conjuncts(node))
        reaches = [_Reach(child, child.parameter.operand.hops) for child in children if isinstance(child, Comparison)]
        others = [self._other(child, scope, is_exact) for child in children if not isinstance(child, Comparison)]
        return Q(self._together(reaches, scope, is_exact=is_exact), *others)

    def _other(self, node: Node, scope: Scope, is_exact: bool) -> Q:  # noqa: FBT001
        if isinstance(node, FieldComparison):
            return self._fields(node, scope, is_exact=is_exact)
        if isinstance(node, TextSearch):
            return self._search(node, scope, is_exact=is_exact)
        return self._node(node, scope, is_exact=is_exact)

    def _together(self, reaches: Iterable[_Reach], scope: Scope, *, is_exact: bool) -> Q:
        """Join comparisons by AND; those over one hop go into one EXISTS, whose rows the hop's rule lets through."""
        condition, groups = Q(), dict[tuple[Hop, ...], list[_Reach]]()
        for reach in reaches:
            index = self._first_exists(reach.hops)
            if index is None:
                condition &= self._here(reach, scope, is_exact=is_exact)
            else:
                inner = _Reach(reach.leaf, reach.hops[index + 1 :])
                groups.setdefault(reach.hops[: index + 1], []).append(inner)
        for hops, inside in groups.items():
            condition &= self._exists(hops, inside)
        return condition

    def _first_exists(self, hops: tuple[Hop, ...]) -> int | None:
        guarded = self._work.rows.is_guarded
        return next((i for i, hop in enumerate(hops) if not hop.may_join or guarded(hop.target)), None)

    def _exists(self, hops: tuple[Hop, ...], inside: list[_Reach]) -> Q:
        scope = Scope(linked(self._work.rows, hops[:-1], hops[-1]))
        condition = self._together(inside, scope, is_exact=False)
        return Q(Exists(scope.rows.filter(condition)))

    def _here(self, reach: _Reach, scope: Scope, *, is_exact: bool) -> Q:
        leaf = reach.leaf
        path = self._path(leaf.parameter.operand, reach.hops, scope)
        if leaf.parameter.lookup.how == "isnull":
            return Q(**{f"{path}__isnull": False})
        compare = comparison(leaf.parameter.lookup.how, self._work.connection.vendor)
        found = Q(*(compare(path, slots) for slots in self._slots[id(leaf)]), _connector=Q.OR)
        return Q(**{f"{path}__isnull": False}) & found if is_exact and leaf.parameter.operand.nullable else found

    def _path(self, operand: Operand, hops: tuple[Hop, ...], scope: Scope) -> str:
        """Name an operand in the ORM, as seen from these rows."""
        if operand.computed is not None:
            return self._annotate(operand.computed)
        path = "__".join([*(hop.name for hop in hops), operand.lookup])
        return scope.alias("key", JsonText(F(path), operand.keys)) if operand.keys else path

    def _fields(self, node: FieldComparison, scope: Scope, *, is_exact: bool) -> Q:
        left, right = self._value(node.left, scope), self._value(node.right, scope)
        found = Q(**{f"{left}__{node.how}": F(right)})
        return Q(**{f"{left}__isnull": False, f"{right}__isnull": False}) & found if is_exact else found

    def _value(self, operand: Operand, scope: Scope) -> str:
        if operand.computed is not None:
            return self._annotate(operand.computed)
        return scope.alias(operand.name, value_over(self._work.rows, operand.hops, operand.lookup))

    def _search(self, node: TextSearch, scope: Scope, *, is_exact: bool) -> Q:
        if self._work.connection.vendor != "postgresql":
            return self._node(node.words, scope, is_exact=is_exact)
        texts = [F(self._value(operand, scope)) for operand in node.operands]
        return native_search(node, texts, self._slots[id(node)][0][0])
