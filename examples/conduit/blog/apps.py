"""Name the app for Django, and register what it serves."""

from importlib import import_module

from django.apps import AppConfig


class BlogConfig(AppConfig):
    name = "blog"
    verbose_name = "Conduit"

    def ready(self) -> None:
        """Import what stands behind the API's URLs."""
        for module in ("articles", "people"):
            import_module(f"blog.{module}")
