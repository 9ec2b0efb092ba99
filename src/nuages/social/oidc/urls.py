"""Where OpenID Connect providers send browsers back to: allauth's names and paths, our views."""

from __future__ import annotations

from allauth.socialaccount import app_settings
from django.urls import path

from nuages.social.oidc import views

_PREFIX = f"{app_settings.OPENID_CONNECT_URL_PREFIX}/".lstrip("/")

urlpatterns = [
    path(f"{_PREFIX}<str:provider_id>/login/", views.login, name="openid_connect_login"),
    path(f"{_PREFIX}<str:provider_id>/login/callback/", views.callback, name="openid_connect_callback"),
]
