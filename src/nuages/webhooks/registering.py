"""Turn a URL and types of events into an endpoint, and give its secret, once. Who may do so, the project knows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connections
from django.db.models.functions import Now
from django.views.decorators.debug import sensitive_variables

from nuages.change.transactions import run_change
from nuages.errors import Conflict, Fault, Unprocessable, suggest
from nuages.webhooks import addresses, sealing
from nuages.webhooks.tables import alias_of_webhooks, endpoint_rows
from nuages.webhooks.terms import MAX_ENDPOINTS, known_events

ALL = "*"


@sensitive_variables()
def register(url: str, events: Sequence[str], *, owner: Any) -> tuple[Any, str]:
    """Store an endpoint, and give it with its secret, which is shown now and never again.

    Shapes: `events` are types, or ["*"]; `owner` is a user, or None for an endpoint of the project's own, which hears
        of everybody's events.
    Units: looks the URL's name up, for some seconds at most: call it outside of a transaction.
    Raises: Unprocessable, with faults at /url and /events; Conflict where this owner has as many as one may have.
    """
    demand_events(events)
    addresses.check(url)
    sealed, secret = sealing.begin()

    def change() -> Any:
        if owner is not None:
            _demand_room(owner)
        words = " ".join(sorted(set(events)))
        return endpoint_rows().create(url=url, events=words, owner=owner, sealed_secrets=sealed)

    return run_change(connections[alias_of_webhooks()], change), secret


def demand_events(events: Sequence[str]) -> None:
    """Refuse types of events that there are not.

    Raises: Unprocessable.
    """
    known = known_events()
    faults = [
        Fault(f"/events/{place}", "unknown-event", f"There is no event {each[:80]!r}. {suggest(each, known)}".strip())
        for place, each in enumerate(events)
        if each not in known and each != ALL
    ]
    if not events:
        faults = [Fault("/events", "no-event", f"Name one at least. {suggest('', known)}".strip())]
    if faults:
        raise Unprocessable(faults[0].detail, faults=faults, code=faults[0].code)


@sensitive_variables()
def renew_secret(endpoint: Any) -> str:
    """Give an endpoint another secret; for a day the last one signs as well, so that nothing is refused meanwhile.

    Raises: UnreadableSecret.
    """
    endpoint.sealed_secrets, secret = sealing.renew(endpoint.sealed_secrets)
    endpoint.save(update_fields=["sealed_secrets"])
    return secret


def disable(endpoint_id: Any, why: str) -> bool:
    """Call an endpoint no more; says whether it was active."""
    rows = endpoint_rows().filter(pk=endpoint_id, is_active=True)
    return bool(rows.update(is_active=False, disabled_at=Now(), disabled_why=why))


def enable(endpoint_id: Any) -> None:
    """Call an endpoint again."""
    rows = endpoint_rows().filter(pk=endpoint_id)
    rows.update(is_active=True, disabled_at=None, disabled_why="", failing_since=None)


def _demand_room(owner: Any) -> None:
    """Lock the owner, so that two at once do not both find the last place."""
    users = get_user_model()._base_manager.using(alias_of_webhooks())
    users.select_for_update().filter(pk=owner.pk).first()
    if endpoint_rows().filter(owner_id=owner.pk).count() >= MAX_ENDPOINTS.count:
        detail = f"You have {MAX_ENDPOINTS.count} webhooks already. Delete one."
        raise Conflict(detail, code="too-many-webhooks")
