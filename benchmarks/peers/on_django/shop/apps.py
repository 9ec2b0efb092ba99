"""Tell Django of the app; its tables are shop_book and so on for every peer."""

from django.apps import AppConfig


class ShopConfig(AppConfig):
    name = "on_django.shop"
    label = "shop"
