"""Say which jobs somebody sees: their own, and by a credential of limited scope those that it could ask for."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from nuages.errors import NotFound
from nuages.identify.principal import Principal
from nuages.job_answers.document import HIDDEN
from nuages.job_answers.owners import owner_of
from nuages.jobs.enqueue import job_rows
from nuages.permit.refusals import refusal
from nuages.permit.rules import Rule, Verdict


@dataclass(frozen=True, slots=True)
class SeenJobs:
    """The jobs of one API's clients.

    Shapes: `rules` are those of its functions that are jobs, by the names of these; filled while the API is built.
    """

    rules: dict[str, Rule] = field(default_factory=dict)

    @property
    def rule(self) -> Rule:
        """Who sees which rows."""
        return Rule(self.verdict, name="own jobs", uses=(("rows", "owner"),))

    def verdict(self, principal: Principal) -> Verdict:
        """Nobody sees any."""
        owner = owner_of(principal)
        if not owner:
            return False
        mine = Q(owner=owner)
        if principal.scopes is None:
            return mine
        return mine & Q(name__in=_open_to(self.rules, principal))

    def find(self, key: str, principal: Principal) -> Any:
        """The job of a key, if it may be seen.

        Raises: NotIdentified for nobody; NotFound for what is not there or another's, alike.
        """
        verdict = self.verdict(principal)
        if not isinstance(verdict, Q):
            raise refusal(principal)
        found = job_rows().filter(verdict, pk=_read(key)).defer(*HIDDEN).first()
        if found is None:
            raise _absent()
        return found


def _open_to(rules: Mapping[str, Rule], principal: Principal) -> list[str]:
    return [name for name, rule in rules.items() if rule(principal) is not False]


def _read(key: str) -> uuid.UUID:
    try:
        found = uuid.UUID(key)
    except ValueError:
        raise _absent() from None
    if str(found) != key.lower():  # braces, a urn, no hyphens: one job has one URL
        raise _absent()
    return found


def _absent() -> NotFound:
    return NotFound("There is no such job.")
