"""The bookshop in Nuages, and the URLconf it stands in. A change here makes a new baseline necessary."""

from decimal import Decimal

from django.db.models import Avg, Count, Q
from django.urls import path

from nuages import API, Resource, anyone, nested, value
from nuages.identify.principal import Principal
from shop.models import Book

api = API(title="Check", version="1.0")

_FLAT = ["id", "title", "isbn", "price", "published", "in_print"]
_NESTED = [
    *_FLAT,
    nested("author", "id", "name"),
    nested("publisher", "id", "name"),
    nested("tags", "id", "name"),
    nested("reviews", "id", "user_name", "stars", "body", order="id"),
    value("review_count", Count("reviews")),
    value("avg_stars", Avg("reviews__stars")),
]


def affordable(principal: Principal) -> Q:
    """A rule that answers a Q, made anew for each request, as rules do."""
    return Q(price__lt=Decimal(50 if principal.is_authenticated else 40))


@api.resource(Book)
class Books(Resource):
    fields = _NESTED
    filters = ["id", "price", "published", "in_print", "author__country"]
    ordering = ["id", "price", "published"]
    rules = {"read": anyone}


@api.resource(Book)
class FlatBooks(Resource):
    fields = _FLAT
    filters = ["id"]
    rules = {"read": anyone}


@api.resource(Book)
class RuledBooks(Resource):
    fields = _FLAT
    filters = ["id"]
    rules = {"read": affordable}


urlpatterns = [path("api/", api.urls)]
