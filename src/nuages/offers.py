"""Turn the checked actions of a resource into operations with their paths, and into mistakes where one cannot be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from nuages.declare.spec import ActionSpec, ResourceSpec
from nuages.errors import Misdeclared
from nuages.operation import Action, Operation
from nuages.parse.arguments import ArgumentReader
from nuages.parse.key import key_reader
from nuages.parse.signatures import Around, SignatureReader
from nuages.parse.typed import TypedReader
from nuages.permit.access import Gate
from nuages.permit.rules import Rule, as_rule

_WITH_A_BODY = ("POST", "PUT", "PATCH")


def action_mistakes(spec: ResourceSpec, context: Any = None) -> Iterator[Misdeclared]:
    """What is wrong with the functions of a resource's actions, their rules and their URLs.

    Shapes: `context` is the type of what those get that run as jobs.
    """
    for action in spec.actions:
        reader = _signature_reader(spec, action, context)
        reader.read()
        for sentence, hint in reader.complaints:
            yield Misdeclared("nuages.E032", action.place, f"the action {action.name!r} {sentence}", hint)
        if not action.is_detail:
            yield from _collection_mistakes(spec, action)


def offer(
    spec: ResourceSpec, detail: Operation, gates: Mapping[str, Gate], context: Any = None
) -> Iterator[tuple[str, str, Action]]:
    """Make the operation of each action; gives method, path and operation."""
    for action in spec.actions:
        signature = _signature_reader(spec, action, context).read()
        body = TypedReader(signature.body_type) if signature.body else None
        names = body.names if body is not None else ()
        parts = tuple([part for part in spec.writable if part.name in names])
        arguments = ArgumentReader(signature.arguments)
        operation = Action(spec, action, signature, as_rule(action.rule), gates, detail, body, arguments, parts)
        member = "/{key}" if action.is_detail else ""
        yield action.method, f"/{spec.name}{member}/{action.segment}", operation


def _signature_reader(spec: ResourceSpec, action: ActionSpec, context: Any) -> SignatureReader:
    around = Around(
        spec.model,
        has_member=action.is_detail,
        has_body=action.method in _WITH_A_BODY,
        has_arguments=action.method == "GET",
        context=context if action.job is not None else None,
    )
    return SignatureReader(action.function, around)


def _collection_mistakes(spec: ResourceSpec, action: ActionSpec) -> Iterator[Misdeclared]:
    name, segment = action.name, action.segment
    if isinstance(action.rule, Rule) and action.rule.is_about_rows:
        message = f"the action {name!r} has the rule {action.rule!r}, which is about rows, and no row is in its URL."
        yield Misdeclared("nuages.E031", action.place, message, "Give it a rule about who asks, such as authenticated.")
    try:
        key_reader(spec)(segment)
    except ValueError:
        return
    message = f"the action {name!r} has the URL of the member whose key is {segment!r}."
    hint = 'Make it an action of a member, or give it a name that no key is: name="...".'
    yield Misdeclared("nuages.E031", action.place, message, hint)
