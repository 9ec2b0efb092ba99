"""Turn the registered classes, looked at together, into what is wrong between them: paths, rules, resources named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Model

from nuages.cache.declared import cache_mistakes
from nuages.declare.actions import name_of as verb_name
from nuages.declare.actions import verbs_of
from nuages.declare.build import default_path
from nuages.declare.groups import Groups, Registered, name_of
from nuages.declare.names import RULE_NAMES
from nuages.declare.report import locate
from nuages.declare.resource import Member, Nested, Resource
from nuages.errors import Misdeclared
from nuages.limit.declared import throttle_mistakes
from nuages.permit.mistakes import length_mistakes_of, mistakes_of
from nuages.permit.rules import as_rule
from nuages.permit.shading import shading_mistakes


def registration_mistakes(registered: Registered, groups: Groups) -> Iterable[Misdeclared]:
    """What is wrong in rules, limits and lifetimes, and between classes.

    Shapes: `nuages.E010`, `E017`, `E018`, `E049`, `E060`, and fields whose `visible` is no rule.
    """
    yield from _twice(registered, groups)
    for check in (_rule_mistakes, _target_mistakes, _throttle_mistakes, _cache_mistakes):
        yield from check(registered)
    for declared, model in registered:
        yield from shading_mistakes(declared, model)


def _twice(registered: Registered, groups: Groups) -> Iterable[Misdeclared]:
    seen: dict[str, type[Resource]] = {}
    for declared, _ in registered:
        path = name_of(declared, groups)
        if seen.get(path) is declared:
            hint = f"Inherit from it: class {declared.__name__}(v1.{declared.__name__})."
            yield Misdeclared("nuages.E010", locate(declared), "is registered twice with this API.", hint)
        elif path in seen:
            hint = f"Give one of them another path: path = {default_path(declared) + '-2'!r}."
            yield Misdeclared("nuages.E010", locate(declared), f"path {path!r} is taken by another resource.", hint)
        seen[path] = declared


def _rule_mistakes(registered: Registered) -> Iterable[Misdeclared]:
    for declared, model in registered:
        for where, rule in _rules_of(declared):
            for code, (message, hint) in _of_rule(rule, model):
                yield Misdeclared(code, locate(declared), f"{where}: {message}", hint)


def _of_rule(rule: Any, model: type[Model]) -> Iterable[tuple[str, tuple[str, str]]]:
    try:
        asked = as_rule(rule)
    except TypeError as error:
        yield "nuages.E017", (str(error), "")
        return
    yield from (("nuages.E017", wrong) for wrong in mistakes_of(asked, model))
    yield from (("nuages.E046", wrong) for wrong in length_mistakes_of(asked))


def _throttle_mistakes(registered: Registered) -> Iterable[Misdeclared]:
    for declared, _ in registered:
        operations = (*RULE_NAMES, *(verb_name(verb) for verb in verbs_of(declared)))
        for message, hint in throttle_mistakes(declared.throttle, operations):
            yield Misdeclared("nuages.E049", locate(declared), f"throttle {message}", hint)


def _cache_mistakes(registered: Registered) -> Iterable[Misdeclared]:
    for declared, _ in registered:
        for message, hint in cache_mistakes(declared.cache):
            yield Misdeclared("nuages.E060", locate(declared), f"cache {message}", hint)


def _rules_of(declared: type[Resource]) -> Iterable[tuple[str, Any]]:
    rules: Any = declared.rules
    if isinstance(rules, Mapping):
        yield from ((f"rules[{name!r}]", rule) for name, rule in rules.items())
    yield from ((f"rule of {verb_name(verb)!r}", verb.rule) for verb in verbs_of(declared) if verb.rule is not None)


def _target_mistakes(registered: Registered) -> Iterable[Misdeclared]:
    known = {declared for declared, _ in registered}
    for declared, _ in registered:
        for member in _nested_in(declared.fields if isinstance(declared.fields, list | tuple) else ()):
            if member.resource is not None and member.resource not in known:
                message = f"nested({member.path!r}): {member.resource.__name__} is not registered with this API."
                yield Misdeclared("nuages.E018", locate(declared), message, "Register it with @api.resource(model).")


def _nested_in(members: Iterable[Member]) -> Iterable[Nested]:
    for member in members:
        if isinstance(member, Nested):
            yield member
            yield from _nested_in(member.members)
