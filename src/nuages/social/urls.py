"""What `path("social/", include("nuages.social.urls"))` takes: of allauth's endpoints those that such logins need.

allauth's own logins by password are not among them: theirs are other limits than those of `/auth/token`.
Source: docs.allauth.org, "API Specification" of headless, whose paths and names these are.
"""

from __future__ import annotations

from typing import Any

from allauth import app_settings
from allauth.headless.account import views as account
from allauth.headless.base import urls as base
from allauth.headless.constants import Client
from allauth.headless.socialaccount import urls as socialaccount
from allauth.urls import build_provider_urlpatterns
from django.urls import include, path

from nuages.social.exchange import exchange


def _endpoints(client: Client) -> list[Any]:
    patterns = [
        path("auth/session", account.SessionView.as_api_view(client=client), name="current_session"),
        path("auth/email/verify", account.VerifyEmailView.as_api_view(client=client), name="verify_email"),
        *base.build_urlpatterns(client),
        *socialaccount.build_urlpatterns(client),
    ]
    if app_settings.MFA_ENABLED:  # whoever has a second factor shows it after this login too
        from allauth.headless.mfa import views as mfa  # noqa: PLC0415  # its models want its app

        view = mfa.AuthenticateView.as_api_view(client=client)
        patterns.append(path("auth/2fa/authenticate", view, name="mfa_authenticate"))
    return patterns


urlpatterns = [
    path("tokens", exchange, name="nuages_social_tokens"),
    path("browser/v1/", include((_endpoints(Client.BROWSER), "social_browser"))),
    path("app/v1/", include((_endpoints(Client.APP), "social_app"))),
    *build_provider_urlpatterns(),
]
