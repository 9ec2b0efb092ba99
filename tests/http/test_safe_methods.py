"""GET, HEAD and OPTIONS change nothing, whoever asks and wherever."""

from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.test import Client, override_settings
from django.urls import path

from nuages import API, ApiKey, Session
from shop import api as bookshop

api = API(title="Bookshop with doors", authenticate=[ApiKey(), Session(login=True)])
for declared, model in bookshop.api._classes:
    api.resource(model)(declared)
WATCHED = {"shop", "auth", "sessions", "nuages", "admin"}
urlpatterns = [path("api/", api.urls)]


def _contents() -> dict[str, str]:
    """What every table holds."""
    models = [model for model in apps.get_models() if model._meta.app_label in WATCHED]
    return {model._meta.label: repr(list(model._default_manager.order_by("pk").values())) for model in models}


@override_settings(ROOT_URLCONF=__name__)
@pytest.mark.parametrize("user", ["", "ann", "sam"])
def test_crawl_changes_nothing(shop: Any, user: str) -> None:
    """Every route of the bookshop, members and queries among them, by every safe method (C10)."""
    client = Client()
    if user:
        client.force_login(get_user_model().objects.get(username=user))
    names = client.get("/api/").json()["resources"].values()
    urls = ["/api/", "/api/auth/session", "/api/nothing"]
    urls += [url for name in names for url in (name, f"{name}/1", f"{name}/999999", f"{name}?limit=2&count=exact")]
    assert len(urls) > 20
    before = _contents()
    assert len(before) > 8
    for url in urls:
        for method in ("GET", "HEAD", "OPTIONS"):
            assert client.generic(method, url).status_code < 500, (method, url)
    assert _contents() == before
