"""Turn entries into books with their authors and tags, leaving alone every book that is already there.

A book is recognised by its ISBN, and an entry without one by title and first author. So loading a file twice changes
nothing, and what was corrected by hand in between (a price, a tag, a title beside an ISBN) stays as it is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db import transaction

from shop.goodbooks import Entry
from shop.models import Author, Book, Tag
from shop.tables import add_instances, find_or_add, lock_tables, settle_tables, split_batches


@dataclass(frozen=True, slots=True)
class Loaded:
    """How many rows were added, and how many books were there before."""

    books: int
    authors: int
    tags: int
    already_there: int


def load_entries(entries: Sequence[Entry], *, using: str) -> Loaded:
    """Store all entries that are new, in one transaction: all of them or none."""
    with transaction.atomic(using=using):
        lock_tables(using)
        new = list(_drop_known(entries, using))
        people = [name for entry in new for name in (entry.author, *entry.coauthors)]
        authors, authors_added = find_or_add(Author, people, using=using)
        tags, tags_added = find_or_add(Tag, [tag for entry in new for tag in entry.tags], using=using)
        _insert_books(new, authors=authors, tags=tags, using=using)
        if new:
            settle_tables(using)
    return Loaded(len(new), authors_added, tags_added, already_there=len(entries) - len(new))


def _drop_known(entries: Sequence[Entry], using: str) -> Iterator[Entry]:
    books = Book.objects.using(using)
    isbns: set[str | None] = set()
    names: set[tuple[str, str]] = set()
    for batch in split_batches((entry.isbn for entry in entries if entry.isbn), 500):
        isbns.update(books.filter(isbn__in=batch).values_list("isbn", flat=True))
    for titles in split_batches((entry.title for entry in entries if not entry.isbn), 500):
        names.update(books.filter(title__in=titles).values_list("title", "author__name"))
    for entry in entries:
        if not (entry.isbn in isbns if entry.isbn else entry.name in names):
            yield entry


def _insert_books(entries: Sequence[Entry], *, authors: dict[str, int], tags: dict[str, int], using: str) -> None:
    books = [
        Book(title=e.title, isbn=e.isbn, price=e.price, published=e.published, author_id=authors[e.author])
        for e in entries
    ]
    add_instances(Book, books, using=using)  # which also sets the keys that the links below need
    made = list(zip(books, entries, strict=True))
    coauthor, tag = Book.coauthors.through, Book.tags.through
    add_instances(
        coauthor, (coauthor(book_id=b.pk, author_id=authors[n]) for b, e in made for n in e.coauthors), using=using
    )
    add_instances(tag, (tag(book_id=b.pk, tag_id=tags[n]) for b, e in made for n in e.tags), using=using)
