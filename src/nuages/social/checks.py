"""Show what is wrong or unsafe in a project's settings for logins by other providers, as Django system checks.

allauth is looked at only where it is installed.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.urls import NoReverseMatch, get_resolver, reverse
from django.utils.module_loading import import_string

from nuages.errors import Misdeclared
from nuages.social.declared import deploy_mistakes, provider_mistakes
from nuages.social.granting import token_apis

_ID = "nuages.E045"
_APPS = ("allauth", "allauth.account", "allauth.headless", "allauth.socialaccount", "nuages", "django.contrib.sessions")
_MIDDLEWARE = (
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
)
# Setting, the class that it must name or be a subclass of, and what happens without.
_CLASSES = (
    ("HEADLESS_TOKEN_STRATEGY", "nuages.social.tokens.FamilyTokens", "apps would get tokens that no API takes"),
    ("SOCIALACCOUNT_ADAPTER", "nuages.social.adapter.SocialAdapter", "redirects could carry codes to other hosts"),
)


@register("nuages")
def check_social(**_: Any) -> list[CheckMessage]:
    """Report what keeps logins by other providers from working, or from being safe."""
    return [_shown(mistake) for mistake in _mistakes()]


@register("nuages", deploy=True)
def check_social_deployment(**_: Any) -> list[CheckMessage]:
    """Report what is for a developer's machine alone."""
    return [_shown(mistake) for mistake in deploy_mistakes()]


def _shown(mistake: Misdeclared) -> CheckMessage:
    return Error(f"{mistake.place}: {mistake.message}", hint=mistake.hint or None, id=mistake.id)


def _mistakes() -> Iterator[Misdeclared]:
    if find_spec("allauth") is None:
        yield Misdeclared(_ID, "settings.INSTALLED_APPS", "django-allauth is not there.", "pip install nuages[social]")
        return
    missing = [name for name in _APPS if not apps.is_installed(name)]
    if missing:
        message = f"nuages.social wants {', '.join(missing)} too."
        yield Misdeclared(_ID, "settings.INSTALLED_APPS", message, "Add them before nuages.social, and migrate.")
        return
    for name in _MIDDLEWARE:
        if name not in settings.MIDDLEWARE:
            yield Misdeclared(_ID, "settings.MIDDLEWARE", f"{name!r} is missing.", "Add it.")
    yield from _class_mistakes()
    yield from _page_mistakes()
    yield from provider_mistakes()
    yield from _api_mistakes()


def _class_mistakes() -> Iterator[Misdeclared]:
    for setting, wanted, consequence in _CLASSES:
        named = getattr(settings, setting, None)
        try:
            is_right = isinstance(named, str) and issubclass(import_string(named), import_string(wanted))
        except (ImportError, TypeError):
            is_right = False
        if not is_right:
            message = f"is {named!r}: {consequence}."
            yield Misdeclared(_ID, f"settings.{setting}", message, f'Write "{wanted}", or a subclass of it.')
    if settings.SESSION_ENGINE == "django.contrib.sessions.backends.signed_cookies":
        message = "keeps sessions in cookies, which no logout can end."
        yield Misdeclared(_ID, "settings.SESSION_ENGINE", message, "Keep them in the database or in a cache.")


def _page_mistakes() -> Iterator[Misdeclared]:
    """Where allauth sends people who need a page: one of the project's own, or else one of allauth's."""
    if getattr(settings, "HEADLESS_ONLY", False) is not True:
        get_resolver().url_patterns  # noqa: B018  # a URLconf that cannot be read tells so by its own mistake
        try:
            reverse("socialaccount_login_cancelled")
        except NoReverseMatch:
            hint = 'Set HEADLESS_ONLY = True, or include "allauth.urls".'
            yield Misdeclared(_ID, "settings.HEADLESS_ONLY", "is not True, and allauth's pages are not there.", hint)
        return
    from allauth.account import app_settings  # noqa: PLC0415  # an optional dependency

    wanted = ["socialaccount_login_error"]
    if app_settings.EMAIL_VERIFICATION != "none":
        wanted.append("account_confirm_email")
    if app_settings.EMAIL_VERIFICATION == "mandatory":
        wanted += ["account_reset_password", "account_signup"]
    pages = getattr(settings, "HEADLESS_FRONTEND_URLS", {})
    for name in wanted:
        if name not in pages:
            hint = f'Name the page of your front end: {{"{name}": "/..."}}.'
            yield Misdeclared(_ID, "settings.HEADLESS_FRONTEND_URLS", f"{name!r} is missing.", hint)


def _api_mistakes() -> Iterator[Misdeclared]:
    get_resolver().url_patterns  # noqa: B018  # importing the URLconf is what registers the APIs
    found, title = token_apis(), getattr(settings, "NUAGES_SOCIAL_API", None)
    if len(found) == 1:
        return
    place = "settings.NUAGES_SOCIAL_API"
    if not found:
        message = "no API gives out tokens" if title is None else f"no API named {title!r} gives out tokens"
        yield Misdeclared(_ID, place, f"{message}.", "Write API(authenticate=[Bearer(), ...]).")
    else:
        titles = ", ".join(sorted({repr(api.title) for api in found}))
        message = f"several APIs give out tokens: {titles}."
        yield Misdeclared(_ID, place, message, "Name the one whose tokens these logins give, by its title.")
