"""Spell a filter otherwise: as Django's own filter() calls over subqueries, as a JSON tree, as text would read it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Model, Q, QuerySet

from nuages.parse.expression import Expression, Field, Junction, Literal, Negation, Term
from tests.support.evaluation import Evaluation, Schema, conjuncts, is_probe

_SUFFIXES = {"=": "", "!=": "!", "<": "__lt", "<=": "__lte", ">": "__gt", ">=": "__gte"}
_STARS = {(True, True): "contains", (True, False): "endswith", (False, True): "startswith"}


@dataclass(frozen=True)
class Orm:
    """Answers filters by Django alone; `many` are the prefixes of paths that lead to several rows."""

    model: type[Model]
    schema: Schema
    many: tuple[str, ...]
    annotations: Mapping[str, Any]

    def keys(self, node: Expression) -> set[Any]:
        """The keys of the rows that fit."""
        return set(self.model._default_manager.filter(self._q(node)).values_list("pk", flat=True))

    def _q(self, node: Expression) -> Q:
        if isinstance(node, Negation):
            return ~self._q(node.child)
        if isinstance(node, Junction) and node.connector == "OR":
            return Q(*(self._q(child) for child in node.children), _connector=Q.OR)
        nodes = list(conjuncts(node))
        groups: dict[str, list[Term]] = {}
        for index, each in enumerate(nodes):
            if isinstance(each, Term) and is_probe(each):
                prefix = next((name for name in self.many if f"{each.name}__".startswith(f"{name}__")), str(index))
                groups.setdefault(prefix, []).append(each)
        others = [self._alone(each) for each in nodes if not is_probe(each)]
        return Q(*(self._together(terms) for terms in groups.values()), *others)

    def _alone(self, node: Expression) -> Q:
        if not isinstance(node, Term):
            return self._q(node)
        plain = Term(node.name, "=", node.values, node.place)
        if node.operator == "!=":
            return ~self._q(plain)
        first = node.values[0]
        name, lookup = self.schema.split(node.name)
        if isinstance(first, Field):
            how = lookup or _SUFFIXES[node.operator].strip("_") or "exact"
            return Q(pk__in=self._rows(name, first.name).filter(**{f"{name}__{how}": F(first.name)}).values("pk"))
        return ~Q(pk__in=self._rows(name).filter(**{f"{name}__isnull": False}).values("pk"))  # = null

    def _together(self, terms: list[Term]) -> Q:
        rows = self._rows(*(self.schema.split(term.name)[0] for term in terms))
        return Q(pk__in=rows.filter(*(self._condition(term) for term in terms)).values("pk"))

    def _rows(self, *names: str) -> QuerySet[Any]:
        needed = {name: self.annotations[name] for name in names if name in self.annotations}
        return self.model._default_manager.annotate(**needed)

    def _condition(self, term: Term) -> Q:
        name, _ = self.schema.split(term.name)
        if term.operator == ":" and isinstance(term.values[0], Literal) and term.values[0].is_presence:
            return Q(**{f"{name}__isnull": False})
        lookup, wanted = Evaluation(self.schema).comparison(term)
        return Q(*(Q(**{f"{name}__{lookup or 'exact'}": value}) for value in wanted), _connector=Q.OR)


def to_json(node: Expression) -> dict[str, Any]:
    """Spell a filter as the JSON of a QUERY."""
    if isinstance(node, Negation):
        return {"not": to_json(node.child)}
    if isinstance(node, Junction):
        return {node.connector.lower(): [to_json(child) for child in node.children]}
    values = [_value(value) for value in node.values]
    return {_member(node): values[0] if len(values) == 1 else values}


def _member(term: Term) -> str:
    value = term.values[0]
    stars = _STARS.get((value.opens, value.closes), "") if isinstance(value, Literal) else ""
    if isinstance(value, Literal) and value.is_presence and term.operator == ":":
        return f"{term.name}!"
    if term.operator == ":" and (not isinstance(value, Literal) or not value.quoted):
        return term.name  # texts are quoted here, of everything else ":" asks for equality
    if term.operator == ":":
        return f"{term.name}__i{stars or 'contains'}"
    return f"{term.name}{'__' if stars else ''}{stars}{_SUFFIXES[term.operator]}"


def _value(value: Literal | Field) -> Any:
    if isinstance(value, Field):
        return {"field": value.name}
    if value.is_null or value.is_presence:
        return None
    if not value.quoted and value.text in ("true", "false"):
        return value.text == "true"
    return int(value.text) if not value.quoted and value.text.isdigit() and len(value.text) < 9 else value.text


def written_out(node: Expression) -> Expression:
    """Spell several values of one term as the text language must: as alternatives, or exclusions, of their own."""
    if isinstance(node, Negation):
        return Negation(written_out(node.child))
    if isinstance(node, Junction):
        return Junction(node.connector, tuple([written_out(child) for child in node.children]))
    if len(node.values) == 1:
        return node
    terms = tuple([Term(node.name, node.operator, (value,), node.place) for value in node.values])
    return Junction("AND" if node.operator == "!=" else "OR", terms)


def as_read(node: Expression) -> Expression:
    """What reading the written text gives: a field comes back as a bare word."""
    return _changed(written_out(node), lambda value: Literal(value.name.replace("__", ".")))


def _changed(node: Expression, change: Callable[[Field], Literal]) -> Expression:
    if isinstance(node, Negation):
        return Negation(_changed(node.child, change))
    if isinstance(node, Junction):
        return Junction(node.connector, tuple([_changed(child, change) for child in node.children]))
    values = [change(value) if isinstance(value, Field) else value for value in node.values]
    return Term(node.name, node.operator, tuple(values), node.place)


def terms_of(node: Expression) -> Iterator[Term]:
    """Every term."""
    if isinstance(node, Negation):
        yield from terms_of(node.child)
    elif isinstance(node, Junction):
        for child in node.children:
            yield from terms_of(child)
    else:
        yield node
