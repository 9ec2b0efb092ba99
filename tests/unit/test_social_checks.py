"""Settings that keep logins by other providers from working, or from being safe, are named by E045 at start-up."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.checks import run_checks
from django.urls import path

from nuages import API, Bearer

api = API(title="Checked logins", authenticate=[Bearer()])
another = API(title="Others", authenticate=[Bearer()])
urlpatterns = [path("api/", api.urls), path("others/", another.urls)]
pytestmark = [pytest.mark.urls(__name__)]
SAFE = {"provider_id": "a", "client_id": "x", "secret": "y", "settings": {"server_url": "https://a.example"}}
Change = Callable[[Any], None]


@pytest.fixture
def project(settings: Any) -> Any:
    """A project that is declared right."""
    settings.NUAGES_SOCIAL_API = "Checked logins"
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [SAFE]}}
    return settings


def found(*, deploy: bool = False) -> list[str]:
    """What E045 says."""
    shown = run_checks(tags=["nuages"], include_deployment_checks=deploy)
    return [f"{each.msg} {each.hint}" for each in shown if each.id == "nuages.E045"]


def without(setting: str, name: str) -> Change:
    """Take one out of a list."""
    return lambda settings: setattr(settings, setting, [each for each in getattr(settings, setting) if each != name])


def with_app(**changes: Any) -> Change:
    """Declare the provider otherwise."""
    return with_providers(openid_connect={"APPS": [{**SAFE, **changes}]})


def with_providers(**providers: Any) -> Change:
    """Declare other providers."""
    return lambda settings: setattr(settings, "SOCIALACCOUNT_PROVIDERS", providers)


def with_setting(name: str, value: Any) -> Change:
    """Set one thing."""
    return lambda settings: setattr(settings, name, value)


def address_trusted(settings: Any) -> None:
    """Each address of the provider counts as verified, and lets in."""
    settings.SOCIALACCOUNT_EMAIL_AUTHENTICATION = True
    with_providers(github={"APP": {"client_id": "x"}, "VERIFIED_EMAIL": True})(settings)


def pages_missing(settings: Any) -> None:
    """Neither the project's pages nor allauth's are there."""
    settings.HEADLESS_ONLY = False


WRONG: dict[str, tuple[Change, str]] = {
    "no allauth app": (without("INSTALLED_APPS", "allauth.headless"), "allauth.headless too"),
    "no middleware of allauth's": (without("MIDDLEWARE", "allauth.account.middleware.AccountMiddleware"), "is missing"),
    "no CSRF middleware": (without("MIDDLEWARE", "django.middleware.csrf.CsrfViewMiddleware"), "is missing"),
    "another strategy": (
        with_setting("HEADLESS_TOKEN_STRATEGY", "allauth.headless.tokens.strategies.jwt.JWTTokenStrategy"),
        "tokens that no API takes",
    ),
    "a strategy that is not there": (with_setting("HEADLESS_TOKEN_STRATEGY", "no.where"), "FamilyTokens"),
    "another adapter": (
        with_setting("SOCIALACCOUNT_ADAPTER", "allauth.socialaccount.adapter.DefaultSocialAccountAdapter"),
        "SocialAdapter",
    ),
    "sessions in cookies": (
        with_setting("SESSION_ENGINE", "django.contrib.sessions.backends.signed_cookies"),
        "no logout can end",
    ),
    "no pages of allauth's": (pages_missing, "HEADLESS_ONLY = True"),
    "no page for errors": (
        with_setting("HEADLESS_FRONTEND_URLS", {"account_confirm_email": "/"}),
        "socialaccount_login_error",
    ),
    "no page for mails": (
        with_setting("HEADLESS_FRONTEND_URLS", {"socialaccount_login_error": "/"}),
        "account_confirm_email",
    ),
    "no page for those who are known": (with_setting("ACCOUNT_EMAIL_VERIFICATION", "mandatory"), "account_signup"),
    "an API that is not there": (with_setting("NUAGES_SOCIAL_API", "Bookshelf"), "no API named 'Bookshelf'"),
    "no API of several": (with_setting("NUAGES_SOCIAL_API", None), "several APIs"),
    "a login by a link": (with_setting("SOCIALACCOUNT_LOGIN_ON_GET", True), "lets any page"),
    "no id": (with_app(provider_id=""), "missing or there twice"),
    "an id twice": (with_providers(openid_connect={"APPS": [SAFE, SAFE]}), "missing or there twice"),
    "no TLS": (with_app(settings={"server_url": "http://a.example"}), "no https URL"),
    "no address": (with_app(settings={}), "no https URL"),
    "an address of the cloud's": (with_app(settings={"server_url": "http://169.254.169.254"}), "no https URL"),
    "every address is verified": (address_trusted, "counts as verified"),
    "every address of one": (
        with_app(settings={"server_url": "https://a.example", "email_authentication": True, "verified_email": True}),
        "counts as verified",
    ),
}
UNSAFE: dict[str, tuple[Change, str]] = {
    "no TLS on this machine": (with_app(settings={"server_url": "http://127.0.0.1:8001"}), "without TLS"),
    "no PKCE": (with_app(settings={"server_url": "https://a.example", "oauth_pkce_enabled": False}), "PKCE is off"),
    "no PKCE at GitHub": (
        with_providers(github={"APP": {"client_id": "x"}, "OAUTH_PKCE_ENABLED": False}),
        "PKCE is off",
    ),
    "tokens in clear": (with_setting("SOCIALACCOUNT_STORE_TOKENS", True), "in clear"),
}


def test_a_project_that_is_right_is_not_named(project: Any) -> None:
    """Neither in development nor in production; nor with addresses of domains whose mail the provider runs."""
    assert found() == found(deploy=True) == []
    of_domain = {"server_url": "https://a.example", "email_authentication": True, "verified_email": ["a.example"]}
    with_app(settings=of_domain)(project)
    assert found(deploy=True) == []


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_named(project: Any, case: str) -> None:
    """One mistake for each thing, which says what to do."""
    change, said = WRONG[case]
    change(project)
    assert any(said in message for message in found())


@pytest.mark.parametrize("case", UNSAFE)
def test_what_is_unsafe_in_production_is_named_there(project: Any, case: str) -> None:
    """It is no mistake on a developer's machine."""
    change, said = UNSAFE[case]
    change(project)
    assert found() == []
    (message,) = found(deploy=True)
    assert said in message


def test_allauths_own_provider_in_place_of_ours_is_named(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it is where "nuages.social" stands before allauth's provider."""
    from allauth.socialaccount.providers import registry  # noqa: PLC0415
    from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider  # noqa: PLC0415

    monkeypatch.setitem(registry.provider_map, "openid_connect", OpenIDConnectProvider)
    (message,) = found()
    assert "checks no nonce" in message


def test_a_missing_extra_is_named(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to install; nothing of django-allauth is imported then."""
    monkeypatch.setattr("nuages.social.checks.find_spec", lambda _: None)
    (message,) = found()
    assert "pip install nuages[social]" in message
