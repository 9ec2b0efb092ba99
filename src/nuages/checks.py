"""Show what is wrong in declarations as Django system checks, `nuages.E0xx`, each with its hint."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.urls import get_resolver

from nuages.api import registered_apis


@register("nuages")
def check_declarations(**_: Any) -> list[CheckMessage]:
    """Build every API that the project's URLconf leads to, and report its mistakes.

    Source: docs.djangoproject.com, "System check framework".
    """
    get_resolver().url_patterns  # noqa: B018  # importing the URLconf is what registers the APIs
    return [
        Error(f"{mistake.place}: {mistake.message}", hint=mistake.hint or None, id=mistake.id)
        for api in registered_apis()
        for mistake in api.mistakes()
    ]
