"""Django Ninja: sync views, schemas that validate from ORM objects, and the orjson renderer of its documentation."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

import jwt
import orjson
from django.conf import settings
from django.db.models import Prefetch
from django.shortcuts import get_object_or_404
from django.urls import path
from ninja import Field, FilterLookup, FilterSchema, NinjaAPI, Query, Schema, Status
from ninja.errors import HttpError
from ninja.renderers import BaseRenderer
from ninja.security import HttpBearer

from on_django.shop.models import Book, Review, Tag


class ORJSONRenderer(BaseRenderer):
    media_type = "application/json"

    def render(self, request, data, *, response_status):
        return orjson.dumps(data, default=str)  # default: Decimal -> str


api = NinjaAPI(renderer=ORJSONRenderer(), docs_url=None, openapi_url=None)


class Ref(Schema):
    id: int
    name: str


class BookBase(Schema):
    id: int
    title: str
    isbn: str
    price: Decimal
    published: date
    in_print: bool
    created_at: datetime


class BookListOut(BookBase):
    author_id: int
    publisher_id: int


class BookOut(BookBase):
    author: Ref
    publisher: Ref
    tags: list[Ref]


class ReviewItem(Schema):
    id: int
    user_name: str
    stars: int
    body: str
    created_at: datetime


class BookFullOut(BookOut):
    reviews: list[ReviewItem]
    review_count: int
    avg_stars: float | None

    @staticmethod
    def resolve_review_count(book) -> int:
        return len(book.reviews.all())

    @staticmethod
    def resolve_avg_stars(book) -> float | None:
        reviews = book.reviews.all()  # prefetched
        return sum(r.stars for r in reviews) / len(reviews) if reviews else None


class BookSearchOut(BookBase):
    publisher_id: int
    author: Ref


class ReviewIn(Schema):
    book: int
    user_name: Annotated[str, Field(max_length=80)]
    stars: Annotated[int, Field(ge=1, le=5)]
    body: str


class ReviewOut(ReviewItem):
    book: int = Field(alias="book_id")


class BookFilters(FilterSchema):
    country: Annotated[str | None, FilterLookup("author__country")] = None
    min_price: Annotated[Decimal | None, FilterLookup("price__gte")] = None
    max_price: Annotated[Decimal | None, FilterLookup("price__lte")] = None
    tag: Annotated[str | None, FilterLookup("tags__name")] = None


Ordering = Literal["published", "-published", "price", "-price", "title", "-title"]
TAGS = Prefetch("tags", queryset=Tag.objects.order_by("id"))
REVIEWS = Prefetch("reviews", queryset=Review.objects.order_by("id"))
DETAIL = Book.objects.select_related("author", "publisher").prefetch_related(TAGS)
FULL = Book.objects.order_by("id").select_related("author", "publisher").prefetch_related(TAGS, REVIEWS)
PageSize = Annotated[int, Field(ge=1, le=100)]


class JWTBearer(HttpBearer):
    def authenticate(self, request, token):
        try:
            return jwt.decode(token, settings.SECRET_KEY, algorithms=["HS256"])
        except jwt.PyJWTError:
            return None


@api.get("/hello")
def hello(request):
    return {"hello": "world"}


@api.get("/books", response=list[BookListOut])
def list_books(request, page: int = 1, page_size: PageSize = 50):
    start = (page - 1) * page_size
    return Book.objects.order_by("id")[start : start + page_size]


@api.get("/books/full", response=list[BookFullOut])
def full_books(request, page: int = 1, page_size: PageSize = 50):
    start = (page - 1) * page_size
    return FULL[start : start + page_size]


@api.get("/books/search", response=list[BookSearchOut])
def search_books(request, filters: Query[BookFilters], ordering: Ordering = "-published"):
    return filters.filter(Book.objects.select_related("author")).order_by(ordering)[:20]


@api.get("/books/{int:book_id}", response=BookOut)
def get_book(request, book_id: int):
    return get_object_or_404(DETAIL, id=book_id)


@api.get("/secure/books/{int:book_id}", response=BookOut, auth=JWTBearer())
def get_secure_book(request, book_id: int):
    return get_object_or_404(DETAIL, id=book_id)


@api.post("/reviews", response={201: ReviewOut})
def create_review(request, data: ReviewIn):
    if not Book.objects.filter(id=data.book).exists():
        raise HttpError(422, "book does not exist")
    review = Review.objects.create(book_id=data.book, user_name=data.user_name, stars=data.stars, body=data.body)
    return Status(201, review)


urlpatterns = [path("", api.urls)]
