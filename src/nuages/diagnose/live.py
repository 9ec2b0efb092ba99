"""Name the models whose lists are live, of every API that the project's URLconf leads to."""

from __future__ import annotations

from django.conf import settings
from django.db.models import Model
from django.urls import get_resolver

from nuages.api import registered_apis


def live_models() -> set[type[Model]]:
    """The models of all resources with `live = True`; nothing is built for it."""
    if getattr(settings, "ROOT_URLCONF", None):
        get_resolver().url_patterns  # noqa: B018  # importing the URLconf is what registers the APIs
    return {model for api in registered_apis() for model in api.live_models()}
