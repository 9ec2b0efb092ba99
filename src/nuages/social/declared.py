"""Turn SOCIALACCOUNT_PROVIDERS and its neighbours into mistakes, where they let in whom they should not.

Providers that stand in the database are the admin's, and are not looked at here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings

from nuages.errors import Misdeclared

_ID = "nuages.E045"
_PLACE = "settings.SOCIALACCOUNT_PROVIDERS"
_OIDC = "openid_connect"
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def provider_mistakes() -> Iterator[Misdeclared]:
    """What is wrong or unsafe anywhere."""
    if getattr(settings, "SOCIALACCOUNT_LOGIN_ON_GET", False):
        message = "lets any page log its visitors in under a name of its own."
        yield Misdeclared(_ID, "settings.SOCIALACCOUNT_LOGIN_ON_GET", message, "Remove it.")
    yield from _class_mistakes()
    found = _oidc_apps()
    for name, count in Counter(app.get("provider_id") for app in found).items():
        if not isinstance(name, str) or not name or count > 1:
            message = f"{_OIDC}: the provider_id {name!r} is missing or there twice."
            yield Misdeclared(_ID, _PLACE, message, "Each is a text of its own: it stands in the callback's path.")
    for app in found:
        parts = urlsplit(_server_url(app))
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
            message = f"{_OIDC}: the server_url of {app.get('provider_id')!r} is no https URL."
            yield Misdeclared(_ID, _PLACE, message, '"settings": {"server_url": "https://..."}')
    yield from _address_mistakes()
    yield from _verifier_mistakes()


def deploy_mistakes() -> Iterator[Misdeclared]:
    """What is wrong in production."""
    if find_spec("allauth") is None or not apps.is_installed("allauth.socialaccount"):
        return
    for app in _oidc_apps():
        if urlsplit(_server_url(app)).scheme != "https":
            message = f"{_OIDC}: {app.get('provider_id')!r} is asked without TLS."
            yield Misdeclared(_ID, _PLACE, message, "Give an https server_url.")
    for name, given, _ in _declared():
        if given.get("OAUTH_PKCE_ENABLED") is False or given.get("oauth_pkce_enabled") is False:
            message = f"{name}: PKCE is off, which keeps a stolen code from being used."
            yield Misdeclared(_ID, _PLACE, message, "Remove oauth_pkce_enabled (RFC 9700 section 2.1.1).")
    if getattr(settings, "SOCIALACCOUNT_STORE_TOKENS", False):
        message = "keeps the providers' tokens in clear: whoever reads the database can use them."
        yield Misdeclared(_ID, "settings.SOCIALACCOUNT_STORE_TOKENS", message, "Remove it.")


def _class_mistakes() -> Iterator[Misdeclared]:
    from allauth.socialaccount.providers import registry  # noqa: PLC0415  # an optional dependency

    from nuages.social.oidc.flow import GuardedProvider  # noqa: PLC0415  # an optional dependency

    found = registry.get_class(_OIDC)
    if found is None or not issubclass(found, GuardedProvider):
        message = f"another app's {_OIDC} stands in the place of nuages.social's, and checks no nonce."
        hint = f'Put "nuages.social" behind "allauth.socialaccount.providers.{_OIDC}", and name no provider_class.'
        yield Misdeclared(_ID, "settings.INSTALLED_APPS", message, hint)


def _address_mistakes() -> Iterator[Misdeclared]:
    """An address that nobody has verified must not let anybody in as its owner."""
    everywhere = getattr(settings, "SOCIALACCOUNT_EMAIL_AUTHENTICATION", False)
    for name, given, around in _declared():
        by_address = _first(given.get("email_authentication"), everywhere or around.get("EMAIL_AUTHENTICATION"))
        is_taken = _first(given.get("verified_email"), around.get("VERIFIED_EMAIL"))
        if by_address and is_taken is True:
            message = f"{name}: whatever address this provider gives counts as verified, and lets in as its owner."
            hint = "Remove VERIFIED_EMAIL, or list the domains whose mail this provider itself runs."
            yield Misdeclared(_ID, _PLACE, message, hint)


def _verifier_mistakes() -> Iterator[Misdeclared]:
    """allauth sends a challenge to every provider, and the verifier to those alone that it asks for tokens by POST."""
    from allauth.socialaccount.providers import registry  # noqa: PLC0415  # an optional dependency

    for name, given, _ in _declared():
        found = registry.get_class(name)
        method = getattr(getattr(found, "oauth2_adapter_class", None), "access_token_method", "POST")
        if method == "GET" and (given.get("OAUTH_PKCE_ENABLED") or given.get("oauth_pkce_enabled")):
            message = f"{name}: with PKCE each login would be refused, since allauth sends no verifier by its GET."
            yield Misdeclared(_ID, _PLACE, message, "Remove OAUTH_PKCE_ENABLED of this provider.")


def _first(given: Any, otherwise: Any) -> Any:
    return otherwise if given is None else given


def _declared() -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    """Each app of each provider: its name, its own settings, and those of the provider."""
    for name, provider in getattr(settings, "SOCIALACCOUNT_PROVIDERS", {}).items():
        for app in _apps_of(provider) or [{}]:
            yield str(app.get("provider_id") or name), {**app.get("settings", {}), **_pkce(provider)}, provider


def _pkce(provider: Mapping[str, Any]) -> dict[str, Any]:
    return {"OAUTH_PKCE_ENABLED": provider["OAUTH_PKCE_ENABLED"]} if "OAUTH_PKCE_ENABLED" in provider else {}


def _oidc_apps() -> list[Mapping[str, Any]]:
    return _apps_of(getattr(settings, "SOCIALACCOUNT_PROVIDERS", {}).get(_OIDC, {}))


def _apps_of(provider: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    apps_given = provider.get("APPS")
    return list(apps_given) if apps_given is not None else [provider["APP"]] if provider.get("APP") else []


def _server_url(app: Mapping[str, Any]) -> str:
    return str(app.get("settings", {}).get("server_url", ""))
