"""Keep the tables of webhooks small and readable: a job of every night, where the app is installed."""

from __future__ import annotations

import datetime as dt

from django.db.models.functions import Now

from nuages.jobs import job
from nuages.webhooks import sealing
from nuages.webhooks.tables import attempt_rows, delivery_rows, endpoint_rows
from nuages.webhooks.terms import KEEP_DAYS

_BATCH = 1_000


@job(schedule="17 3 * * *")
def tidy_webhooks() -> int:
    """Forget old deliveries, and seal by the SECRET_KEY of now what an older one sealed; gives how many are gone."""
    reseal_secrets()
    return forget_deliveries()


def reseal_secrets() -> None:
    """Seal every secret by the SECRET_KEY of now, so that a fallback may be taken away the next day."""
    for endpoint in endpoint_rows().only("pk", "sealed_secrets").iterator():
        try:
            kept = sealing.reseal(endpoint.sealed_secrets)
        except sealing.UnreadableSecret:
            continue
        endpoint_rows().filter(pk=endpoint.pk, sealed_secrets=endpoint.sealed_secrets).update(sealed_secrets=kept)


def forget_deliveries() -> int:
    """Delete the deliveries that are older than NUAGES_WEBHOOK_KEEP_DAYS, in batches, and say how many."""
    old, count = delivery_rows().filter(created_at__lt=Now() - dt.timedelta(days=KEEP_DAYS.value)), 0
    while keys := list(old.values_list("pk", flat=True)[:_BATCH]):
        attempt_rows().filter(delivery__in=keys).delete()
        count += delivery_rows().filter(pk__in=keys).delete()[0]
    return count
