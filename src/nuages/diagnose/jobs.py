"""Let a process that runs jobs know those that endpoints and actions are: by building the APIs that declare them."""

from __future__ import annotations

import logging

from django.conf import settings
from django.urls import get_resolver

from nuages.api import registered_apis
from nuages.errors import DeclarationError
from nuages.logs import log_entry


def build_apis() -> None:
    """Build every API that the project's URLconf leads to; of one that cannot start the log tells."""
    if getattr(settings, "ROOT_URLCONF", None):
        get_resolver().url_patterns  # noqa: B018  # importing the URLconf is what registers the APIs
    for api in registered_apis():
        if api.has_jobs:
            try:
                api.build()
            except DeclarationError as error:
                log_entry(logging.ERROR, "The jobs of %s cannot be run.", api.title, error=error)
