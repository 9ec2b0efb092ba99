"""Mount the Nuages API as its users do."""

from django.urls import path

from on_django.nuages_api import api

urlpatterns = [path("api/", api.urls)]
