"""Show what is wrong in OAUTH2_PROVIDER as Django system checks: E041 what is insecure, E042 what cannot be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.urls import NoReverseMatch, get_resolver, reverse

from nuages.errors import suggest
from nuages.oauth.demands import RIGHT, SAFE, unmet

_LEAST_KEY_BITS = 2048
_INSECURE, _WRONG = "nuages.E041", "nuages.E042"
_OWN_CLASSES = ("OAUTH2_VALIDATOR_CLASS", "OAUTH2_SERVER_CLASS", "OAUTH2_BACKEND_CLASS")


@register(Tags.security, deploy=True)
def check_safety(**_: Any) -> list[CheckMessage]:
    """Name each insecure value, one error for one value.

    Source: RFC 9700.
    """
    provider = _provider()
    return [] if provider is None else [
        Error(f"OAUTH2_PROVIDER[{demand.name!r}] {demand.reason}: {value!r}.", hint=demand.hint, id=_INSECURE)
        for demand, value in unmet(SAFE, provider)
    ]  # fmt: skip


@register("nuages")
def check_provider(**_: Any) -> list[CheckMessage]:
    """Name what is wrong wherever the project runs."""
    missing = [name for name in ("oauth2_provider", "nuages") if not apps.is_installed(name)]
    if missing:
        hint = "With django-oauth-toolkit: pip install nuages[oauth]" if "oauth2_provider" in missing else None
        return [Error(f"nuages.oauth needs {name!r} in INSTALLED_APPS.", hint=hint, id=_WRONG) for name in missing]
    return [Error(message, hint=hint or None, id=_WRONG) for message, hint in _mistakes(_provider())]


def _provider() -> Any:
    if not apps.is_installed("oauth2_provider"):
        return None
    from oauth2_provider.settings import oauth2_settings  # noqa: PLC0415  # an extra

    return oauth2_settings


def _mistakes(provider: Any) -> Iterator[tuple[str, str]]:
    for demand, value in unmet(RIGHT, provider):
        yield f"OAUTH2_PROVIDER[{demand.name!r}] {demand.reason}: {value!r}.", demand.hint
    for name in provider.user_settings:
        if name not in provider.defaults and not name.startswith("NUAGES_"):
            yield f"OAUTH2_PROVIDER[{name!r}] is no setting of django-oauth-toolkit.", suggest(name, provider.defaults)
    yield from _class_mistakes(provider)
    yield from _scope_mistakes(provider)
    yield from _issuer_mistakes(provider.OIDC_ISS_ENDPOINT)
    yield from _key_mistakes(provider)


def _class_mistakes(provider: Any) -> Iterator[tuple[str, str]]:
    from nuages.oauth.core import Core  # noqa: PLC0415  # they load models
    from nuages.oauth.server import Server  # noqa: PLC0415
    from nuages.oauth.validator import Validator  # noqa: PLC0415

    for name, own in zip(_OWN_CLASSES, (Validator, Server, Core), strict=True):
        if not (isinstance(given := getattr(provider, name), type) and issubclass(given, own)):
            yield (
                f"OAUTH2_PROVIDER[{name!r}] is no {own.__module__}.{own.__name__}, so that nothing here holds.",
                "Make OAUTH2_PROVIDER with nuages.oauth.provider_settings; a class of your own inherits from that one.",
            )


def _scope_mistakes(provider: Any) -> Iterator[tuple[str, str]]:
    for scope in provider.DEFAULT_SCOPES:
        if scope not in provider.SCOPES:
            yield f"OAUTH2_PROVIDER['DEFAULT_SCOPES'] names no scope: {scope!r}.", suggest(scope, provider.SCOPES)
    for app, scopes in provider.user_settings.get("NUAGES_APP_SCOPES", {}).items():
        for scope in scopes:
            if scope not in provider.SCOPES:
                yield f"app_scopes of the app {app!r} name no scope: {scope!r}.", suggest(scope, provider.SCOPES)


def _issuer_mistakes(issuer: Any) -> Iterator[tuple[str, str]]:
    """The issuer must be a URL at which the provider is mounted."""
    shape = "Write it as https://shop.example/oauth, where nuages.oauth.urls is mounted."
    parts = urlsplit(issuer) if isinstance(issuer, str) else None
    if parts is None or parts.scheme not in {"https", "http"} or not parts.netloc or "@" in parts.netloc:
        yield f"OAUTH2_PROVIDER['OIDC_ISS_ENDPOINT'] is no issuer: {issuer!r}.", shape
        return
    if parts.query or parts.fragment or issuer.endswith("/"):
        yield f"OAUTH2_PROVIDER['OIDC_ISS_ENDPOINT'] has a query, a fragment or a slash at its end: {issuer!r}.", shape
        return
    if not getattr(settings, "ROOT_URLCONF", None):
        return
    get_resolver().url_patterns  # noqa: B018  # imports the URLconf
    try:
        mounted = reverse("oauth2_provider:authorize").removesuffix("/authorize/")
    except NoReverseMatch:
        yield "nuages.oauth.urls is not in the URLconf.", 'path("oauth/", include("nuages.oauth.urls"))'
        return
    if mounted != parts.path:
        yield f"The provider is mounted at {mounted!r}, and the issuer is {issuer!r}.", shape


def _key_mistakes(provider: Any) -> Iterator[tuple[str, str]]:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415

    hint = "openssl genrsa 3072"
    for number, text in enumerate([provider.OIDC_RSA_PRIVATE_KEY, *provider.OIDC_RSA_PRIVATE_KEYS_INACTIVE]):
        if not text and not number and not provider.OIDC_ENABLED:
            continue
        try:
            key = load_pem_private_key(str(text).encode(), password=None)
        except (ValueError, TypeError):
            key = None
        if not isinstance(key, RSAPrivateKey | RSAPublicKey):
            yield f"Signing key {number} of the provider is no RSA private key as PEM.", hint
        elif key.key_size < _LEAST_KEY_BITS:
            yield f"Signing key {number} of the provider has {key.key_size} bits.", hint
