"""Refuse a read that the planner expects to cost too much, and say what to leave out. Nothing here runs the read.

PostgreSQL alone estimates; on other databases, and for roles without a ceiling, nothing is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nuages.errors import Fault, Problem, Unprocessable
from nuages.execute.cost import estimated_cost
from nuages.identify.principal import Principal
from nuages.preparation import Read

ROLES = ("anonymous", "authenticated", "staff")
_MAX_TRIALS = 6  # parameters that are tried without, each of which costs an EXPLAIN

Pairs = Sequence[tuple[str, Any]]


def ceiling_for(ceilings: Mapping[str, float | None], principal: Principal) -> float | None:
    """The ceiling of a principal's role.

    Shapes: `{"anonymous": 50_000, "authenticated": 200_000, "staff": None}`; a role that is not named has none.
    """
    if principal.is_staff:
        return ceilings.get("staff")
    return ceilings.get("authenticated" if principal.is_authenticated else "anonymous")


def check_cost(read: Read, ceiling: float, pairs: Pairs, prepare: Callable[[Pairs], Read]) -> None:
    """Refuse a read above the ceiling.

    Shapes: `pairs` are the question's parameters; `prepare` makes the read of fewer of them.
    Units: costs as PostgreSQL's planner counts them; a page of the disk read in sequence is 1.
    Raises: Unprocessable that names the parameters without which the question would do.
    """
    cost = _cost(read)
    if cost is None or cost <= ceiling:
        return
    raise _refusal(cost, ceiling, _too_dear(ceiling, pairs, prepare))


def _cost(read: Read) -> float | None:
    statement = read.plan.statement
    return estimated_cost(read.connection, statement.text, statement.bind(read.values))


def _too_dear(ceiling: float, pairs: Pairs, prepare: Callable[[Pairs], Read]) -> dict[str, float]:
    """The parameters without which the question is cheap enough, and its cost then."""
    found = {}
    for name in list(dict.fromkeys(name for name, _ in pairs))[:_MAX_TRIALS]:
        try:
            without = _cost(prepare([pair for pair in pairs if pair[0] != name]))
        except Problem:  # a cursor without its order, say
            continue
        if without is not None and without <= ceiling:
            found[name] = without
    return found


def _refusal(cost: float, ceiling: float, without: Mapping[str, float]) -> Problem:
    detail = f"This question would cost about {cost:,.0f}, where {ceiling:,.0f} are allowed."
    faults = [Fault(f"?{name}", "too-costly", f"Without {name}: {less:,.0f}.") for name, less in without.items()]
    hint = f"Leave out {' or '.join(without)}." if without else "Ask for fewer fields, a lower limit or a filter."
    return Unprocessable(f"{detail} {hint}", faults=faults, code="too-costly")
