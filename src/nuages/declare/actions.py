"""Turn the actions of a Resource class into ActionSpecs, with every mistake found on the way.

What a function's annotations say is `parse.signatures`' to read; whether a rule is one, `assembly` finds out.
"""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from nuages.declare.names import RULE_NAMES, SEGMENT
from nuages.declare.report import Report, locate
from nuages.declare.resource import Resource, Verb
from nuages.declare.spec import ActionSpec
from nuages.errors import suggest

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def read_actions(declared: type[Resource], report: Report) -> tuple[ActionSpec, ...]:
    """Check every action of a class; what is wrong with one is added to the report."""
    _check_once(declared, report)
    specs = [spec for verb in verbs_of(declared) if (spec := _read(declared, verb, report)) is not None]
    _check_apart(specs, report)
    return tuple(specs)


def verbs_of(declared: type[Resource]) -> tuple[Verb, ...]:
    """What was declared on a class and on those it inherits from, whose actions it may declare anew."""
    found = {name_of(verb): verb for base in reversed(declared.__mro__) for verb in _own(base)}
    return tuple(found.values())


def name_of(verb: Verb) -> str:
    """The function's name, by which `rules` knows it."""
    return getattr(verb.function, "__name__", type(verb.function).__name__)


def _own(base: type[Any]) -> tuple[Verb, ...]:
    own: tuple[Verb, ...] = vars(base).get("_verbs", ())
    return own


def _read(declared: type[Resource], verb: Verb, report: Report) -> ActionSpec | None:
    name, place = name_of(verb), _place(declared, verb)
    segment = verb.name or name.replace("_", "-")
    rule = _rule(declared, verb)
    found = list(_mistakes(declared, verb, segment, rule=rule))
    for message, hint in found:
        report.add("E031", f"the action {name!r} {message}", hint, place)
    if found:
        return None
    job = verb.job or None
    return ActionSpec(name, segment, verb.method, bool(verb.detail), rule, verb.function, place, job)


def _mistakes(declared: type[Resource], verb: Verb, segment: Any, *, rule: Any) -> Iterator[tuple[str, str]]:
    name, function = name_of(verb), verb.function
    if not inspect.isfunction(function):
        yield "is no function.", "Write @Books.action(...) above a def."
    elif inspect.iscoroutinefunction(function) or inspect.isgeneratorfunction(function):
        yield "is async, or a generator.", "Write a plain def: it runs in a thread, inside the request's transaction."
    if verb.method not in METHODS:
        yield f"has the method {verb.method!r}.", suggest(str(verb.method).upper(), METHODS)
    if not isinstance(segment, str) or not SEGMENT.fullmatch(segment):
        yield f"has a name that cannot stand in a URL: {segment!r}.", 'Letters, digits, - and _: name="mark-paid".'
    if name in RULE_NAMES:
        yield "has the name of an operation.", f"Name the function otherwise; name={name!r} may stay in the URL."
    if rule is None:
        yield (
            "has no rule, and an action without a rule is not served.",
            f'Write @{declared.__name__}.action(rule=staff), or rules = {{"{name}": staff}}.',
        )
    if verb.rule is not None and name in _rules(declared):
        yield "has two rules.", f"Leave out rule=, or rules[{name!r}]."


def _rule(declared: type[Resource], verb: Verb) -> Any:
    return verb.rule if verb.rule is not None else _rules(declared).get(name_of(verb))


def _rules(declared: type[Resource]) -> Mapping[str, Any]:
    rules: Any = declared.rules
    return rules if isinstance(rules, Mapping) else {}


def _place(declared: type[Resource], verb: Verb) -> str:
    """Where the function stands, and whose it is: `shop/api.py:40 Orders.pay`."""
    if not inspect.isfunction(verb.function):
        return locate(declared)
    where, _, name = locate(verb.function).rpartition(" ")
    return f"{where} {declared.__name__}.{name}".strip()


def _check_once(declared: type[Resource], report: Report) -> None:
    """Of two functions with one name a class would serve the last, unsaid."""
    for base in declared.__mro__:
        for name, times in Counter([name_of(verb) for verb in _own(base)]).items():
            if times > 1:
                report.add("E031", f"there are {times} actions named {name!r}.", "Give each function its own name.")


def _check_apart(specs: list[ActionSpec], report: Report) -> None:
    taken: dict[tuple[bool, str, str], str] = {}
    for spec in specs:
        first = taken.setdefault((spec.is_detail, spec.segment, spec.method), spec.name)
        if first != spec.name:
            hint = 'Give one of them another name: name="...", or another method.'
            report.add("E031", f"the action {spec.name!r} has the URL and method of {first!r}.", hint, spec.place)
