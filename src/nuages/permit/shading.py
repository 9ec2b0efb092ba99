"""Check the `visible=` rules of members: each is a rule that answers yes or no, and hides no key. Raises nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import Model

from nuages.declare.relations import find_path
from nuages.declare.report import locate
from nuages.declare.resource import Nested, Resource, Shaded, Value
from nuages.errors import Misdeclared
from nuages.permit.audiences import MAX_RULES
from nuages.permit.mistakes import length_mistakes_of, mistakes_of
from nuages.permit.rules import Rule, as_rule

_KEYS = "A key stands in URLs, cursors and links: hide the rows by the resource's read rule instead."


def shading_mistakes(declared: type[Resource], model: type[Model]) -> Iterator[Misdeclared]:
    """What is wrong with the visibility of a resource's members."""
    members: Any = declared.fields
    listed = members if isinstance(members, list | tuple) else ()
    for message, code, hint in _in_members(listed, model, "fields", declared.key):
        yield Misdeclared(code, locate(declared), message, hint)


def too_many(declared: type[Resource], rules: list[Any]) -> Iterator[Misdeclared]:
    """A resource whose members depend on more rules than there may be."""
    if len(rules) > MAX_RULES:
        message = f"{len(rules)} rules decide who sees which member, where {MAX_RULES} may."
        hint = "Give members that the same people see the same rule: editors = group('editors') | staff."
        yield Misdeclared("nuages.E040", locate(declared), message, hint)


Found = tuple[str, str, str]


def _in_members(members: Iterable[Any], model: type[Model], where: str, key: str) -> Iterator[Found]:
    keys = {key, "pk"} | {name for field in model._meta.pk_fields for name in (field.name, field.attname)}
    for member in members:
        if isinstance(member, Shaded | Nested | Value) and member.visible is not None:
            yield from _of(member, model, where, keys)
        if isinstance(member, Nested) and (path := find_path(model, member.path)) is not None:
            yield from _in_members(member.members, path.model, f"{where}: nested({member.path!r})", "")


def _of(member: Shaded | Nested | Value, model: type[Model], where: str, keys: set[str]) -> Iterator[Found]:
    name = member.path if isinstance(member, Nested) else member.name
    place = f"{where}: visible of {name!r}"
    if isinstance(member, Shaded) and name in keys:
        yield f"{place}: {name!r} is a key, which cannot be hidden.", "nuages.E040", _KEYS
    try:
        rule = as_rule(member.visible)
    except TypeError as error:
        yield f"{place}: {error}", "nuages.E039", ""
        return
    yield from _of_rule(rule, model, place)


def _of_rule(rule: Rule, model: type[Model], place: str) -> Iterator[Found]:
    if rule.is_about_rows:
        hint = "A member is there or not, whatever the row: staff, group(...), permission(...)."
        yield f"{place}: {rule.name} is about rows.", "nuages.E039", hint
        return
    for message, hint in mistakes_of(rule, model):
        yield f"{place}: {message}", "nuages.E039", hint
    for message, hint in length_mistakes_of(rule):
        yield f"{place}: {message}", "nuages.E046", hint
