"""Ask the rules that a read depends on: that of its resource, and those of every resource shown or filtered through."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
from django.db.models import Model

from nuages.identify.principal import Principal
from nuages.permit.refusals import refusal
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
    """
    if opening.verdict is False:
        raise refusal(principal, opening.gate.rule)
    return opening
