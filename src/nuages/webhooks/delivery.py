"""Deliver one event to one endpoint: a job, tried for about a day. Each attempt is noted, whatever came of it.

The address is checked anew at each attempt. Nothing is done inside a transaction that waits for somebody else's server.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from typing import Any

from django.db import connections
from django.db.models import F
from django.db.models.functions import Now

from nuages.change.transactions import run_change
from nuages.jobs import JobContext, job
from nuages.logs import log_entry
from nuages.webhooks import sealing
from nuages.webhooks.addresses import ForbiddenAddress, find, read_url
from nuages.webhooks.calling import DEADLINE_S, Outcome, post
from nuages.webhooks.registering import disable
from nuages.webhooks.signing import sign
from nuages.webhooks.tables import alias_of_webhooks, attempt_rows, delivery_rows, endpoint_rows
from nuages.webhooks.terms import GIVE_UP_DAYS

MAX_ATTEMPTS = 14
LOG = "nuages.webhooks"
FAILING_DEADLINE_S = 5.0  # who has just failed keeps a worker for no longer
_GONE = 410


class NotDelivered(Exception):
    """An attempt that failed, and is made again."""


# 30 s, 1 min, 2 min ... 4 h, and then 6 h: 26 hours in all.
@job(max_attempts=MAX_ATTEMPTS, backoff_s=30.0, max_backoff_s=21_600.0, time_limit_s=60.0, priority=-1)
def deliver(context: JobContext, delivery_id: str) -> str:
    """Make one attempt; gives what came of it, where no other one is to be made.

    Raises: NotDelivered.
    """
    delivery = delivery_rows().select_related("endpoint__owner").filter(pk=delivery_id).first()
    if delivery is None or delivery.delivered_at is not None:
        return "nothing to do"
    if not _may_hear(delivery.endpoint):
        delivery_rows().filter(pk=delivery.pk).update(failed_at=Now(), error="disabled")
        return "the endpoint is disabled"
    outcome = _attempt(delivery)
    is_last = context.attempt >= MAX_ATTEMPTS or outcome.status == _GONE
    run_change(connections[alias_of_webhooks()], lambda: _note(delivery, outcome, is_last=is_last))
    if not outcome.is_success and outcome.status != _GONE:
        raise NotDelivered(f"{delivery}: {outcome.status or outcome.error} after {outcome.duration_ms} ms.")
    return f"{outcome.status}"


def _may_hear(endpoint: Any) -> bool:
    return endpoint.is_active and (endpoint.owner is None or endpoint.owner.is_active)


def _attempt(delivery: Any) -> Outcome:
    """Look the address up, check it, and call it.

    Raises: UnreadableSecret.
    """
    body, began_s = delivery.payload.encode(), time.monotonic()
    headers = sign(delivery.message_id, int(time.time()), body, sealing.read(delivery.endpoint.sealed_secrets))
    headers |= {"Content-Type": "application/json", "User-Agent": "nuages-webhooks"}
    try:
        target = read_url(delivery.endpoint.url)
        addresses = find(target)
    except ForbiddenAddress as refused:
        return Outcome(None, refused.code, round((time.monotonic() - began_s) * 1000))
    deadline_s = DEADLINE_S if delivery.endpoint.failing_since is None else FAILING_DEADLINE_S
    return post(target, addresses, headers, body, deadline_s=deadline_s)


def _note(delivery: Any, outcome: Outcome, *, is_last: bool) -> None:
    told = {"status_code": outcome.status, "error": outcome.error}
    attempt_rows().create(delivery_id=delivery.pk, duration_ms=outcome.duration_ms, **told)
    ends = {"delivered_at": Now()} if outcome.is_success else {"failed_at": Now()} if is_last else {}
    delivery_rows().filter(pk=delivery.pk).update(attempts=F("attempts") + 1, **told, **ends)
    if outcome.is_success:
        endpoint_rows().filter(pk=delivery.endpoint_id, failing_since__isnull=False).update(failing_since=None)
    else:
        _count_against(delivery.endpoint_id, is_gone=outcome.status == _GONE)


def _count_against(endpoint_id: Any, *, is_gone: bool) -> None:
    """Call an endpoint no more that is gone, or has failed for days without one success."""
    endpoint_rows().filter(pk=endpoint_id, failing_since__isnull=True).update(failing_since=Now())
    long_ago = Now() - dt.timedelta(days=GIVE_UP_DAYS.value)
    has_failed = endpoint_rows().filter(pk=endpoint_id, failing_since__lte=long_ago).exists()
    why = "gone" if is_gone else "failing" if has_failed else ""
    if why and disable(endpoint_id, why):
        log_entry(logging.WARNING, "The webhook endpoint %s is disabled: %s.", endpoint_id, why, log=LOG)
