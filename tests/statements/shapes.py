"""The shapes whose SQL is kept: a request each, of the bookshop, the zoo, or an API with rules and hooks of its own."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, Window
from django.db.models.functions import Rank

from nuages import API, Principal, Resource, anyone, nested, value
from shop.api import api as shop_api
from shop.models import Author, Book, Publisher, Review, Tag
from tests.zoo.api import api as zoo_api

ruled_api = API(title="Ruled")


def _french(principal: Principal) -> Q:
    return Q(country="FR") | Q(born=None)


def _with_a_french_book(principal: Principal) -> Q:
    return Q(books__author__country="FR")


def _good(principal: Principal) -> Q:
    return Q(stars__gte=4) & ~Q(book__in_print=False)


@ruled_api.resource(Author)
class Authors(Resource):
    """A rule with a Q, over columns of its own."""

    fields = ["id", nested("books", "id", nested("author", "id"), order="-price", limit=3)]
    ordering = ["name"]
    rules = {"read": _french}


@ruled_api.resource(Book)
class Books(Resource):
    """Open itself; what it shows and leads to is not."""

    fields = [
        "id",
        nested("author", "id"),
        nested("tags", "id"),
        nested("reviews", "id"),
        value("count", Count("reviews")),
    ]
    filters = ["author__country", "tags__name", "reviews__stars"]
    ordering = ["author__name"]
    rules = {"read": anyone}


@ruled_api.resource(Tag)
class Tags(Resource):
    """A rule over a relation to many."""

    fields = ["id"]
    rules = {"read": _with_a_french_book}


@ruled_api.resource(Review)
class Reviews(Resource):
    """A rule over a relation to one."""

    fields = ["id"]
    rules = {"read": _good}


@ruled_api.resource(Publisher)
class Publishers(Resource):
    """A hook, with a condition that has no shape."""

    fields = ["id", "name"]
    rules = {"read": anyone}

    def queryset(self, principal: Principal) -> Any:
        return Publisher.objects.filter(Exists(Book.objects.filter(publisher=OuterRef("pk")))).exclude(name="")


@ruled_api.resource(Book)
class Ranked(Resource):
    """A window over the whole list."""

    fields = ["id", value("rank", Window(Rank(), order_by=F("price").desc()))]
    filters = ["in_print", "rank"]
    ordering = ["rank"]
    rules = {"read": anyone}


@dataclass(frozen=True)
class Shape:
    """A request; with `pages`, that of the page so many pages behind it."""

    api: API
    path: str
    query: str = ""
    pages: int = 0


SHAPES: dict[str, Shape] = {
    "list": Shape(shop_api, "/books"),
    "list-of-columns": Shape(shop_api, "/tags"),
    "list-with-a-limit": Shape(shop_api, "/authors", "limit=7"),
    "detail": Shape(shop_api, "/books/7"),
    "filter-equal": Shape(shop_api, "/reviews", "book=1"),
    "filter-one-of-several": Shape(shop_api, "/reviews", "stars=4&stars=5"),
    "filter-in": Shape(shop_api, "/reviews", "stars__in=4,5"),
    "filter-range": Shape(shop_api, "/reviews", "created_at__gte=2024-01-01&stars__lt=3"),
    "filter-null": Shape(shop_api, "/authors", "born__isnull=true"),
    "filter-to-one": Shape(shop_api, "/books", "author__country=FR"),
    "filter-to-many": Shape(shop_api, "/books", "tags__name=poetry"),
    "filter-value": Shape(shop_api, "/books", "avg_stars__gte=4"),
    "order": Shape(shop_api, "/authors", "order=-born,name"),
    "order-by-value": Shape(shop_api, "/books", "order=-avg_stars"),
    "cursor": Shape(shop_api, "/authors", "order=name&limit=2", pages=1),
    "cursor-by-key": Shape(shop_api, "/tags", "limit=2", pages=1),
    "cursor-before-nulls": Shape(shop_api, "/authors", "order=born&limit=2", pages=1),
    "cursor-among-nulls": Shape(shop_api, "/authors", "order=-born&limit=2", pages=1),
    "cursor-by-value": Shape(shop_api, "/books", "order=-avg_stars&limit=2", pages=2),
    "rule-at-the-root": Shape(ruled_api, "/authors"),
    "rule-over-to-many": Shape(ruled_api, "/tags"),
    "rule-inside": Shape(ruled_api, "/books"),
    "rule-in-a-detail": Shape(ruled_api, "/reviews/7"),
    "rule-behind-a-filter": Shape(ruled_api, "/books", "author__country=FR&tags__name=poetry&reviews__stars=5"),
    "rule-behind-an-order": Shape(ruled_api, "/books", "order=-author__name"),
    "hook": Shape(ruled_api, "/publishers"),
    "every-kind": Shape(zoo_api, "/specimens"),
    "self-relation": Shape(zoo_api, "/keepers"),
    "window": Shape(ruled_api, "/ranked", "in_print=true&rank__lte=5"),
    "window-behind-a-cursor": Shape(ruled_api, "/ranked", "order=rank&limit=2", pages=1),
    "window-in-a-detail": Shape(ruled_api, "/ranked/7"),
    "through-table": Shape(zoo_api, "/birds", "meals__name=seeds&order=eaten"),
    "composite-key": Shape(zoo_api, "/shelves", "load__gt=1"),
    "composite-key-behind-a-cursor": Shape(zoo_api, "/shelves", "limit=1", pages=1),
    "composite-key-detail": Shape(zoo_api, "/shelves/1,a"),
    "odd-names": Shape(zoo_api, "/odds", "parent__percent=10&kids__percent=20"),
}
