"""Ask the API over Django's test client, on one database or on both."""

from collections.abc import Iterator
from typing import Any

from django.db import connections
from django.test import Client

from tests.support.router import choose_database

ALIASES = ("default", "postgres")


def get(url: str, **headers: str) -> Any:
    """Send a GET; the answer has `.status_code`, `.headers`, `.content`."""
    return Client().get(url, headers=headers)


def items(url: str) -> list[Any]:
    """The items of one page."""
    response = get(url)
    assert response.status_code == 200, response.content
    return list(response.json()["items"])


def walk(url: str) -> Iterator[Any]:
    """Every item of a list, following `next` to its end."""
    following: str | None = url
    while following:
        page = get(following).json()
        yield from page["items"]
        following = page["next"]


def on_each_database() -> Iterator[Any]:
    """Choose one database after the other; yields Django's connection."""
    for alias in ALIASES:
        with choose_database(alias):
            yield connections[alias]
