"""What is asked: each workload's requests, the same values in the same order for every peer."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

COUNTRIES = ["FR", "US", "GB", "DE", "ES", "IT", "JP", "BR", "IN", "SE"]
_WORDS = "a fine story that I would recommend to anyone who likes the sea and long slow winters in the north"
_BASE_BOOKS = 20_000
_PAGES = 20
_PAGED_ROWS = 10_000  # Nuages' offsets end there, and so do the pages of all
_MEMBERS = {"W2", "W7"}

TITLES = {
    "W1": "hello, no database",
    "W2": "one book, nested",
    "W3": "50 books, flat",
    "W4": "50 books, all nested, about 100 KB",
    "W5": "POST a review, validated",
    "W6": "filtered search, 20 books",
    "W7": "W2 behind a token (JWT, HS256)",
}


@dataclass(frozen=True, slots=True)
class Workload:
    """A list of requests.

    Shapes: `kind` is a key of TITLES, or D1 to D4, and chooses a peer's path; `values` fill it, one mapping a request;
        `bodies`, where there are any, are sent with POST.
    """

    name: str
    kind: str
    values: Sequence[dict[str, Any]]
    bodies: Sequence[dict[str, Any]] = ()

    @property
    def method(self) -> str:
        """The HTTP method of all its requests."""
        return "POST" if self.bodies else "GET"

    @property
    def has_token(self) -> bool:
        """Whether its requests carry a bearer token."""
        return self.kind == "W7"

    def spread_over(self, books: int) -> "Workload":
        """Ask for members of the whole of a shop of so many books; lists are asked for as they are."""
        return replace(self, values=_values(self.kind, books)) if self.kind in _MEMBERS else self


def make_workload(kind: str) -> Workload:
    """Make the requests of one of W1 to W7."""
    if kind == "W5":
        random = Random("bookshop-W5")
        bodies = [_review(random) for _ in range(500)]
        return Workload(kind, kind, [{}] * len(bodies), bodies)
    return Workload(kind, kind, _values(kind, _BASE_BOOKS))


def _values(kind: str, books: int) -> list[dict[str, Any]]:
    if kind in _MEMBERS:
        random = Random("bookshop-W2")
        return [{"id": random.randrange(1, books + 1)} for _ in range(2000)]
    if kind in {"W3", "W4"}:
        return shuffled_pages(size=50, pages=_PAGES)
    if kind == "W6":
        random = Random("bookshop-W6")
        return [_search(random) for _ in range(500)]
    return [{}]


def make_pages(kind: str, size: int) -> Workload:
    """Make the requests for pages of another size: W3 or W4."""
    pages = min(_PAGES, _PAGED_ROWS // size)
    return Workload(f"{kind} x {size}", kind, shuffled_pages(size=size, pages=pages))


def make_depth(depth: int) -> Workload:
    """Make the requests for lists whose members are nested so deep."""
    return Workload(f"depth {depth}", f"D{depth}", shuffled_pages(size=20, pages=10))


def shuffled_pages(*, size: int, pages: int) -> list[dict[str, Any]]:
    """Ask for each page ten times, in an order that repeats no page soon."""
    random = Random(f"bookshop-pages-{size}")
    numbers = [number for _ in range(10) for number in random.sample(range(1, pages + 1), pages)]
    return [{"page": number, "size": size} for number in numbers]


def _search(random: Random) -> dict[str, Any]:
    return {
        "country": random.choice(COUNTRIES),
        "min_price": random.choice([5, 8, 10, 12]),
        "max_price": random.choice([38, 40, 42, 45]),
        "tag": f"tag-{random.randrange(1, 101)}",
    }


def _review(random: Random) -> dict[str, Any]:
    return {
        "book": random.randrange(15_001, 20_001),
        "user_name": f"reader_{random.randrange(30_000)}",
        "stars": random.randrange(1, 6),
        "body": " ".join(random.choice(_WORDS.split()) for _ in range(42))[:200],
    }


def write_line(path: str, body: dict[str, Any] | None) -> str:
    """Write a request as wrk.lua reads it."""
    return path if body is None else f"{path}\t{json.dumps(body)}"
