"""Show what is wrong in declarations as Django system checks, `nuages.E0xx`, each with its hint."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004  # Django's name
from django.urls import get_resolver

from nuages.accounts.mistakes import deploy_mistakes
from nuages.api import registered_apis
from nuages.errors import Misdeclared


@register("nuages")
def check_declarations(**_: Any) -> list[CheckMessage]:
    """Build every API that the project's URLconf leads to, and report its mistakes and remarks.

    Source: docs.djangoproject.com, "System check framework".
    """
    get_resolver().url_patterns  # noqa: B018  # importing the URLconf is what registers the APIs
    found: list[CheckMessage] = []
    for api in registered_apis():
        found += [Error(*_words(mistake), id=mistake.id) for mistake in api.mistakes()]
        found += [Warning(*_words(remark), id=remark.id) for remark in api.remarks()]
    return found


@register("nuages", deploy=True)
def check_mails(**_: Any) -> list[CheckMessage]:
    """Report what a site that is there for others must not have; `check --deploy` alone asks for it."""
    return [Error(*_words(mistake), id=mistake.id) for mistake in deploy_mistakes()]


def _words(said: Misdeclared) -> tuple[str, str | None]:
    return f"{said.place}: {said.message}", said.hint or None
