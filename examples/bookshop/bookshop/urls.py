"""Turn paths into views: the API beside the admin and the OAuth provider, ordinary includes."""

from django.contrib import admin
from django.contrib.auth.views import LoginView
from django.urls import include, path
from django.views.generic import TemplateView

from shop.api import api

urlpatterns = [
    path("api/", api.urls),
    path("account/", TemplateView.as_view(template_name="shop/account.html")),
    path("admin/", admin.site.urls),
    path("login/", LoginView.as_view(template_name="shop/login.html"), name="login"),
    path("oauth/", include("nuages.oauth.urls")),
    path("", include("nuages.oauth.metadata_urls")),
]
