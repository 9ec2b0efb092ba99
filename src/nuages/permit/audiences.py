"""From a principal to what was built for those who see the same: the rules of hidden members, asked once a request."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from nuages.identify.principal import Principal
from nuages.permit.rules import Rule

MAX_RULES = 6  # of one resource: each doubles the audiences, of which each has plans and readers of its own
Built = TypeVar("Built")
Said = tuple[bool, ...]


class Audiences(Generic[Built]):
    """What is built for each audience of a resource, when the first of them asks.

    Shapes: `build` takes what each of `rules` said.
    """

    def __init__(self, rules: Sequence[Rule], build: Callable[[Said], Built]) -> None:
        self._rules = tuple(rules)
        self._build = build
        self._built: dict[Said, Built] = {}

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules that may hide something."""
        return self._rules

    def of(self, principal: Principal) -> Built | None:
        """Find what a principal's audience has; None for the one that sees everything."""
        said = tuple([_is_seen(rule, principal) for rule in self._rules])
        return None if all(said) else self.said(said)

    def said(self, said: Said) -> Built:
        """Find what the audience has of which the rules said this."""
        built = self._built.get(said)
        # Two who come first at once both build; one of the two stays.
        return built if built is not None else self._built.setdefault(said, self._build(said))


def _is_seen(rule: Rule, principal: Principal) -> bool:
    """Only a yes shows anything: a member is there or not, whatever the row."""
    verdict = rule(principal)
    if not isinstance(verdict, bool):
        logging.getLogger("nuages.rules").error(
            "visible=%r answered a Q; it must answer True or False, and hides until it does", rule
        )
    return verdict is True
