"""Turn a Principal into yes, no, or a Q: only these rows. Where a Q goes is the plan's business."""

from __future__ import annotations

from collections.abc import Callable
from inspect import iscoroutinefunction
from typing import Any, TypeAlias

from django.db.models import Q

from nuages.errors import Problem
from nuages.identify.principal import Principal

Verdict: TypeAlias = bool | Q
Answer: TypeAlias = Callable[[Principal], Verdict]
Use: TypeAlias = tuple[str, str]


class RuleFailed(Exception):
    """A rule could not answer; its cause says why. Whoever asked is refused."""


class Rule:
    """Who may do what; combines with `|`, `&` and `~`.

    Shapes: calling it with a principal gives True, False or a `Q`. `constant` is that answer when it is the same for
        everybody, so that nothing is asked per request. `uses` is what it is known to ask for, checked at start-up:
        ("path", "user"), ("permission", "shop.change_book"), ("scope", "books:read"), ("group", "editors"); ("rows",
        name) where it answers a Q.
    """

    __slots__ = ("_answer", "constant", "name", "uses")

    def __init__(
        self, answer: Answer, *, name: str = "", constant: bool | None = None, uses: tuple[Use, ...] = ()
    ) -> None:
        self._answer = answer
        self.name = name or getattr(answer, "__name__", "rule")
        self.constant = constant
        self.uses = uses

    @property
    def is_about_rows(self) -> bool:
        """Whether it is known to answer a Q."""
        return any(kind in ("path", "rows") for kind, _ in self.uses)

    @property
    def scopes(self) -> frozenset[str]:
        """The scopes that it is known to ask for."""
        return frozenset(name for kind, name in self.uses if kind == "scope")

    def __call__(self, principal: Principal) -> Verdict:
        """Ask the rule.

        Raises: RuleFailed when the author's callable raises, or answers something else than True, False or a Q;
            Problem where it raises one.
        """
        try:
            verdict = self._answer(principal)
            if verdict is True or verdict is False or isinstance(verdict, Q):
                return verdict
            raise TypeError(f"It answered {type(verdict).__name__}; it must answer True, False or a Q.")
        except (Problem, RuleFailed):
            raise
        except Exception as error:
            raise RuleFailed(f"The rule {self.name!r} failed.") from error

    def __or__(self, other: Any) -> Rule:
        mate = as_rule(other)
        return self._join(mate, "|", lambda who: _either(self(who), lambda: mate(who)))

    def __ror__(self, other: Any) -> Rule:
        return as_rule(other) | self

    def __and__(self, other: Any) -> Rule:
        mate = as_rule(other)
        return self._join(mate, "&", lambda who: _both(self(who), lambda: mate(who)))

    def __rand__(self, other: Any) -> Rule:
        return as_rule(other) & self

    def __invert__(self) -> Rule:
        return Rule(lambda who: _negate(self(who)), name=f"~{self.name}", uses=self.uses)

    def _join(self, mate: Rule, sign: str, answer: Answer) -> Rule:
        return Rule(answer, name=f"({self.name} {sign} {mate.name})", uses=self.uses + mate.uses)

    def __repr__(self) -> str:
        return f"<Rule {self.name}>"


def as_rule(rule: Any) -> Rule:
    """Accept a Rule, or any callable of the principal.

    Raises: TypeError for anything else, True and False included: `anyone` and `nobody` say it in a word; and for an
        async function, whose answer nobody would wait for.
    """
    if isinstance(rule, Rule):
        return rule
    if iscoroutinefunction(rule):
        raise TypeError(f"{rule!r} is async; a rule answers at once.")
    if callable(rule):
        return Rule(rule)
    raise TypeError(
        f"{rule!r} is no rule: give anyone, authenticated, staff, owner(...), or a function of the principal."
    )


def _either(mine: Verdict, theirs: Callable[[], Verdict]) -> Verdict:
    if mine is True:
        return True
    other = theirs()
    if mine is False or other is True:
        return other
    return mine if other is False else mine | other


def _both(mine: Verdict, theirs: Callable[[], Verdict]) -> Verdict:
    if mine is False:
        return False
    other = theirs()
    if mine is True or other is False:
        return other
    return mine if other is True else mine & other


def _negate(verdict: Verdict) -> Verdict:
    return ~verdict if isinstance(verdict, Q) else not verdict


def owner(path: str) -> Rule:
    """Only rows whose `path` leads to the principal's user; nobody's rows for the anonymous.

    Shapes: `owner("user")`, `owner("order__customer")`.
    """

    def owns(principal: Principal) -> Verdict:
        return Q(**{path: principal.user}) if principal.is_authenticated else False

    return Rule(owns, name=f"owner({path!r})", uses=(("path", path),))


anyone = Rule(lambda _principal: True, name="anyone", constant=True)
nobody = Rule(lambda _principal: False, name="nobody", constant=False)
authenticated = Rule(lambda principal: principal.is_authenticated, name="authenticated")
staff = Rule(lambda principal: principal.is_staff, name="staff")
