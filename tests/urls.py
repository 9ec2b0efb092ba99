"""The URLs of the tests: the bookshop's API, the zoo's, and the admin."""

from django.contrib import admin
from django.urls import path

from shop.api import api as shop_api
from tests.zoo.api import api as zoo_api
from tests.zoo.api import postgres_api

urlpatterns = [
    path("api/", shop_api.urls),
    path("zoo/", zoo_api.urls),
    path("listings/", postgres_api.urls),
    path("admin/", admin.site.urls),
]
