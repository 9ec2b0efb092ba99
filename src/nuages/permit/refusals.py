"""Say what a rule's no is to a principal: 401, 403, or what could be brought so that it were a yes. Decided here alone.

A rule tells by its `uses` what can be brought. When it has said no, and only then, it is asked again as though that had
been, and what would not have helped is not asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from nuages.errors import NotAllowed, NotIdentified, Problem
from nuages.identify.principal import Principal, Supposed
from nuages.permit.rules import Rule, Use, Verdict

Helps: TypeAlias = Callable[[Verdict], bool]
Refuse: TypeAlias = Callable[[Helps], Problem]


def refusal(
    principal: Principal, rule: Rule | None = None, helps: Helps = lambda verdict: verdict is not False
) -> Problem:
    """Which problem a rule's no is.

    Shapes: `helps` tells whether a verdict would let through what was refused.
    Source: RFC 9110 sections 15.5.2 and 15.5.4.
    """
    if not principal.is_known:
        return NotIdentified("Log in first: this is not open to everybody.")
    return remedy(principal, rule, helps) or NotAllowed("You may not do this.")


def remedy(principal: Principal, rule: Rule | None, helps: Helps) -> Problem | None:
    """The problem that asks for what alone stands in the way; None where nothing that can be brought would help."""
    wanted = _wanted(principal, rule) if rule is not None and principal.is_known else []
    if rule is None or not wanted or not helps(rule(_supposed(principal, wanted))):
        return None
    for use in reversed(wanted):
        fewer = [each for each in wanted if each != use]
        if helps(rule(_supposed(principal, fewer))):
            wanted = fewer
    for kind, ask in _ASK.items():
        names = [name for each, name in wanted if each == kind]
        has_all = kind == "scope" and principal.scopes is not None and principal.scopes.issuperset(names)
        if names and not has_all:
            return ask(names, principal.scheme)
    return None


def lacking_scopes(names: Sequence[str], scheme: str) -> Problem:
    """Ask for a credential of wider scope, in the words of the scheme by which this one came.

    Source: RFC 6750 section 3.1.
    """
    named = " ".join(names)
    challenge = f'{scheme} error="insufficient_scope", scope="{named}"'
    detail = f"This credential lacks a scope: {named}."
    return NotAllowed(detail, headers=[("WWW-Authenticate", challenge)], code="insufficient-scope")


def too_long_ago(ages_s: Sequence[str], scheme: str) -> Problem:
    """Ask for a fresh proof of who one is.

    Shapes: the names that `("verified", "900")` has in the `uses` of a rule.
    Units: `ages_s` are how many seconds ago it may have been; the shortest counts.
    Source: RFC 9470 section 3.
    """
    age_s = min(map(int, ages_s))
    challenge = f'{scheme} error="insufficient_user_authentication", max_age="{age_s}"'
    detail = (
        f"Prove again who you are, at auth/verify or by a new login: this wants a proof of the last {age_s} seconds."
    )
    return NotIdentified(detail, headers=[("WWW-Authenticate", challenge)], code="insufficient-user-authentication")


# Whoever lacks both is told of the scopes first: another credential begins with a fresh proof.
_ASK: dict[str, Callable[[Sequence[str], str], Problem]] = {"scope": lacking_scopes, "verified": too_long_ago}


def _wanted(principal: Principal, rule: Rule) -> list[Use]:
    """What can be brought; scopes only where the credential is limited to some."""
    return sorted({use for use in rule.uses if use[0] in _ASK and (use[0] != "scope" or principal.scopes is not None)})


def _supposed(who: Principal, uses: Sequence[Use]) -> Supposed:
    """The principal as it would be with these."""
    scopes = frozenset(name for kind, name in uses if kind == "scope") if who.scopes is not None else None
    return Supposed(who.user, who.method, who.claims, scopes, who.login, who.proof, who.scheme, frozenset(uses))
