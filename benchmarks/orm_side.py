"""The same books by the best ORM code: joined, prefetched and encoded by msgspec, in every variant worth trying.

Model instances, as ORM code has them; no serializer, no envelope, no next link: it does less than Nuages does. Beside
them stands the most that the ORM can do: tuples, put together by hand for these very fields.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
from django.db.models import Avg, Count, OuterRef, Prefetch, QuerySet, Subquery

from shop.models import Book, Review, Tag

PAGE_SIZE = 50


class NameOut(msgspec.Struct, gc=False):
    """An author, a publisher or a tag."""

    id: int
    name: str


class ReviewOut(msgspec.Struct, gc=False):
    """A review inside its book."""

    id: int
    user_name: str
    stars: int
    body: str


class BookOut(msgspec.Struct, gc=False):
    """A book with all that is nested in it."""

    id: int
    title: str
    isbn: str | None
    price: Decimal
    published: date | None
    in_print: bool
    author: NameOut
    publisher: NameOut | None
    tags: list[NameOut]
    reviews: list[ReviewOut]
    review_count: int
    avg_stars: float | None


Show = Callable[[Any], BookOut]
Variant = Callable[[int], bytes]
_encode = msgspec.json.Encoder().encode


def show_counting(book: Any) -> BookOut:
    """Show a book, with its aggregates computed from the prefetched reviews."""
    stars = [review.stars for review in book.reviews.all()]
    return _show(book, book.tags.all(), book.reviews.all(), (len(stars), sum(stars) / len(stars) if stars else None))


def show_annotated(book: Any) -> BookOut:
    """Show a book that the database has annotated with its aggregates."""
    return _show(book, book.tags.all(), book.reviews.all(), (book.review_count or 0, book.avg_stars))


def _show(book: Any, tags: Iterable[Any], reviews: Iterable[Any], aggregates: tuple[int, float | None]) -> BookOut:
    author, publisher = book.author, book.publisher
    return BookOut(
        book.id,
        book.title,
        book.isbn,
        book.price,
        book.published,
        book.in_print,
        NameOut(author.id, author.name),
        NameOut(publisher.id, publisher.name) if publisher else None,
        [NameOut(tag.id, tag.name) for tag in tags],
        [ReviewOut(review.id, review.user_name, review.stars, review.body) for review in reviews],
        *aggregates,
    )


def _joined() -> QuerySet[Any]:
    return Book.objects.select_related("author", "publisher")


def _joined_narrow() -> QuerySet[Any]:
    names = ("author__id", "author__name", "publisher__id", "publisher__name")
    return _joined().only("id", "title", "isbn", "price", "published", "in_print", *names)


def _reviews_narrow() -> QuerySet[Any]:
    return Review.objects.order_by("id").only("id", "user_name", "stars", "body", "book_id")


def _prefetched(books: QuerySet[Any], reviews: QuerySet[Any]) -> QuerySet[Any]:
    return books.prefetch_related(Prefetch("tags", Tag.objects.order_by("id")), Prefetch("reviews", reviews))


def _annotated(books: QuerySet[Any]) -> QuerySet[Any]:
    own = Review.objects.filter(book=OuterRef("pk")).order_by().values("book")
    return books.annotate(
        review_count=Subquery(own.annotate(n=Count("id")).values("n")),
        avg_stars=Subquery(own.annotate(mean=Avg("stars")).values("mean")),
    )


def _whole() -> QuerySet[Any]:
    return _prefetched(_joined(), Review.objects.order_by("id"))


def _narrow() -> QuerySet[Any]:
    return _prefetched(_joined_narrow(), _reviews_narrow())


def _page(books: Callable[[], QuerySet[Any]], show: Show) -> Variant:
    return lambda first: _encode([show(book) for book in books().filter(id__gte=first).order_by("id")[:PAGE_SIZE]])


def _one(books: Callable[[], QuerySet[Any]], show: Show) -> Variant:
    return lambda key: _encode(show(books().get(pk=key)))


def _one_by_three(books: Callable[[], QuerySet[Any]], reviews: Callable[[], QuerySet[Any]]) -> Variant:
    """Without the machinery of prefetching, which one book does not need."""

    def read(key: int) -> bytes:
        book = books().get(pk=key)
        found = list(reviews().filter(book=key))
        mean = sum(review.stars for review in found) / len(found) if found else None
        return _encode(_show(book, Tag.objects.filter(books=key).order_by("id"), found, (len(found), mean)))

    return read


def _put_together(books: QuerySet[Any]) -> list[BookOut]:
    """Three queries for tuples, put together by key."""
    names = ("author__id", "author__name", "publisher__id", "publisher__name")
    rows = list(books.values_list("id", "title", "isbn", "price", "published", "in_print", *names))
    keys = [row[0] for row in rows]
    tags, reviews = defaultdict(list), defaultdict(list)
    links = Book.tags.through.objects.filter(book_id__in=keys).order_by("tag_id")
    for book, *tag in links.values_list("book_id", "tag_id", "tag__name"):
        tags[book].append(NameOut(*tag))
    written = Review.objects.filter(book_id__in=keys).order_by("id")
    for book, *review in written.values_list("book_id", "id", "user_name", "stars", "body"):
        reviews[book].append(ReviewOut(*review))
    return [_show_row(row, tags[row[0]], reviews[row[0]]) for row in rows]


def _show_row(row: tuple[Any, ...], tags: list[NameOut], reviews: list[ReviewOut]) -> BookOut:
    mean = sum(review.stars for review in reviews) / len(reviews) if reviews else None
    publisher = NameOut(*row[8:]) if row[8] else None
    return BookOut(*row[:6], NameOut(*row[6:8]), publisher, tags, reviews, len(reviews), mean)


def read_page_by_hand(first: int) -> bytes:
    """Read a page without a model instance."""
    return _encode(_put_together(Book.objects.filter(id__gte=first).order_by("id")[:PAGE_SIZE]))


def read_one_by_hand(key: int) -> bytes:
    """Read one book without a model instance."""
    return _encode(_put_together(Book.objects.filter(pk=key))[0])


PAGES: dict[str, Variant] = {
    "prefetch, aggregates in Python": _page(_whole, show_counting),
    "prefetch, aggregates by Subquery": _page(lambda: _annotated(_whole()), show_annotated),
    "prefetch and only(), aggregates in Python": _page(_narrow, show_counting),
    "prefetch and only(), aggregates by Subquery": _page(lambda: _annotated(_narrow()), show_annotated),
}
ONES: dict[str, Variant] = {
    "prefetch, aggregates in Python": _one(_whole, show_counting),
    "prefetch and only(), aggregates in Python": _one(_narrow, show_counting),
    "prefetch, aggregates by Subquery": _one(lambda: _annotated(_whole()), show_annotated),
    "three queries, aggregates in Python": _one_by_three(_joined, lambda: Review.objects.order_by("id")),
    "three queries and only(), aggregates in Python": _one_by_three(_joined_narrow, _reviews_narrow),
}
