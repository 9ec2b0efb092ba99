"""Fill the bookshop with the few rows that the examples of the documentation show, the same on every database."""

import datetime as dt
from decimal import Decimal

from shop.models import Author, Book, Publisher, Review, Tag

AUTHORS = [
    (1, "Colette", "FR", dt.date(1873, 1, 28)),
    (2, "Jules Verne", "FR", dt.date(1828, 2, 8)),
    (3, "Ursula K. Le Guin", "US", dt.date(1929, 10, 21)),
    (4, "Murasaki Shikibu", "JP", None),
]
PUBLISHERS = [(1, "Hetzel"), (2, "Harper & Row")]
TAGS = [(1, "classic"), (2, "science fiction"), (3, "love"), (4, "war")]
# key, title, price, published, in print, author, publisher, tags
BOOKS = [
    (1, "Chéri", "12.00", dt.date(1920, 7, 1), True, 1, None, (1, 3)),
    (2, "Twenty Thousand Leagues", "9.50", dt.date(1870, 6, 20), True, 2, 1, (1, 2)),
    (3, "The Left Hand of Darkness", "14.25", dt.date(1969, 3, 1), True, 3, 2, (2,)),
    (4, "The Dispossessed", "12.00", dt.date(1974, 5, 1), False, 3, 2, (2,)),
    (5, "The Tale of Genji", "30.00", None, True, 4, None, (1, 3, 4)),
    (6, "Claudine en ménage", "7.00", dt.date(1902, 5, 15), False, 1, None, ()),
]
# key, book, reader, stars, day
REVIEWS = [
    (1, 1, "Ann", 5, dt.date(2024, 1, 15)),
    (2, 1, "Bob", 3, dt.date(2024, 3, 1)),
    (3, 3, "Ann", 4, dt.date(2024, 3, 20)),
    (4, 3, "Bob", 2, dt.date(2025, 2, 2)),
    (5, 5, "Cid", 5, dt.date(2025, 6, 30)),
]


def fill_shelf() -> None:
    """Make the rows."""
    for key, name, country, born in AUTHORS:
        Author.objects.create(id=key, name=name, country=country, born=born)
    for key, name in PUBLISHERS:
        Publisher.objects.create(id=key, name=name)
    for key, name in TAGS:
        Tag.objects.create(id=key, name=name)
    for key, title, price, published, in_print, author, publisher, tags in BOOKS:
        book = Book.objects.create(
            id=key,
            title=title,
            price=Decimal(price),
            published=published,
            in_print=in_print,
            created_at=dt.datetime(2024, 5, key, 9, 30, tzinfo=dt.UTC),
            author_id=author,
            publisher_id=publisher,
        )
        book.tags.set(tags)
    for key, book_key, reader, stars, day in REVIEWS:
        noon = dt.datetime.combine(day, dt.time(12), tzinfo=dt.UTC)
        Review.objects.create(id=key, book_id=book_key, user_name=reader, stars=stars, body="...", created_at=noon)
