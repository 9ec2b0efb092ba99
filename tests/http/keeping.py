"""An API whose answers are kept, in a memory and under versions of the test's own."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Q

from nuages import API, Authenticator, Principal, Resource, anyone, nested
from nuages.cache import keeper, noticing, sharing, unkept
from nuages.cache.entries import Memory
from nuages.cache.versions import MachineVersions
from nuages.http.request import Request
from nuages.http.response import Response
from shop.models import Author, Book, Review, Tag
from tests.http.asking import SAME

HIT, STORED, BYPASS = "nuages; hit", "nuages; fwd=miss; stored", "nuages; fwd=bypass"


class Named(Authenticator):
    """Whoever says a name is a principal of that name, without a user."""

    vary = ("X-Name",)
    challenge = "Name"

    def identify(self, request: Request) -> Principal | None:
        name = request.header("x-name")
        return None if name is None else Principal(method="name", claims={"sub": name})


@pytest.fixture
def own_cache(monkeypatch: pytest.MonkeyPatch) -> Iterator[MachineVersions]:
    """A memory and versions that no other process of the run shares."""
    versions, memory = MachineVersions(), Memory(1 << 20)
    for module in (keeper, noticing):
        monkeypatch.setattr(module, "versions", lambda: versions)
    monkeypatch.setattr(keeper, "memory", lambda: memory)
    monkeypatch.setattr(sharing, "redis_url", lambda: "")
    unkept.forget()
    yield versions
    unkept.forget()


def make_api(rule: Any = anyone, cache: Any = 60, of_reviews: Any = anyone, **attributes: Any) -> API:
    """Books with their author, tags and reviews; what `of_reviews` lets through is seen of these."""
    api = API(title="Kept", authenticate=[Named()])
    fields = [
        "id",
        "title",
        "price",
        nested("author", "id", "name"),
        nested("tags", "id", "name", order="id"),
        nested("reviews", "id", "stars", order="id"),
    ]
    of_books = {"fields": fields, "filters": ["price"], "writable": ["title", "price", "author"], "path": "books"}
    rules = {"read": rule, "write": anyone}
    declare(api, Book, {**of_books, "rules": rules, "cache": cache, **attributes})
    declare(api, Review, {"fields": ["id", "stars"], "rules": {"read": of_reviews}, "path": "reviews"})
    return api


def declare(api: API, model: Any, attributes: dict[str, Any]) -> None:
    """Register a resource of these attributes."""
    api.resource(model)(type(str(attributes["path"]).title(), (Resource,), attributes))


def ask(api: API, path: str = "/books", query: str = "", method: str = "GET", **headers: str) -> Response:
    """Send a request; `x_name="ann"` is a header."""
    named = {"x-request-id": SAME} | {name.replace("_", "-"): text for name, text in headers.items()}
    return api.handle(Request(method, path, query, named, peer="192.0.2.1", host=headers.get("host", "")))


def status(response: Response) -> str:
    """What is said of how an answer was found; an answer that is none fails."""
    assert response.status in {200, 304}, response.body
    return response.header("Cache-Status") or ""


def warm(api: API, path: str = "/books", query: str = "", **headers: str) -> Response:
    """Ask twice, and prove that the second answer was kept and is the same."""
    first = ask(api, path, query, **headers)
    again = ask(api, path, query, **headers)
    assert status(again) == HIT, (status(first), status(again))
    assert again.body == first.body
    return again


def name_of(principal: Principal) -> str:
    """The name that a principal said; empty for nobody."""
    return str(principal.claims.get("sub", ""))


def cheaper(principal: Principal) -> Q:
    """A rule: whoever has a number for a name sees what costs less; "cheap" and nobody less than 11."""
    name = name_of(principal)
    return Q(price__lt=Decimal(name if name.isdigit() else 11))


def few_books() -> tuple[Author, Book, Tag]:
    """Two books of one author, one of them with a tag and a review."""
    author = Author.objects.create(name="Colette")
    tag = Tag.objects.create(name="novel")
    book = Book.objects.create(title="Chéri", price=10, author=author)
    Book.objects.create(title="Sido", price=12, author=author)
    book.tags.add(tag)
    Review.objects.create(book=book, user_name="ann", stars=5)
    return author, book, tag


def titles(api: API, **headers: str) -> list[str]:
    """The titles that a list shows."""
    return [item["title"] for item in json.loads(ask(api, **headers).body)["items"]]
