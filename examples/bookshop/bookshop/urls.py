"""Turn paths into views: the API beside the admin, an ordinary include."""

from django.contrib import admin
from django.urls import path

from shop.api import api

urlpatterns = [
    path("api/", api.urls),
    path("admin/", admin.site.urls),
]
