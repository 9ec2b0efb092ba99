"""Ask the API over Django's test client, on one database or on both."""

import re
from collections.abc import Iterator
from typing import Any

from django.db import connections
from django.test import Client

from tests.support.router import choose_database

ALIASES = ("default", "postgres")
MEMBERS = {"type", "title", "status", "detail", "instance", "request_id"}
LEAKS = re.compile(r"traceback|\.py\b|site-packages|psycopg|sqlite|django|\bselect\b|\bwhere\b|line \d", re.IGNORECASE)


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


def without_ids(document: dict[str, Any]) -> dict[str, Any]:
    """A problem without what tells it from another request's."""
    return {name: said for name, said in document.items() if name not in {"instance", "request_id"}}


def problem(path: str, code: str) -> dict[str, Any]:
    """Ask for what must be refused; the problem document without its id, with what they all have in common proved."""
    response = get(path)
    assert (response.status_code, response.headers["Content-Type"]) == (400, "application/problem+json"), path[:80]
    document: dict[str, Any] = response.json()
    assert document.keys() <= MEMBERS | {"errors"}
    assert document.keys() >= MEMBERS
    assert document["type"] == f"urn:nuages:problem:{code}"
    assert (document["title"], document["status"]) == ("Bad request", 400)
    assert document["instance"] == path.partition("?")[0]
    assert document.pop("request_id") == response.headers["X-Request-ID"]
    assert all(error.keys() == {"pointer", "code", "detail"} for error in document.get("errors", []))
    assert not LEAKS.search(response.content.decode()), response.content
    assert len(response.content) < 1_500
    return document
