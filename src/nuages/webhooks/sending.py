"""Turn an event into deliveries and their jobs, in the transaction of whoever tells of it. Nothing is sent here."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any

import msgspec
from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist
from django.db import transaction
from django.db.models import Q, Value
from django.db.models.functions import Concat

from nuages.errors import Conflict, suggest
from nuages.webhooks.delivery import deliver
from nuages.webhooks.tables import alias_of_webhooks, delivery_rows, endpoint_rows
from nuages.webhooks.terms import known_events

MOST_BYTES = 256 * 1024
PING = "ping"


class _Everybody:
    """Every owner there is."""


EVERYBODY = _Everybody()


def send_webhook(event_type: str, data: Any, *, owners: Iterable[Any] | _Everybody | None = None) -> int:
    """Tell all who want to know of an event, when the transaction that this is part of has been committed.

    Shapes: `data` is what msgspec writes as JSON; of `owners`, users or their keys, those hear of it who have
        subscribed to it, and EVERYBODY who has; endpoints without an owner, the project's own, hear of everything.
        Gives how many are told.
    Raises: ValueError for a type that NUAGES_WEBHOOK_EVENTS does not name, or for more than 256 kB; TypeError for what
        JSON cannot hold.
    Source: Standard Webhooks, specification 1.0.0, "Payload structure".
    """
    if event_type not in known_events():
        hint = suggest(event_type, known_events())
        raise ValueError(f"There is no event {event_type!r} in settings.NUAGES_WEBHOOK_EVENTS. {hint}".strip())
    payload = _payload(event_type, data)
    found = _subscribed(event_type, owners).values_list("pk", flat=True)
    return len(_deliver(event_type, payload, found))


def send_ping(endpoint: Any) -> Any:
    """Send an endpoint an event of the type "ping", whatever it has subscribed to; gives the delivery.

    Raises: Conflict while the last one is under way: who does not answer must not keep workers busy with pings.
    """
    waiting = delivery_rows().filter(endpoint=endpoint.pk, event_type=PING, delivered_at=None, failed_at=None)
    if waiting.exists():
        raise Conflict("The last ping is still under way.", code="ping-under-way")
    return _deliver(PING, _payload(PING, {}), [endpoint.pk])[0]


def send_again(delivery: Any) -> str:
    """Send what has been delivered, or has failed for good, once more, as the same message; gives the job's id."""
    with transaction.atomic(using=alias_of_webhooks()):
        job_id = deliver.enqueue(str(delivery.pk))
        delivery_rows().filter(pk=delivery.pk).update(job=job_id, delivered_at=None, failed_at=None)
    return job_id


def _deliver(event_type: str, payload: str, endpoints: Iterable[Any]) -> list[Any]:
    model = apps.get_model("nuages_webhooks", "WebhookDelivery")
    with transaction.atomic(using=alias_of_webhooks()):
        made = [model(id=uuid.uuid4(), endpoint_id=each, event_type=event_type, payload=payload) for each in endpoints]
        for each in made:
            each.job = deliver.enqueue(str(each.pk))
        delivery_rows().bulk_create(made)
    return made


def _payload(event_type: str, data: Any) -> str:
    now = dt.datetime.now(dt.UTC)
    payload = msgspec.json.encode({"type": event_type, "timestamp": now, "data": data})
    if len(payload) > MOST_BYTES:
        raise ValueError(f"An event has {MOST_BYTES:,} bytes at most: tell its id, and let the receiver ask.")
    return payload.decode()


def _subscribed(event_type: str, owners: Iterable[Any] | _Everybody | None) -> Any:
    rows = endpoint_rows().filter(is_active=True).annotate(_words=Concat(Value(" "), "events", Value(" ")))
    rows = rows.filter(Q(_words__contains=f" {event_type} ") | Q(events="*") | Q(_words__contains=" * "))
    if isinstance(owners, _Everybody):
        return rows.filter(Q(owner=None) | _active())
    keys = [getattr(each, "pk", each) for each in owners or ()]
    return rows.filter(Q(owner=None) | (Q(owner__in=keys) & _active()))


def _active() -> Q:
    """Owners who may still log in; a user model need not have a field for it."""
    try:
        get_user_model()._meta.get_field("is_active")
    except FieldDoesNotExist:
        return Q(owner__isnull=False)
    return Q(owner__is_active=True)
