"""Turn the names in `fields` into a Representation, at every depth. Mistakes go to a Report; nothing is raised."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.core.exceptions import FieldError
from django.db.models import Model, Q

from nuages.declare.aggregates import over_children
from nuages.declare.kinds import concrete_field, kind_of, needs_python
from nuages.declare.relations import Path, find_field, find_path, is_generic_key, lookup_name, may_be_absent
from nuages.declare.report import Report, field_names
from nuages.declare.resource import Member, Nested, Shaded, Value
from nuages.declare.spec import Column, ColumnOrder, Computed, PythonValue, Relation, Representation, Shown

TargetOf = Callable[[type[Model], Any], str | None]
MAX_NAME_BYTES = 63  # PostgreSQL cuts longer identifiers (NAMEDATALEN - 1), and members are named by identifiers


class MemberReader:
    """Reads the members of one resource class; `target_of` names the resource whose rule applies to a model."""

    def __init__(self, report: Report, target_of: TargetOf) -> None:
        self._report = report
        self._target_of = target_of

    def read(self, model: type[Model], members: tuple[Member, ...], where: str) -> Representation:
        """Resolve every member; those that are wrong are reported and left out."""
        shown = [self._read_member(model, member, where) for member in members]
        found = tuple(part for part in shown if part is not None)
        self._check_names([part.name for part in found], where)
        if not members:
            self._report.add("E002", f"{where}: nothing is shown.", "Name at least one field.")
        return Representation(model, found)

    def column(self, model: type[Model], name: str, where: str) -> Column | None:
        """Resolve a name that must be a column of the model."""
        field = find_field(model, name) if name != "pk" else model._meta.pk
        if field is None:
            self._report.unknown("E002", where, name, model=model, choices=field_names(model))
        elif not getattr(field, "concrete", False) or field.many_to_many or getattr(field, "column", None) is None:
            self._refuse_relation(model, name, field, where)
        else:
            return self._column(name, field, where)
        return None

    def _column(self, name: str, field: Any, where: str) -> Column | None:
        kind = kind_of(field)
        if kind is None:
            hint = f"Compute it: value({name!r}, <expression>) or value({name!r}, python=..., needs=[...])."
            self._report.add("E009", f"{where}: {type(field).__name__} {name!r} has no representation.", hint)
            return None
        return Column(name, field.attname, lookup_name(field), concrete_field(field), kind, _after(field))

    def _read_member(self, model: type[Model], member: Member, where: str) -> Shown | None:
        if isinstance(member, Nested):
            return self._nested(model, member, where)
        if isinstance(member, Value):
            return self._value(model, member, where)
        if isinstance(member, Shaded):
            column = self.column(model, member.name, where)
            return None if column is None else replace(column, visible=member.visible)
        return self.column(model, member, where)

    def _nested(self, model: type[Model], member: Nested, where: str) -> Relation | None:
        path = find_path(model, member.path)
        if path is None:
            self._refuse_nested(model, member.path, where)
            return None
        inside = f"{where}: nested({member.path!r})"
        if path.joins_through is not None and path.has_percent_sign():
            self._report.add("E019", f"{inside}: Django cannot join by names with a percent sign.")
        return Relation(
            name=member.path,
            many=path.many,
            model=path.model,
            links=path.links,
            constants=path.constants,
            representation=self.read(path.model, member.members, inside),
            order=self._order(path, member.order, inside),
            limit=self._limit(member, path, inside),
            filter=self._filter(path, member.filter, inside),
            target=self._target_of(path.model, member.resource),
            optional=member.optional,
            owned=member.owned,
            visible=member.visible,
        )

    def _limit(self, member: Nested, path: Path, where: str) -> int | None:
        if member.limit is not None and (not path.many or member.limit < 1):
            self._report.add("E013", f"{where}: limit={member.limit} suits only a relation to many, from 1 upwards.")
        return member.limit

    def _filter(self, path: Path, condition: Q | None, where: str) -> Q | None:
        try:
            path.model._base_manager.filter(condition or Q())
        except (FieldError, TypeError, ValueError) as error:
            self._report.add("E020", f"{where}: filter: {error}")
        return condition

    def _order(self, path: Path, order: str, where: str) -> tuple[ColumnOrder, ...]:
        if not path.many:
            return ()
        words = [word.strip() for word in order.split(",") if word.strip()] or _meta_order(path.model)
        terms = [self._order_term(path.model, word, f"{where} order") for word in words]
        found = [term for term in terms if term]
        named = {term.attname for term in found}
        keys = [field.attname for field in path.model._meta.pk_fields if field.attname not in named]
        return (*found, *(ColumnOrder(name, descending=False, nullable=False) for name in keys))

    def _order_term(self, model: type[Model], word: str, where: str) -> ColumnOrder | None:
        column = self.column(model, word.lstrip("-"), where)
        if column is None:
            return None
        nullable = may_be_absent(find_field(model, column.attname))
        return ColumnOrder(column.attname, word.startswith("-"), nullable)

    def _value(self, model: type[Model], member: Value, where: str) -> Computed | PythonValue | None:
        if (member.expression is None) == (member.python is None):
            hint = "value(name, expression) or value(name, python=function, needs=[...])."
            self._report.add("E011", f"{where}: value({member.name!r}) wants an expression or a function.", hint)
            return None
        if member.python is not None:
            needs = [self.column(model, name, f"{where}: value({member.name!r}) needs") for name in member.needs]
            return PythonValue(member.name, member.python, tuple(need for need in needs if need), member.visible)
        return self._computed(model, member, where)

    def _computed(self, model: type[Model], member: Value, where: str) -> Computed | None:
        try:
            query = model._base_manager.annotate(nuages_value=member.expression).query
            resolved = query.annotations["nuages_value"]
            field = concrete_field(resolved.output_field)
        except (FieldError, AttributeError, TypeError, ValueError) as error:
            self._report.add("E011", f"{where}: value({member.name!r}) cannot be computed: {error}")
            return None
        aggregates = bool(resolved.contains_aggregate)
        if not aggregates and joins_many(query):
            hint = "Aggregate it, or show the relation with nested(...)."
            self._report.add("E011", f"{where}: value({member.name!r}) has several values a row.", hint)
            return None
        kind = kind_of(field)
        if kind is None or kind == "file":
            shown = f"value({member.name!r}) is a {type(field).__name__}"
            self._report.add("E009", f"{where}: {shown}, which has no representation.")
            return None
        windows, children = bool(resolved.contains_over_clause), over_children(model, member.expression)
        return Computed(
            member.name, member.expression, field, kind, aggregates, windows, children, visible=member.visible
        )

    def _check_names(self, names: list[str], where: str) -> None:
        for name in sorted({name for name in names if names.count(name) > 1}):
            hint = "A foreign key beside its nested row is shown by its column, such as 'author_id'."
            self._report.add("E010", f"{where}: {name!r} is shown twice.", hint)
        for name in names:
            if len(name.encode()) > MAX_NAME_BYTES:
                self._report.add("E010", f"{where}: {name!r} is longer than {MAX_NAME_BYTES} bytes.")

    def _refuse_relation(self, model: type[Model], name: str, field: Any, where: str) -> None:
        if is_generic_key(field):
            self._refuse_nested(model, name, where)
            return
        hint = f'Show it with nested({name!r}, "id", ...).'
        self._report.add("E003", f"{where}: {model._meta.label}.{name} has no column of its own.", hint)

    def _refuse_nested(self, model: type[Model], name: str, where: str) -> None:
        field = find_field(model, name)
        if field is None:
            self._report.unknown("E003", where, name, model=model, choices=field_names(model))
        elif is_generic_key(field):
            hint = f"Show {field.ct_field!r} and {field.fk_field!r}, or the reverse side with a GenericRelation."
            self._report.add("E012", f"{where}: {name!r} is a generic foreign key, to rows of any model.", hint)
        else:
            self._report.add("E003", f"{where}: {name!r} is no relation.", f"Name it as a field: {name!r}.")


def joins_many(query: Any) -> bool:
    """Whether a query joins a relation to many, which repeats rows."""
    joined = [join for alias, join in query.alias_map.items() if query.alias_refcount.get(alias)]
    return any(getattr(getattr(join, "join_field", None), "multiple", False) for join in joined)


def _after(field: Any) -> Callable[[Any], Any] | None:
    field = concrete_field(field)
    if not needs_python(field):
        return None
    if kind_of(field) == "file":
        return lambda name: field.storage.url(name) if name else None
    return lambda raw: field.from_db_value(raw, None, None)


def _meta_order(model: type[Model]) -> list[str]:
    return [term for term in model._meta.ordering or () if isinstance(term, str) and term != "?" and "__" not in term]
