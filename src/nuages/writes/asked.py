"""One change as it is asked for, and what its steps need to know of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from django.db.models import Q

from nuages.change.references import reference_faults
from nuages.change.rows import Sight
from nuages.errors import Fault, NotFound, Problem
from nuages.http.request import Request
from nuages.identify.principal import Principal
from nuages.operation import Action, Write
from nuages.permit.refusals import Helps, refusal, remedy
from nuages.permit.rules import Rule, Verdict
from nuages.plan.cache import PlanCache

Operated = TypeVar("Operated", Write, Action)


@dataclass(slots=True)
class Progress:
    """How far a change has come: where the member that is being written stands in the body, "" where that is all."""

    pointer: str = ""


@dataclass(frozen=True, slots=True)
class Asked(Generic[Operated]):
    """One change or action: who asks what of which member.

    Shapes: `verdict` is the rule's, never False; `key` the text in the path; `sight` gives the rows that the principal
        may read or point at.
    """

    operation: Operated
    request: Request
    principal: Principal
    verdict: Verdict
    key: str
    document: Any
    plans: PlanCache
    connection: Any
    sight: Sight
    progress: Progress

    def refuse(self, helps: Helps) -> Problem:
        """Make the problem of a row that the verdict leaves out."""
        return refusal(self.principal, self.operation.rule, helps)


def key_of(asked: Asked[Any]) -> Q:
    """The condition that the key in the path is.

    Raises: NotFound for a text that can be no key.
    """
    operation = asked.operation
    try:
        values = operation.detail.read_key(asked.key)
    except ValueError:
        raise NotFound("There is no such member.") from None
    return Q(**{column.lookup: value for column, value in zip(operation.spec.key, values, strict=True)})


def key_text(asked: Asked[Any], row: Any) -> str:
    """The key of a row as it stands in its path."""
    return ",".join([str(getattr(row, column.attname)) for column in asked.operation.spec.key])


def judge_children(asked: Asked[Write], values: dict[str, Any]) -> dict[str, Any]:
    """Say of the rows that a document owns which may be seen and written, by the rules of their own resource."""
    for part in asked.operation.spec.writable:
        if part.children is not None and part.name in values:
            children, resource = values[part.name], part.children.resource
            children.visible = asked.sight.rows(part.children.model, resource)
            rules = asked.operation.rules.get(resource, {}) if resource else {}
            children.verdicts = {action: rule(asked.principal) for action, rule in rules.items()}
            children.remedy = partial(_remedy, asked, rules)
    return values


def _remedy(asked: Asked[Write], rules: Mapping[str, Rule], action: str, helps: Helps) -> Problem | None:
    return remedy(asked.principal, rules.get(action), helps)


def looking(asked: Asked[Write]) -> Callable[[dict[str, Any]], list[Fault]]:
    """What finds the references of a document's values that lead nowhere."""
    return lambda values: reference_faults(asked.operation.spec.writable, [("", values)], asked.sight.rows)
