"""Find the rows that a principal may read, point at, or change; lock the one that is about to change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connections
from django.db.models import Model, Q, QuerySet

from nuages.errors import NotFound, Problem
from nuages.identify.principal import Principal
from nuages.permit.access import Gate, open_gate
from nuages.permit.refusals import Refuse
from nuages.permit.rules import Verdict
from nuages.plan.guards import Guard, Rows, restrict


class Sight:
    """The rows that one principal sees, of every model, through its resources; made for one request."""

    def __init__(self, gates: Mapping[str, Gate], principal: Principal, alias: str) -> None:
        self._gates = gates
        self._principal = principal
        self._alias = alias

    def rows(self, model: type[Model], resource: str | None) -> QuerySet[Any]:
        """The rows of a model that may be read through a resource; all of its default manager where it has none."""
        gate = self._gates.get(resource) if resource else None
        if gate is None or resource is None:
            return Rows({}, self._alias).of(model, None)
        opening = open_gate(gate, self._principal)
        guard = Guard(model, opening.verdict, opening.queryset, None, (), 0)
        return Rows({resource: guard}, self._alias).of(model, resource)


def lock_row(seen: QuerySet[Any], key: Q, verdict: Verdict, refuse: Refuse) -> Any:
    """Find the row that a key names, and keep others from changing it until the transaction ends.

    Shapes: `seen` are the rows that may be read, `verdict` what the rule of the change says, `refuse` makes its no.
    Raises: NotFound for a row that is not there or may not be read; NotIdentified or NotAllowed for one that may be
        read, and not changed.
    """
    return _demanded(locked(_allowed(seen.filter(key), verdict)).first(), seen.filter(key), verdict, refuse)


def find_row(seen: QuerySet[Any], key: Q, verdict: Verdict, refuse: Refuse) -> Any:
    """Find the row that a key names, and leave it to others to change.

    Shapes and Raises: as `lock_row`.
    """
    return _demanded(_allowed(seen.filter(key), verdict).first(), seen.filter(key), verdict, refuse)


def _allowed(these: QuerySet[Any], verdict: Verdict) -> QuerySet[Any]:
    return restrict(these, verdict) if isinstance(verdict, Q) else these


def _demanded(row: Any, these: QuerySet[Any], verdict: Verdict, refuse: Refuse) -> Any:
    if row is None:
        raise _why_not(these, verdict, refuse)
    return row


def locked(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Lock rows until the transaction ends, but none that their conditions join.

    The conditions stand beside the lock, so that PostgreSQL looks at them again when it had to wait for a row.
    """
    of = ("self",) if connections[rows.db].features.has_select_for_update_of else ()
    return rows.select_for_update(of=of)


def _why_not(seen: QuerySet[Any], verdict: Verdict, refuse: Refuse) -> Problem:
    if isinstance(verdict, Q) and seen.exists():
        return refuse(lambda other: restrict(seen, other).exists() if isinstance(other, Q) else other)
    return NotFound("There is no such member.")


def demand_rows(rows: Sequence[Any], verdict: Verdict, refuse: Refuse, alias: str) -> None:
    """Demand that rows are, or after they were written still are, such as the rule allows.

    Raises: NotIdentified or NotAllowed.
    """
    if not are_allowed(rows, verdict, alias):
        raise refuse(lambda other: are_allowed(rows, other, alias))


def are_allowed(rows: Sequence[Any], verdict: Verdict, alias: str) -> bool:
    """Whether a rule allows every one of some rows of one model."""
    if not rows:
        return True
    if not isinstance(verdict, Q):
        return verdict
    these = type(rows[0])._base_manager.using(alias).filter(pk__in=[row.pk for row in rows])
    return restrict(these, verdict).count() == len(rows)
