"""Find what keeps second factors in this project, if anything does. The one place that knows django-allauth's name."""

from __future__ import annotations

from django.apps import apps

from nuages.factors.of_allauth import AllauthFactor

APP = "allauth.mfa"


def find_factor() -> AllauthFactor | None:
    """What django-allauth keeps, where its app is installed; without it nothing is asked, and no statement is run."""
    return AllauthFactor() if apps.is_installed(APP) else None
