"""Ask the rules that a read depends on: that of its resource, and those of every resource shown or filtered through."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import msgspec
from django.db.models import Model

from nuages.errors import NotAllowed, NotIdentified, Problem
from nuages.identify.principal import Principal
from nuages.permit.rules import Rule, Verdict

Rows = Callable[[Principal], Any]


@dataclass(frozen=True, slots=True)
class Gate:
    """What a resource lets through.

    Shapes: `rule` is its read rule; `rows` gives the queryset of its hook or of a manager of the author's making, and
        is None where every row exists; `is_open` when nothing has to be asked per request.
    """

    name: str
    model: type[Model]
    rule: Rule
    rows: Rows | None

    @property
    def is_open(self) -> bool:
        """Whether everybody sees every row, always."""
        return self.rule.constant is True and self.rows is None


class Opening(msgspec.Struct, frozen=True):
    """What a gate lets through for one principal. A msgspec.Struct, since one is made per request."""

    gate: Gate
    verdict: Verdict
    queryset: Any


def open_gate(gate: Gate, principal: Principal) -> Opening:
    """Ask a gate's rule and hook."""
    return Opening(gate, gate.rule(principal), gate.rows(principal) if gate.rows else None)


def demand(opening: Opening, principal: Principal) -> Opening:
    """Refuse where the resource itself says no.

    Raises: NotIdentified for anybody, NotAllowed for somebody.
    Source: RFC 9110 sections 15.5.2 and 15.5.4.
    """
    if opening.verdict is False:
        raise refusal(principal, opening.gate.rule)
    return opening


def refusal(principal: Principal, rule: Rule | None = None) -> Problem:
    """Which problem a rule's no is; where the credential's scopes alone stand in the way, they are named.

    Source: RFC 6750 section 3.1.
    """
    if not principal.is_authenticated:
        return NotIdentified("Log in first: this is not open to everybody.")
    lacking = _lacking(principal, rule) if rule is not None else []
    if not lacking:
        return NotAllowed("You may not do this.")
    named = " ".join(lacking)
    challenge = f'Bearer error="insufficient_scope", scope="{named}"'
    detail = f"This credential lacks a scope: {named}."
    return NotAllowed(detail, headers=[("WWW-Authenticate", challenge)], code="insufficient-scope")


def _lacking(principal: Principal, rule: Rule) -> list[str]:
    """The scopes with which the rule would not say no, as few as there need be; empty where scopes are no help."""
    if principal.scopes is None or not rule.scopes:
        return []
    wanted = set(rule.scopes)
    if rule(replace(principal, scopes=frozenset(wanted))) is False:
        return []
    for name in sorted(rule.scopes, reverse=True):
        if rule(replace(principal, scopes=frozenset(wanted - {name}))) is not False:
            wanted.discard(name)
    return sorted(wanted)
