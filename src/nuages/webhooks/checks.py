"""Show what is wrong in the settings of webhooks as Django system checks: E078, and W078 for a site that is public."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004  # the name is Django's

from nuages.webhooks.terms import ID, setting_mistakes


@register("nuages")
def check_webhooks(**_: Any) -> list[CheckMessage]:
    """Name each wrong setting.

    Source: docs.djangoproject.com, "System check framework".
    """
    is_there = apps.is_installed("nuages")
    missing = [] if is_there else [Error("nuages.webhooks needs 'nuages' in INSTALLED_APPS.", id=ID)]
    wrong = [Error(f"{each.place}: {each.message}", hint=each.hint or None, id=each.id) for each in setting_mistakes()]
    return [*missing, *wrong]


@register("nuages", Tags.security, deploy=True)
def check_opened_networks(**_: Any) -> list[CheckMessage]:
    """Warn where whoever may register a webhook may call our own networks."""
    opened = getattr(settings, "NUAGES_WEBHOOK_ALLOWED_NETWORKS", ())
    if not opened:
        return []
    message = f"settings.NUAGES_WEBHOOK_ALLOWED_NETWORKS opens {', '.join(map(str, opened))} to webhooks."
    hint = "Leave it out, unless everybody who may register a webhook may call every server there."
    return [Warning(message, hint=hint, id="nuages.W078")]
