"""The bookshop's URLs, and those of logins by others."""

from django.urls import include, path

from bookshop.urls import urlpatterns as shop_urls

urlpatterns = [path("social/", include("nuages.social.urls")), *shop_urls]
