"""What `path("social/", include("nuages.social.urls"))` takes: of allauth's endpoints those that such logins need.

allauth's own logins by password are not among them: theirs are other limits than those of `/auth/token`.
Source: docs.allauth.org, "API Specification" of headless, whose paths and names these are.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from allauth import app_settings
from allauth.headless.account.views import SessionView, VerifyEmailView
from allauth.headless.base.views import ConfigView
from allauth.headless.constants import Client
from allauth.headless.socialaccount import views as social
from allauth.urls import build_provider_urlpatterns
from django.urls import include, path

from nuages.factors.relying_party import read_relying_party
from nuages.social.answers import of_readable_answers, of_readable_tokens
from nuages.social.bodies import of_sound_bodies
from nuages.social.exchange import exchange

_ENDPOINTS: dict[str, Any] = {
    "config": ConfigView,
    "auth/session": SessionView,
    "auth/email/verify": VerifyEmailView,
    "auth/provider/token": social.ProviderTokenView,
    "auth/provider/signup": social.ProviderSignupView,
    "account/providers": social.ManageProvidersView,
}
if app_settings.MFA_ENABLED:  # whoever has a second factor shows it after this login too
    from allauth.headless.mfa.views import AuthenticateView  # its models want its app

    _ENDPOINTS["auth/2fa/authenticate"] = AuthenticateView
    if read_relying_party() is not None:
        from nuages.social.second_step import PasskeyView

        _ENDPOINTS["auth/webauthn/authenticate"] = PasskeyView


# Not for apps: their session is not the one that a browser would come back with.
_OF_BROWSERS: dict[str, Any] = {"auth/provider/redirect": social.RedirectToProviderView}


def _paths(client: Client) -> Iterator[Any]:
    views = {**_ENDPOINTS, **_OF_BROWSERS} if client == Client.BROWSER else _ENDPOINTS
    for place, view in views.items():
        answer = view.as_api_view(client=client)
        answer = of_readable_tokens(answer) if view is social.ProviderTokenView else answer
        yield path(place, of_sound_bodies(answer) if view.handle_json_input else answer, name=place)


urlpatterns = [
    path("tokens", exchange, name="nuages_social_tokens"),
    path("browser/v1/", include((list(_paths(Client.BROWSER)), "social_browser"))),
    path("app/v1/", include((list(_paths(Client.APP)), "social_app"))),
    *of_readable_answers(build_provider_urlpatterns()),
]
