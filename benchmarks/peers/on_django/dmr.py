"""django-modern-rest: sync controllers, msgspec structs, explicit mapping (its documentation's detailed style)."""

from decimal import Decimal
from http import HTTPStatus
from typing import Annotated

import msgspec
from dmr import APIError, Body, Controller, Path, Query, ResponseSpec, modify
from dmr.plugins.msgspec import MsgspecSerializer
from dmr.routing import Router, path
from dmr.security.jwt import JWTSyncAuth

from common.questions import ReviewIn
from common.structs import BookFullOut, BookListOut, BookOut, BookSearchOut, Ordering, ReviewOut
from on_django.books import DETAIL, FULL, book_full_out, book_list_out, book_out, book_search_out, review_out, search
from on_django.shop.models import Book, Review

NOT_FOUND = ResponseSpec(str, status_code=HTTPStatus.NOT_FOUND)
NO_BOOK = ResponseSpec(str, status_code=HTTPStatus.UNPROCESSABLE_ENTITY)


class Hello(msgspec.Struct):
    hello: str


class PageQuery(msgspec.Struct):
    page: Annotated[int, msgspec.Meta(ge=1)] = 1
    page_size: Annotated[int, msgspec.Meta(ge=1, le=100)] = 50


class SearchQuery(msgspec.Struct):
    country: str | None = None
    min_price: Decimal | None = None
    max_price: Decimal | None = None
    tag: str | None = None
    ordering: Ordering = "-published"


class BookPath(msgspec.Struct):
    book_id: int


class HelloController(Controller[MsgspecSerializer]):
    def get(self) -> Hello:
        return Hello(hello="world")


class BookListController(Controller[MsgspecSerializer]):
    def get(self, parsed_query: Query[PageQuery]) -> list[BookListOut]:
        start = (parsed_query.page - 1) * parsed_query.page_size
        return [book_list_out(book) for book in Book.objects.order_by("id")[start : start + parsed_query.page_size]]


class BookFullController(Controller[MsgspecSerializer]):
    def get(self, parsed_query: Query[PageQuery]) -> list[BookFullOut]:
        start = (parsed_query.page - 1) * parsed_query.page_size
        return [book_full_out(book) for book in FULL[start : start + parsed_query.page_size]]


class BookSearchController(Controller[MsgspecSerializer]):
    def get(self, parsed_query: Query[SearchQuery]) -> list[BookSearchOut]:
        asked = parsed_query
        books = search(asked.country, asked.min_price, asked.max_price, asked.tag, asked.ordering)
        return [book_search_out(book) for book in books]


def find_book(book_id: int) -> BookOut:
    try:
        return book_out(DETAIL.get(id=book_id))
    except Book.DoesNotExist:
        raise APIError("book not found", status_code=HTTPStatus.NOT_FOUND) from None


class BookController(Controller[MsgspecSerializer]):
    @modify(extra_responses=[NOT_FOUND])
    def get(self, parsed_path: Path[BookPath]) -> BookOut:
        return find_book(parsed_path.book_id)


class TokenUser:
    is_active = is_authenticated = True

    def __init__(self, subject):
        self.pk = subject


class StatelessJWT(JWTSyncAuth):
    def get_user(self, token):  # no look-up in a table of users: the other peers check the token alone
        return TokenUser(token.sub)


class SecureBookController(Controller[MsgspecSerializer]):
    auth = (StatelessJWT(),)

    @modify(extra_responses=[NOT_FOUND])
    def get(self, parsed_path: Path[BookPath]) -> BookOut:
        return find_book(parsed_path.book_id)


class ReviewController(Controller[MsgspecSerializer]):
    @modify(extra_responses=[NO_BOOK])
    def post(self, parsed_body: Body[ReviewIn]) -> ReviewOut:
        data = parsed_body
        if not Book.objects.filter(id=data.book).exists():
            raise APIError("book does not exist", status_code=HTTPStatus.UNPROCESSABLE_ENTITY)
        review = Review.objects.create(book_id=data.book, user_name=data.user_name, stars=data.stars, body=data.body)
        return review_out(review)


router = Router(
    "",
    [
        path("hello", HelloController.as_view()),
        path("books", BookListController.as_view()),
        path("books/full", BookFullController.as_view()),
        path("books/search", BookSearchController.as_view()),
        path("books/<int:book_id>", BookController.as_view()),
        path("secure/books/<int:book_id>", SecureBookController.as_view()),
        path("reviews", ReviewController.as_view()),
    ],
)
urlpatterns = router.urls
