"""Turn paths into views: the API, where its clients look for it."""

from django.urls import path

from blog.api import api

urlpatterns = [path("api/", api.urls)]
