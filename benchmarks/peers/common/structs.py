"""The representations of the bookshop as msgspec structs, shared by django-modern-rest, django-bolt and Litestar."""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

import msgspec

Ordering = Literal["published", "-published", "price", "-price", "title", "-title"]


class Ref(msgspec.Struct):
    id: int
    name: str


class BookBase(msgspec.Struct):
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


class BookSearchOut(BookBase):
    publisher_id: int
    author: Ref


class BookOut(BookBase):
    author: Ref
    publisher: Ref
    tags: list[Ref]


class ReviewItem(msgspec.Struct):
    id: int
    user_name: str
    stars: int
    body: str
    created_at: datetime


class BookFullOut(BookOut):
    reviews: list[ReviewItem]
    review_count: int
    avg_stars: float | None


class ReviewOut(msgspec.Struct):
    id: int
    book: int
    user_name: str
    stars: int
    body: str
    created_at: datetime
