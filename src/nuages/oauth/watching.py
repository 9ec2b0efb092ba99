"""Begin another epoch when a token or an app changes through Django, so that what is remembered of it is forgotten."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db.models.signals import post_delete, post_save
from django.utils import timezone

from nuages.identify import epoch


def watch_tokens() -> None:
    """Connect the signals, where django-oauth-toolkit is installed; without it the checks say so."""
    if not apps.is_installed("oauth2_provider"):
        return
    from oauth2_provider.models import get_access_token_model, get_application_model  # noqa: PLC0415  # an extra

    for model in (get_access_token_model(), get_application_model()):
        post_save.connect(_saved, sender=model, dispatch_uid=f"nuages.oauth.saved.{model._meta.label}")
        post_delete.connect(_deleted, sender=model, dispatch_uid=f"nuages.oauth.deleted.{model._meta.label}")


def _saved(sender: Any, using: str, *, created: bool = False, **_: Any) -> None:  # noqa: ARG001  # a signal's signature
    if not created:
        epoch.begin(using)


def _deleted(sender: Any, instance: Any, using: str, **_: Any) -> None:  # noqa: ARG001  # a signal's signature
    """An access token that is over anyway changes nothing: a clean-up of many leaves the memory as it is."""
    expires = getattr(instance, "expires", None)
    if expires is None or expires > timezone.now():
        epoch.begin(using)
