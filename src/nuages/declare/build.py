"""Turn one Resource class into a ResourceSpec, with every mistake found on the way. Rules themselves are `permit`'s."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.db.models import Model

from nuages.declare.actions import name_of, read_actions, verbs_of
from nuages.declare.exports import read_exports
from nuages.declare.live import read_live
from nuages.declare.members import MemberReader, TargetOf
from nuages.declare.names import RULE_NAMES, SEGMENT
from nuages.declare.operands import OperandReader
from nuages.declare.paging import read_paging, read_search
from nuages.declare.relations import find_field
from nuages.declare.report import Report, locate
from nuages.declare.resource import Resource
from nuages.declare.spec import Column, ResourceSpec
from nuages.declare.writing import read_writable
from nuages.errors import Misdeclared, suggest

_ATTRIBUTES = frozenset(name for name in vars(Resource) if not name.startswith("_")) - {"action", "page", "member"}


def default_path(declared: type[Resource]) -> str:
    """Spell the URL segment of a class: `OrderLines` is `order-lines`."""
    return declared.path or re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", declared.__name__).lower()


def build_resource(
    declared: type[Resource], model: type[Model], target_of: TargetOf, name: str = ""
) -> tuple[ResourceSpec, list[Misdeclared]]:
    """Check a class against its model.

    Shapes: `name` is its path with its group's, by default that of the class; gives the specification (of what is right
        in it) and the mistakes; it may be served only when there are none.
    """
    report = Report(declared)
    if not _check_types(declared, report):
        declared = type(declared.__name__, (Resource,), {"fields": ["pk"]})  # nothing more can be said
    else:
        _check_class(declared, report)
    members = MemberReader(report, target_of)
    pk = tuple(c for f in model._meta.pk_fields if (c := members.column(model, f.name, "primary key")) is not None)
    representation = members.read(model, tuple(declared.fields), "fields")
    operands = OperandReader(report, target_of, representation)
    spec = ResourceSpec(
        name=name or default_path(declared),
        model=model,
        declared=declared(),
        key=_key(declared, model, members, report) or pk,
        pk=pk,
        representation=representation,
        filters=operands.filters(declared.filters),
        ordering=operands.ordering(declared.ordering),
        order=operands.order(declared.order, pk),
        search=read_search(declared, operands, report),
        groups=operands.groups(declared.groups),
        measures=operands.measures(declared.measures),
        paging=read_paging(declared, report),
        last_modified=_last_modified(declared, model, members, report),
        rules=declared.rules,
        writable=read_writable(declared, representation, target_of, report),
        requires_match=bool(declared.requires_match),
        max_bulk=_max_bulk(declared, report),
        place=locate(declared),
        plan_name=name or default_path(declared),
        actions=read_actions(declared, report),
        export=read_exports(declared, report),
        is_live=read_live(declared, model, report),
    )
    return spec, report.mistakes


def _key(declared: type[Resource], model: type[Model], members: MemberReader, report: Report) -> tuple[Column, ...]:
    if not declared.key or declared.key == "pk":
        return ()
    column = members.column(model, declared.key, "key")
    if column is not None and not _is_unique(model, column.attname):
        report.add("E021", f"key: {model._meta.label}.{declared.key} is not unique.", "A key leads to one row at most.")
    return (column,) if column else ()


def _last_modified(
    declared: type[Resource], model: type[Model], members: MemberReader, report: Report
) -> Column | None:
    if not declared.last_modified:
        return None
    column = members.column(model, declared.last_modified, "last_modified")
    if column is not None and column.kind != "datetime":
        report.add("E024", f"last_modified: {declared.last_modified!r} is {column.kind}.", "Name a DateTimeField.")
    return column


def _max_bulk(declared: type[Resource], report: Report) -> int:
    most: Any = declared.max_bulk
    if type(most) is not int or most < 0:
        report.add("E027", f"max_bulk = {most!r} is no number of members.", "A whole number; 0: one at a time.")
        return 0
    if most and "max" in declared.filters and {"delete", "write"} & set(declared.rules):
        hint = 'Filter by a value(...) of another name, or write max_bulk = 0: "max" bounds a deletion of many.'
        report.add("E027", "filters: 'max' would be taken for the bound of a deletion.", hint)
    return most


def _is_unique(model: type[Model], attname: str) -> bool:
    total = [constraint.fields for constraint in model._meta.total_unique_constraints]
    field: Any = find_field(model, attname)
    return bool(field.unique) or (field.name,) in total


_LISTS = ("fields", "filters", "ordering", "writable", "search", "groups", "measures", "paging", "exports")


def _check_types(declared: type[Resource], report: Report) -> bool:
    """Lists must be lists, since a forgotten bracket leaves a text, a list of letters; rules must be a dict."""
    texts = [name for name in _LISTS if not isinstance(getattr(declared, name), list | tuple)]
    for name in texts:
        report.add("E022", f"{name} = {getattr(declared, name)!r} is no list.", f'Write {name} = ["...", "..."].')
    is_mapping = isinstance(declared.rules, Mapping)
    if not is_mapping:
        report.add("E022", f"rules = {declared.rules!r} is no dict.", 'Write rules = {"read": anyone}.')
    return not texts and is_mapping


def _check_class(declared: type[Resource], report: Report) -> None:
    for base in declared.__mro__[: declared.__mro__.index(Resource)]:
        for name in vars(base):
            if not name.startswith("_") and name not in _ATTRIBUTES:
                report.add("E014", f"{name!r} is no attribute of a resource.", _unknown_attribute_hint(name))
    _check_rules(declared, report)
    if not SEGMENT.fullmatch(default_path(declared)):
        report.add("E010", f"path: {default_path(declared)!r} cannot stand in a URL.", "Letters, digits, - and _.")


def _unknown_attribute_hint(name: str) -> str:
    return f"{suggest(name, _ATTRIBUTES)} A helper of your own begins with an underscore.".strip()


def _check_rules(declared: type[Resource], report: Report) -> None:
    if not declared.rules:
        hint = 'Open it on purpose: rules = {"read": anyone, "write": staff}.'
        report.add("E001", "has no rules, and a resource without a rule is not served.", hint)
    known = [*RULE_NAMES, *(name_of(verb) for verb in verbs_of(declared))]
    for name in declared.rules:
        if name not in known:
            report.add("E008", f"rules: there is no operation {name!r}.", suggest(str(name), known))
