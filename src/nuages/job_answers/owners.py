"""Turn who asks into the owner of a job, and what is kept of them into who asks again, when a worker runs it.

Kept are ids and scopes. No credential is, nor what else a token claims.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import router
from django.db.models import Q

from nuages.errors import NotAllowed
from nuages.identify.principal import ClientPrincipal, Principal, Supposed
from nuages.permit.refusals import refusal
from nuages.permit.rules import Rule, Verdict

_KEPT_CLAIMS = ("client_id", "key_prefix")


class OwnerGone(NotAllowed):
    """Who has asked for the job may not ask for anything any more."""

    code = "owner-gone"


def owner_of(principal: Principal) -> str:
    """Whose a job is that a principal asks for: "user:7", "client:abc"; "" for nobody."""
    if principal.user is not None:
        return f"user:{principal.user.pk}"
    return f"client:{principal.client}" if principal.is_known and principal.client else ""


def demand_owner(principal: Principal) -> str:
    """The owner of what is asked for.

    Raises: NotIdentified for nobody, whose job nobody could ask for afterwards.
    """
    owner = owner_of(principal)
    if not owner:
        raise refusal(principal)
    return owner


def kept_of(principal: Principal) -> dict[str, Any]:
    """What is kept of who asks, as JSON has it."""
    return {
        "user": None if principal.user is None else str(principal.user.pk),
        "method": principal.method,
        "scopes": None if principal.scopes is None else sorted(principal.scopes),
        "claims": {name: str(principal.claims[name]) for name in _KEPT_CLAIMS if name in principal.claims},
    }


def principal_of(kept: Mapping[str, Any]) -> Principal:
    """Who has asked, as they are now.

    Raises: OwnerGone for a user who is not there any more, or not active.
    """
    scopes, method = kept.get("scopes"), str(kept.get("method", ""))
    claims: dict[str, Any] = dict(kept.get("claims") or {})
    limits = None if scopes is None else frozenset(scopes)
    if kept.get("user") is None and not claims.get("client_id"):
        raise OwnerGone("Nobody has asked for this job.")
    if kept.get("user") is None:
        return ClientPrincipal(method=method, claims=claims, scopes=limits)
    return Principal(_user(str(kept["user"])), method, claims, limits)


def judge_again(rule: Rule, principal: Principal, *, has_member: bool = False) -> Verdict:
    """Ask an operation's rule once more, on the worker.

    A proof of who one is was fresh when the job was asked for, which is when that counts.
    Shapes: a rule may answer a Q where there is a member that it is about.
    Raises: NotAllowed where it says no by now.
    """
    fresh = frozenset(use for use in rule.uses if use[0] == "verified")
    asking = principal
    if fresh and principal.user is not None:
        asking = Supposed(principal.user, principal.method, principal.claims, principal.scopes, uses=fresh)
    verdict = rule(asking)
    if verdict is not True and not (has_member and isinstance(verdict, Q)):
        raise NotAllowed("Whoever asked for this job may not do so any more.")
    return verdict


def _user(key: str) -> Any:
    model: Any = get_user_model()
    try:
        found = model._base_manager.using(router.db_for_write(model)).filter(pk=key).first()
    except (ValueError, ValidationError):  # of another kind of key, that the project had once
        found = None
    if found is None or not getattr(found, "is_active", True):
        raise OwnerGone("The user who asked for this job is not there any more, or not active.")
    return found
