"""Rules ready for use that ask for more than the principal itself: permissions, scopes, groups, rows.

What each asks for stands in its `uses`, where `permit.mistakes` checks it at start-up.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nuages.identify.principal import Principal
from nuages.permit.rules import Rule, Verdict

superuser = Rule(lambda principal: principal.is_superuser, name="superuser")


def permission(name: str) -> Rule:
    """Whether the user has one of Django's permissions, by whichever backends the project has.

    Shapes: `permission("shop.change_book")`. Costs Django's statements when it is asked, and none for a superuser.
    Source: django.contrib.auth, `user.has_perm`.
    """

    def has(principal: Principal) -> Verdict:
        return principal.is_authenticated and bool(principal.user.has_perm(name))

    return Rule(has, name=f"permission({name!r})", uses=(("permission", name),))


def scope(name: str) -> Rule:
    """Whether the credential may be used for this; one that is not limited to scopes may do what its user may.

    Shapes: `scope("books:read")`. Anybody without a credential may not; a program in its own name may.
    Source: RFC 6749 section 3.3.
    """

    def covers(principal: Principal) -> Verdict:
        return principal.is_known and (principal.scopes is None or name in principal.scopes)

    return Rule(covers, name=f"scope({name!r})", uses=(("scope", name),))


def group(name: str) -> Rule:
    """Whether the user is in one of Django's groups, by its name. One statement for all groups of a request's user."""

    def belongs(principal: Principal) -> Verdict:
        return principal.is_authenticated and name in _groups(principal.user)

    return Rule(belongs, name=f"group({name!r})", uses=(("group", name),))


def where(rows: Callable[[Principal], Any]) -> Rule:
    """Only the rows of the `Q` that a function of the principal gives; asked for users alone, so none for anybody else.

    Shapes: `where(lambda principal: Q(tenant=principal.user.tenant_id))`.
    """

    def holds(principal: Principal) -> Verdict:
        verdict: Verdict = rows(principal) if principal.is_authenticated else False
        return verdict

    name = getattr(rows, "__name__", "rows")
    return Rule(holds, name=f"where({name})", uses=(("rows", name),))


def _groups(user: Any) -> frozenset[str]:
    """The names of a user's groups, kept on the instance as Django keeps permissions there: it lives for a request."""
    known: frozenset[str] | None = user.__dict__.get("_nuages_groups")
    if known is None:
        known = user._nuages_groups = frozenset(user.groups.values_list("name", flat=True))
    return known
