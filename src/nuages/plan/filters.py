"""Find the rows and values that operands lead to over hops, as the rules on the way let them through."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import count
from typing import Any

from django.db.models import F, Func, Model, OuterRef, Q, Subquery

from nuages.declare.spec import Hop
from nuages.plan.guards import Rows

_NO_NAME = re.compile(r"\W")  # Django refuses blanks, quotes and the like in the names of annotations


class OrNull(Func):
    """A subselect that Django may prove empty: then null, where a lookup on the bare one proves the query empty."""

    template = "%(expressions)s"


def value_over(rows: Rows, hops: tuple[Hop, ...], lookup: str) -> Any:
    """The value of a column over to-one hops; null where the rule of a resource on the way hides the row."""
    for index, hop in enumerate(hops):
        if not hop.may_join or rows.is_guarded(hop.target):
            inner = value_over(rows, hops[index + 1 :], lookup)
            reached = linked(rows, hops[:index], hop)
            return OrNull(Subquery(reached.annotate(nuages_value=inner).values("nuages_value")))
    return F("__".join([*(hop.name for hop in hops), lookup]))


def outside_windows(condition: Q, window: str) -> Q:
    """Apply a condition to rows whose window functions have been computed without it.

    Django puts a disjunction that names a window into a query around the one that computes it (its QUALIFY); an
    alternative that never holds is what makes one of any condition.
    """
    never = Q(**{f"{window}__isnull": True}) & Q(**{f"{window}__isnull": False})
    return Q(condition, never, _connector=Q.OR)


def linked(rows: Rows, before: tuple[Hop, ...], hop: Hop) -> Any:
    """The rows that a hop leads to from one row of the outer query, behind the hops before it."""
    prefix = "".join(f"{step.name}__" for step in before)
    links = {link.lookup: OuterRef(prefix + link.attname) for link in hop.links}
    return rows.of(hop.model, hop.target).filter(**links, **dict(hop.constants))


def free_name(name: str, rows: Any) -> str:
    """Find a name for a further column of some rows that means nothing else there."""
    taken = _names(rows.model) | set(rows.query.annotations)
    return next(free for free in _candidates(_NO_NAME.sub("_", name)) if free not in taken)


@cache
def _names(model: type[Model]) -> frozenset[str]:
    fields: Iterable[Any] = model._meta.get_fields()
    return frozenset(name for field in fields for name in (field.name, getattr(field, "attname", field.name)))


def _candidates(name: str) -> Iterator[str]:
    yield f"by_{name}"
    yield from (f"by_{name}_{number}" for number in count(2))
