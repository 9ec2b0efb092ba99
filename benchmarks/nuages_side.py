"""The bookshop in Nuages: resources for the benchmarks, and requests as a server would hand them over."""

from decimal import Decimal
from time import perf_counter

from django.db.models import Avg, Count, Q

from nuages import API, Resource, anyone, nested, value
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.identify.principal import Principal
from shop.models import Book

api = API(title="Benchmark", version="1.0")

_FIELDS = [
    *("id", "title", "isbn", "price", "published", "in_print"),
    nested("author", "id", "name"),
    nested("publisher", "id", "name"),
    nested("tags", "id", "name"),
    nested("reviews", "id", "user_name", "stars", "body", order="id"),
    value("review_count", Count("reviews")),
    value("avg_stars", Avg("reviews__stars")),
]
_HEADERS = {
    "host": "api.example.com",
    "accept": "application/json",
    "accept-encoding": "gzip, deflate",
    "user-agent": "benchmark",
}


def affordable(principal: Principal) -> Q:
    """A rule that answers a Q, made anew for each request, as rules do."""
    return Q(price__lt=Decimal(50 if principal.is_authenticated else 40))


@api.resource(Book)
class Books(Resource):
    fields = _FIELDS
    filters = ["id", "price", "published", "in_print"]
    ordering = ["id", "price", "published"]
    rules = {"read": anyone}


@api.resource(Book)
class RuledBooks(Resource):
    fields = _FIELDS
    rules = {"read": affordable}


def ask(path: str, query: str = "") -> Response:
    """Send one request through the whole core."""
    request = Request("GET", path, query, _HEADERS, prefix="/api", received_s=perf_counter())
    return api.handle(request)


def read_page(first: int) -> bytes:
    """Read 50 nested books, beginning with a key."""
    return ask("/books", f"id__gte={first}").body


def read_one(key: int) -> bytes:
    """Read one nested book."""
    return ask(f"/books/{key}").body
