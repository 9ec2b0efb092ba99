"""The statements that the peers on SQLAlchemy share, so that they differ in the framework only."""

from sqlalchemy import select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from on_sqlalchemy.models import Author, Book, Tag, book_tags

DETAIL = select(Book).options(joinedload(Book.author), joinedload(Book.publisher), selectinload(Book.tags))
FULL = DETAIL.options(selectinload(Book.reviews)).order_by(Book.id)
ORDERINGS = {
    "published": Book.published.asc(),
    "-published": Book.published.desc(),
    "price": Book.price.asc(),
    "-price": Book.price.desc(),
    "title": Book.title.asc(),
    "-title": Book.title.desc(),
}


def detail(book_id):
    return DETAIL.where(Book.id == book_id)


def page(number, size):
    return select(Book).order_by(Book.id).limit(size).offset((number - 1) * size)


def full(number, size):
    return FULL.limit(size).offset((number - 1) * size)


def search(country, min_price, max_price, tag, ordering):
    """Write the search; one join to the author serves the filter and the nested author."""
    found = select(Book).join(Book.author).options(contains_eager(Book.author))
    if country is not None:
        found = found.where(Author.country == country)
    if min_price is not None:
        found = found.where(Book.price >= min_price)
    if max_price is not None:
        found = found.where(Book.price <= max_price)
    if tag is not None:
        found = found.join(book_tags, book_tags.c.book_id == Book.id)
        found = found.join(Tag, Tag.id == book_tags.c.tag_id).where(Tag.name == tag)
    return found.order_by(ORDERINGS[ordering]).limit(20)
