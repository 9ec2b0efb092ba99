"""The shapes whose SQL is kept: a request each, of the bookshop, the zoo, or an API with rules and hooks of its own."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, Window
from django.db.models.functions import Rank

from nuages import API, Principal, Resource, anyone, nested, value
from shop.api import api as shop_api
from shop.models import Author, Book, Publisher, Review, Tag
from tests.zoo.api import api as zoo_api
from tests.zoo.models import Listing, Specimen

ruled_api, asking_api, listing_api = API(title="Ruled"), API(title="Asking"), API(title="Only on PostgreSQL")


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


@asking_api.resource(Book)
class Asked(Resource):
    """Everything that a list may be asked."""

    fields = [
        *("id", "title", "price"),
        nested("author", "id", "name"),
        nested("tags", "id", "name"),
        nested("reviews", "id", "stars", limit=3, optional=True),
        value("rounds", F("price") * 2),
    ]
    filters = [
        *("price", "published", "created_at", "title", "isbn", "rounds", "author__country", "author__born"),
        *("tags__id", "tags__name", "reviews__stars"),
    ]
    ordering = ["id", "price", "published"]
    search = ["title", "author__name", "tags__name"]
    groups = ["author__country", "published__year", "in_print"]
    measures = ["price", "isbn", "author__born"]
    paging = ["cursor", "offset", "page"]
    rules = {"read": anyone}


@asking_api.resource(Author)
class Found(Resource):
    """Searched as PostgreSQL can."""

    fields = ["id"]
    search = ["name", "country"]
    search_with = "fulltext"
    search_language = "english"
    rules = {"read": anyone}


@asking_api.resource(Publisher)
class Alike(Resource):
    """Searched by trigrams."""

    fields = ["id"]
    search = ["name"]
    search_with = "trigram"
    rules = {"read": anyone}


@asking_api.resource(Specimen)
class Documents(Resource):
    """JSON, and parts of moments."""

    fields = ["id"]
    filters = ["json", "json__color", "json__owner__name", "datetime"]
    rules = {"read": anyone}


@listing_api.resource(Listing)
class Listings(Resource):
    """Arrays and ranges."""

    fields = ["id"]
    filters = ["numbers", "prices", "span", "days"]
    rules = {"read": anyone}


@dataclass(frozen=True)
class Shape:
    """A request; with `pages`, that of the page so many pages behind it, and with `back`, so many before that one."""

    api: API
    path: str
    query: str = ""
    pages: int = 0
    back: int = 0


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
    "exclude": Shape(asking_api, "/asked", "price!=10&author__country!=FR"),
    "exclude-nullable": Shape(asking_api, "/asked", "isbn!=9780000000001&author__born__gte!=1950-01-01"),
    "exclude-to-many": Shape(asking_api, "/asked", "tags__name!=poetry"),
    "exclude-to-many-in": Shape(asking_api, "/asked", "tags__name__in!=poetry,travel"),
    "null-to-many": Shape(asking_api, "/asked", "reviews__stars__isnull=true"),
    "filter-year": Shape(asking_api, "/asked", "published__year=2020&created_at__year__gte=2019"),
    "filter-month": Shape(asking_api, "/asked", "published__month=5&published__day__in=1,2"),
    "filter-day": Shape(asking_api, "/asked", "created_at__date=2024-05-31"),
    "filter-hour": Shape(asking_api, "/documents", "datetime__hour=12&datetime__iso_week_day=1"),
    "filter-text": Shape(asking_api, "/asked", "title__icontains=sea"),
    "filter-text-start": Shape(asking_api, "/asked", "title__startswith=The&isbn__endswith=7"),
    "filter-between": Shape(asking_api, "/asked", "price__range=10,20"),
    "same-row": Shape(asking_api, "/asked", "tags__name__gte=a&tags__id__gt=2"),
    "same-row-in-filter": Shape(asking_api, "/asked", "filter=tags.name >= a AND tags.id > 2"),
    "another-row-in-or": Shape(asking_api, "/asked", "filter=tags.name = poetry OR tags.id > 2"),
    "filter-tree": Shape(asking_api, "/asked", "filter=(price < 10 OR author.country = FR) AND NOT reviews.stars = 1"),
    "filter-not-nullable": Shape(asking_api, "/asked", "filter=NOT (published < 2000-01-01 AND price > 5)"),
    "filter-fields": Shape(asking_api, "/asked", "filter=price < rounds"),
    "filter-fields-apart": Shape(asking_api, "/asked", "filter=author.born < published"),
    "search": Shape(asking_api, "/asked", "search=old sea"),
    "search-fulltext": Shape(asking_api, "/found", "search=old sea"),
    "search-trigram": Shape(asking_api, "/alike", "search=sea"),
    "order-nulls": Shape(asking_api, "/asked", "order=-published__nulls_last,price"),
    "cursor-nulls": Shape(asking_api, "/asked", "order=-published__nulls_last&limit=2", pages=1),
    "cursor-back": Shape(asking_api, "/asked", "order=-published__nulls_last&limit=2", pages=2, back=1),
    "cursor-back-by-key": Shape(asking_api, "/asked", "limit=2", pages=2, back=1),
    "count": Shape(asking_api, "/asked", "count=exact"),
    "count-filtered": Shape(asking_api, "/asked", "count=exact&price__lt=20&tags__name=poetry"),
    "count-behind-a-cursor": Shape(asking_api, "/asked", "count=exact&price__lt=20&limit=2", pages=1),
    "count-capped": Shape(asking_api, "/asked", "count=capped&price__lt=20"),
    "count-estimated": Shape(asking_api, "/asked", "count=estimated"),
    "count-estimated-filtered": Shape(asking_api, "/asked", "count=estimated&price__lt=20"),
    "offset": Shape(asking_api, "/asked", "offset=4&limit=2"),
    "page": Shape(asking_api, "/asked", "page=3"),
    "fields": Shape(asking_api, "/asked", "fields=id,author.name"),
    "include": Shape(asking_api, "/asked", "include=reviews"),
    "fields-in-a-detail": Shape(asking_api, "/asked/7", "fields=title&include=reviews"),
    "group": Shape(
        asking_api, "/asked", "group=author__country,published__year&aggregate=count(),avg(price)&order=-count"
    ),
    "group-behind-a-cursor": Shape(
        asking_api,
        "/asked",
        "group=author__country,published__year&aggregate=count(),avg(price)&order=-count&limit=2",
        pages=1,
    ),
    "group-by-average": Shape(
        asking_api, "/asked", "group=in_print&aggregate=avg(price)&order=avg_price&limit=1", pages=1
    ),
    "group-filtered": Shape(asking_api, "/asked", "group=in_print&aggregate=count()&tags__name=poetry&count=exact"),
    "aggregate": Shape(asking_api, "/asked", "aggregate=count(),min(price),max(price),count_distinct(isbn)"),
    "json-key": Shape(asking_api, "/documents", "json__color=red&json__owner__name__icontains=an"),
    "json-has-key": Shape(asking_api, "/documents", "json__has_key=color"),
    "json-has-keys": Shape(asking_api, "/documents", "json__has_any_keys=color,size"),
}
POSTGRESQL_SHAPES: dict[str, Shape] = {
    "array-contains": Shape(listing_api, "/listings", "numbers__contains=1,2"),
    "array-overlap": Shape(listing_api, "/listings", "prices__overlap=1.50,2"),
    "array-length": Shape(listing_api, "/listings", "numbers__len__gte=2"),
    "array-exact": Shape(listing_api, "/listings", "numbers=1,2"),
    "range-contains": Shape(listing_api, "/listings", "span__contains=5&days__contains=2024-05-31"),
    "range-overlap": Shape(listing_api, "/listings", "span__overlap=[1,10)"),
    "range-beside": Shape(listing_api, "/listings", "days__adjacent_to=[2024-01-01,2024-02-01)&span__fully_lt=[1,)"),
}
