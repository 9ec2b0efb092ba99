"""A read that takes too long is answered with 503 in time, on both databases, and the next one as ever."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.db.models import Func, IntegerField
from django.test import override_settings
from django.urls import path

from nuages import API, Resource, anyone, value
from nuages.execute.limits import statement_timeout_s
from shop.models import Tag
from tests.http.client import get, without_ids

api = API(title="Slow")


class _Work(Func):
    """Seconds of work for the database; without a limit it ends after all."""

    output_field = IntegerField()

    def as_sqlite(self, *_: Any, **__: Any) -> Any:
        counted = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 20000000)"
        return f"({counted} SELECT count(*) FROM c)", []

    def as_postgresql(self, *_: Any, **__: Any) -> Any:
        return "(SELECT 1 FROM pg_sleep(6))", []


def _make(name: str, *fields: Any) -> None:
    api.resource(Tag)(type(name, (Resource,), {"fields": ["id", *fields], "rules": {"read": anyone}}))


_make("Slow", value("work", _Work()))
_make("Quick")
urlpatterns = [path("", api.urls)]


@pytest.fixture
def limited(database: Any, transactional_db: None, settings: Any) -> Iterator[Any]:
    """A connection on which every statement has a fifth of a second; no other test meets it."""
    settings.NUAGES_STATEMENT_TIMEOUT_S = 0.2
    statement_timeout_s.cache_clear()
    database.close()
    yield database
    database.close()
    statement_timeout_s.cache_clear()


@override_settings(ROOT_URLCONF=__name__)
@pytest.mark.parametrize("url", ["/slow", "/slow/1"])
def test_a_slow_read_is_refused_in_time_and_the_next_is_answered(url: str, limited: Any) -> None:
    """The problem says which limit it was, what to do and when to come back; no SQL."""
    Tag.objects.create(id=1, name="a")
    assert get("/quick").status_code == 200
    raw, started_s = limited.connection, time.perf_counter()
    response = get(url)
    assert time.perf_counter() - started_s < 5, "it ended by itself"
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "1"
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json()["instance"] == url
    assert without_ids(response.json()) == {
        "type": "urn:nuages:problem:statement-timeout",
        "title": "Unavailable",
        "status": 503,
        "detail": "This took longer than 0.2 s. Narrow it with a filter, fewer fields or a smaller page.",
    }
    assert get("/quick").json()["items"] == [{"id": 1}]
    assert limited.connection is raw, "the connection was closed"
