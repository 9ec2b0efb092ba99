"""An API of the shop in which staff sees more than others, at every depth and of every sort of member."""

from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Avg, F

from nuages import API, Principal, Resource, anyone, field, nested, staff, value
from shop.models import Author, Book, Publisher, Review
from tests.http.rules_asked import As

HIDDEN = ["price", "created_at", "publisher", "double", "stars", "label"]
OPEN = {"read": anyone, "write": anyone}


def priced(row: dict[str, Any]) -> str:
    """A value that only reads what its audience sees."""
    return f"{row['title']}, {row['price']}"


def shaded_api(**more: Any) -> tuple[API, As]:
    """Books, authors, publishers and reviews; and who asks."""
    who = As()
    api = API(title="Shaded", authenticate=[who])
    books = {
        "fields": [
            "id",
            "title",
            "isbn",
            field("price", visible=staff),
            field("created_at", visible=staff),
            nested("author", "id", "name", "country", field("born", visible=staff)),
            nested("publisher", "id", "name", visible=staff),
            nested("reviews", "id", "stars", order="stars", owned=True),
            value("double", F("price") * 2, visible=staff),
            value("stars", Avg("reviews__stars"), visible=staff),
            value("label", python=priced, visible=staff),
        ],
        "filters": [
            *("title", "price", "publisher", "publisher__name", "author__country", "author__born", "double", "stars"),
            *("reviews__stars", "author__books__price"),
        ],
        "ordering": ["id", "title", "price", "publisher__name", "author__country", "double", "stars"],
        "order": "-price,title",
        "search": ["title", "publisher__name"],
        "groups": ["publisher__name", "author__country", "created_at__year", "price", "in_print"],
        "measures": ["price", "double", "id"],
        "paging": ["cursor", "offset", "page"],
        "last_modified": "created_at",
        "writable": ["title", "isbn", "price", "created_at", "author", "publisher", "reviews"],
        "max_bulk": 5,
        "rules": OPEN,
        **more,
    }
    api.resource(Book)(type("Books", (Resource,), books))
    authors = {
        "fields": ["id", "name", field("country", visible=staff), nested("books", "id", "price", order="price")],
        "filters": ["name", "country", "books__price", "books__publisher"],
        "rules": OPEN,
    }
    api.resource(Author)(type("Authors", (Resource,), authors))
    api.resource(Publisher)(type("Publishers", (Resource,), {"fields": ["id", "name"], "rules": OPEN}))
    reviews = {"fields": ["id", field("stars", visible=staff)], "filters": ["stars", "book__price"], "rules": OPEN}
    api.resource(Review)(type("Reviews", (Resource,), reviews))
    return api, who


def staff_user() -> Principal:
    """Who sees everything; no row of the database."""
    return Principal(get_user_model()(pk=1, username="sam", is_staff=True))
