"""The URLs of the tests: the bookshop's API, the zoo's, the admin, and the OAuth provider."""

from django.contrib import admin
from django.urls import include, path

from shop.api import api as shop_api
from tests.zoo.api import api as zoo_api
from tests.zoo.api import postgres_api

urlpatterns = [
    path("api/", shop_api.urls),
    path("zoo/", zoo_api.urls),
    path("listings/", postgres_api.urls),
    path("admin/", admin.site.urls),
    path("oauth/", include("nuages.oauth.urls")),
    path("", include("nuages.oauth.metadata_urls")),
]
