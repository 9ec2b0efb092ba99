"""The bookshop in Nuages: for each workload a resource that shows what the peers show, and chains of nesting."""

from base64 import urlsafe_b64encode

from django.contrib.auth.models import User
from django.db.models import Avg, Count

from common.environment import AUDIENCE, ISSUER, KID, SECRET
from nuages import API, Bearer, Issuer, Resource, anyone, authenticated, nested, value
from on_django.shop.models import Book, Publisher, Review

api = API(title="Bookshop", version="1.0")

_BOOK = ["id", "title", "isbn", "price", "published", "in_print", "created_at"]
_AUTHOR = nested("author", "id", "name")
_PUBLISHER = nested("publisher", "id", "name")
_TAGS = nested("tags", "id", "name")
_MOST_ROWS = 10_000  # the largest page of the comparison
_OPEN = {"read": anyone}
_PAGING = ["cursor", "page"]


@api.resource(Book)
class Books(Resource):
    fields = [*_BOOK, _AUTHOR, _PUBLISHER, _TAGS]
    rules = _OPEN


# As with the other peers the token alone says who asks: no user is looked up.
_KEY = {"kty": "oct", "kid": KID, "k": urlsafe_b64encode(SECRET.encode()).decode()}
_issuer = Issuer(
    ISSUER, AUDIENCE, user=lambda claims: User(pk=int(claims["sub"])), keys={"keys": [_KEY]}, algorithms=["HS256"]
)


@api.resource(Book)
class SecureBooks(Resource):
    fields = Books.fields
    path = "secure-books"
    authenticate = [Bearer(trusted=[_issuer], login=False)]
    rules = {"read": authenticated}


@api.resource(Book)
class FlatBooks(Resource):
    fields = [*_BOOK, "author_id", "publisher_id"]
    paging = _PAGING
    max_limit = _MOST_ROWS
    rules = _OPEN


@api.resource(Book)
class FullBooks(Resource):
    fields = [
        *_BOOK,
        _AUTHOR,
        _PUBLISHER,
        _TAGS,
        nested("reviews", "id", "user_name", "stars", "body", "created_at"),
        value("review_count", Count("reviews")),
        value("avg_stars", Avg("reviews__stars")),
    ]
    paging = _PAGING
    max_limit = _MOST_ROWS
    rules = _OPEN


@api.resource(Book)
class FoundBooks(Resource):
    fields = [*_BOOK, "publisher_id", _AUTHOR]
    filters = ["author__country", "price", "tags__name"]
    ordering = ["published", "price", "title"]
    limit = 20
    rules = _OPEN


@api.resource(Review)
class Reviews(Resource):
    fields = ["id", "book", "user_name", "stars", "body", "created_at"]
    writable = ["book", "user_name", "stars", "body"]
    rules = {"read": anyone, "create": anyone}


_REVIEWS = nested("reviews", "id", "user_name", "stars", "body", limit=2)


@api.resource(Publisher)
class Depth1(Resource):
    fields = ["id", "name", nested("books", "id", "title", "price", limit=5)]
    path = "depth-1"
    paging = _PAGING
    rules = _OPEN


@api.resource(Publisher)
class Depth2(Resource):
    fields = ["id", "name", nested("books", "id", "title", "price", _AUTHOR, limit=5)]
    path = "depth-2"
    paging = _PAGING
    rules = _OPEN


@api.resource(Publisher)
class Depth3(Resource):
    _others = nested("author", "id", "name", nested("books", "id", "title", "price", limit=2))
    fields = ["id", "name", nested("books", "id", "title", "price", _others, limit=5)]
    path = "depth-3"
    paging = _PAGING
    rules = _OPEN


@api.resource(Publisher)
class Depth4(Resource):
    _others = nested("author", "id", "name", nested("books", "id", "title", "price", _REVIEWS, limit=2))
    fields = ["id", "name", nested("books", "id", "title", "price", _others, limit=5)]
    path = "depth-4"
    paging = _PAGING
    rules = _OPEN
