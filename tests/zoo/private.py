"""An API with rules of every shape, over the bookshop's models; a module of its own, so that tests can mount it."""

from contextvars import ContextVar
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q
from django.urls import path

from nuages import API, Principal, Resource, anyone, authenticated, nested, nobody, owner, staff, value
from shop.models import Author, Book, Publisher, Review, Tag
from tests.zoo.models import Animal, Keeper

tenant: ContextVar[str] = ContextVar("tenant", default="FR")
api = API(title="Private")


def french_or_own(principal: Principal) -> Any:
    """Anybody sees the French; a user sees in addition those who bear the user's name."""
    french = Q(country="FR")
    return french | Q(name=principal.user.username) if principal.is_authenticated else french


@api.resource(Author)
class Authors(Resource):
    fields = ["id", "name", nested("books", "id")]
    filters = ["name", "books__title"]
    ordering = ["name"]
    rules = {"read": french_or_own}


@api.resource(Book)
class Books(Resource):
    fields = [
        "id",
        "title",
        nested("author", "name", nested("books", "id", nested("author", "name"))),
        nested("tags", "name"),
        nested("publisher", "name"),
        nested("reviews", "id", "stars"),
        value("review_count", Count("reviews")),
    ]
    filters = ["author__name", "author__country", "tags__name", "reviews__stars", "publisher__name", "title"]
    ordering = ["id", "author__name", "publisher__name"]
    rules = {"read": anyone}


@api.resource(Review)
class Reviews(Resource):
    fields = ["id", "stars"]
    rules = {"read": owner("user") | staff | (lambda _principal: Q(stars=5))}


@api.resource(Tag)
class Tags(Resource):
    fields = ["id", "name"]
    rules = {"read": nobody}


@api.resource(Publisher)
class Publishers(Resource):
    fields = ["id", "name"]
    rules = {"read": authenticated}


@api.resource(Book)
class TaggedBooks(Resource):
    """A condition over a relation to many, and one to a hidden model: it is the author's and applies as written."""

    fields = ["id"]
    rules = {"read": lambda _principal: Q(tags__name__in=["a", "b"]) | Q(author__country__in=["JP"])}
    path = "tagged-books"


def shapeless(principal: Principal) -> Any:
    """No slot can stand for any of these."""
    return Q(Exists(Review.objects.filter(book=OuterRef("pk"), stars=5))) | Q(price=F("price"), title__endswith="2")


@api.resource(Book)
class ShapelessBooks(Resource):
    fields = ["id"]
    rules = {"read": shapeless}
    path = "shapeless-books"


@api.resource(Book)
class HookedBooks(Resource):
    fields = ["id", "title"]
    rules = {"read": ~nobody & anyone}
    path = "hooked-books"

    def queryset(self, principal: Any) -> Any:
        rows = Book.objects.filter(price__gte=10, author__country=tenant.get())
        return rows if principal.is_authenticated else rows.filter(in_print=True).exclude(title="Book 4")


@api.resource(Book)
class CutBooks(Resource):
    fields = ["id"]
    rules = {"read": anyone}
    path = "cut-books"

    def queryset(self, principal: Any) -> Any:
        return Book.objects.filter(tags__name__in=["a", "b"]).distinct().order_by("-id")[:3]


@api.resource(Publisher)
class HookedPublishers(Resource):
    """Shows the books of another resource than the first of their model."""

    fields = ["id", nested("books", "id", resource=HookedBooks)]
    rules = {"read": anyone}
    path = "hooked-publishers"


@api.resource(Keeper)
class Keepers(Resource):
    fields = ["name", nested("animals", "name")]
    rules = {"read": staff}


@api.resource(Animal)
class Animals(Resource):
    fields = ["name"]
    rules = {"read": lambda principal: principal.user}  # truthy, though neither True nor a Q: it must not open


urlpatterns = [path("private/", api.urls)]
