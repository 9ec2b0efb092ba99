"""The fixed requests: what is asked, with places for values, and what must come back. A change needs a new baseline."""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

BOOKS = 2_000  # PostgreSQL's statistics of so few rows are drawn from all of them, and so are the same each time
_PAGE = 50


@dataclass(frozen=True, slots=True)
class Question:
    """One of the fixed requests.

    Shapes: `query` has places for `{key}`, `{price}` and `{year}`; `statements` is how many it may take.
        `before` names what is learned from the answer to the same request without it: "next" follows the link to the
        next page, "etag" sends the entity tag back.
    """

    path: str
    query: str = ""
    status: int = 200
    statements: int = 1
    before: str = ""


_SEARCH = "price__gte={price}&published__gte={year}-01-31&in_print=true&order=-published,id&limit=20"

QUESTIONS: Mapping[str, Question] = {
    "one book": Question("/api/books/{key}"),
    "page of 50": Question("/api/books", "id__gte={key}"),
    "page of 50, flat": Question("/api/flat-books", "id__gte={key}"),
    "3 filters, order, cursor": Question("/api/books", _SEARCH, before="next"),
    "behind a rule's Q": Question("/api/ruled-books", "id__gte={key}"),
    "filter tree": Question(
        "/api/books", "filter=id%3E{key}%20AND%20(price%3C{price}%20OR%20NOT%20in_print%3Dtrue)&limit=20"
    ),
    "selected fields": Question("/api/books", "fields=id,title,author.name&id__gte={key}&limit=20"),
    "no such book": Question("/api/books/9{key}00000", status=404),
    "no such path": Question("/api/shelves/{key}", status=404, statements=0),
    "bad filter value": Question("/api/books", "price__gte=cheap{key}", status=400, statements=0),
    "not modified": Question("/api/books/{key}", status=304, before="etag"),
}


def draw_values(name: str, count: int) -> list[dict[str, str]]:
    """Draw the values of so many askings, the same for each name every time, and of the same length."""
    rng = Random(name)
    return [
        {
            "key": str(rng.randint(1000, BOOKS - _PAGE)),
            "price": f"{rng.randint(400, 999) / 100:.2f}",
            "year": str(rng.randint(1950, 1990)),
        }
        for _ in range(count)
    ]
