"""Every committed change ends the answers that it touches, however it is written; nothing else does."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections, transaction
from django.db.models import F

from nuages import kept_reads
from nuages.cache.entries import Memory
from nuages.http.request import Request
from shop.models import Author, Book, Review, Tag
from tests.http.keeping import (
    BYPASS,
    HIT,
    STORED,
    ask,
    few_books,
    make_api,
    own_cache,  # noqa: F401  # a fixture
    status,
    titles,
    warm,
)

pytestmark = pytest.mark.usefixtures("database", "transactional_db", "own_cache")


Change = Callable[[Author, Book, Tag], Any]


def _raw(text: str) -> Change:
    def change(_author: Author, book: Book, _tag: Tag) -> None:
        with connections[book._state.db or "default"].cursor() as cursor:
            cursor.execute(text)

    return change


def _many(_author: Author, book: Book, _tag: Tag) -> None:
    with connections[book._state.db or "default"].cursor() as cursor:
        cursor.executemany("UPDATE shop_book SET title = %s WHERE id = %s", [("many", book.pk)])


def _in_a_transaction(_author: Author, book: Book, _tag: Tag) -> None:
    with transaction.atomic(using=book._state.db):
        Book.objects.filter(pk=book.pk).update(title="inside")
        with transaction.atomic(using=book._state.db):
            Review.objects.create(book=book, user_name="ben", stars=1)


def _by_hand(_author: Author, book: Book, _tag: Tag) -> None:
    connection = connections[book._state.db or "default"]
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("UPDATE shop_book SET title = 'by hand'")
        cursor.execute("COMMIT")


CHANGES: dict[str, Change] = {
    "save": lambda _, book, __: Book(pk=book.pk, title="new", price=1, author_id=book.author_id).save(),
    "create": lambda author, *_: Book.objects.create(title="new", price=1, author=author),
    "update": lambda *_: Book.objects.update(price=F("price") + 1),
    "bulk_create": lambda author, *_: Book.objects.bulk_create([Book(title="new", price=1, author=author)]),
    "bulk_update": lambda _, book, __: Book.objects.bulk_update([Book(pk=book.pk, title="bulk")], ["title"]),
    "delete": lambda *_: Book.objects.all().delete(),
    "cascade": lambda author, *_: author.delete(),
    "nested": lambda author, *_: Author.objects.filter(pk=author.pk).update(name="Willy"),
    "children": lambda _, book, __: Review.objects.create(book=book, user_name="ben", stars=1),
    "many-to-many": lambda _, book, __: book.tags.add(Tag.objects.create(name="first")),
    "many-to-many-cleared": lambda _, book, __: book.tags.clear(),
    "raw": _raw("UPDATE shop_book SET title = 'raw'"),
    "raw-with": _raw(
        "WITH old AS (SELECT id FROM shop_book) UPDATE shop_book SET title = 'with' WHERE id IN (SELECT id FROM old)"
    ),
    "raw-spelled": _raw("/* by hand */ update\n  \"shop_book\"\n set title = 'spelled' -- all"),
    "executemany": _many,
    "transaction": _in_a_transaction,
    "begin-commit": _by_hand,
}


@pytest.mark.parametrize("name", CHANGES)
def test_every_committed_change_ends_what_it_touches(name: str) -> None:  # K06
    """However it is written through Django, the next read has it."""
    rows = few_books()
    api = make_api()
    before = warm(api)
    CHANGES[name](*rows)
    after = ask(api)
    assert status(after) == STORED
    assert after.body != before.body
    warm(api)


def test_a_change_elsewhere_ends_nothing() -> None:
    """Tables that the answer does not read may change."""
    _, book, _ = few_books()
    api = make_api()
    warm(api)
    book.coauthors.add(Author.objects.create(name="Willy"))
    assert status(ask(api)) == STORED  # its author's table has changed
    warm(api)
    book.coauthors.clear()
    assert status(ask(api)) == HIT


def test_the_changes_of_the_api_itself_end_answers() -> None:  # K06
    """POST by its one statement, PATCH and DELETE: the next read has each."""
    author, book, _ = few_books()
    api = make_api()
    for method, path, document, shown in (
        ("POST", "/books", {"title": "Gigi", "price": "9.00", "author": author.pk}, ["Chéri", "Sido", "Gigi"]),
        ("PATCH", f"/books/{book.pk}", {"title": "La Fin"}, ["La Fin", "Sido", "Gigi"]),
        ("DELETE", f"/books/{book.pk}", None, ["Sido", "Gigi"]),
    ):
        warm(api)
        body = b"" if document is None else json.dumps(document).encode()
        named = {"content-type": "application/json", "content-length": str(len(body))}
        changed = api.handle(Request(method, path, "", named, read=lambda size, body=body: body[:size]))
        assert changed.status < 300, changed.body
        assert titles(api) == shown


def test_what_was_rolled_back_ends_nothing_and_is_seen_by_nobody() -> None:  # K08
    """Inside the transaction nothing kept is used; outside of it the old answer stays, and is right."""
    few_books()
    api = make_api()
    before = warm(api)
    with transaction.atomic(using=Book.objects.db):
        Book.objects.update(title="never")
        inside = ask(api)
        transaction.set_rollback(True, using=Book.objects.db)
    assert (status(inside), b"never" in inside.body) == (BYPASS, True)
    after = ask(api)
    assert (status(after), after.body) == (HIT, before.body)


def test_a_change_while_it_is_computed_ends_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:  # K07
    """A change is committed after the statement and before its answer is kept: that answer is found by nobody."""
    few_books()
    api, execute = make_api(), kept_reads.execute

    def overtaken(*arguments: Any) -> Any:
        found = execute(*arguments)
        Book.objects.update(title="meanwhile")
        return found

    monkeypatch.setattr(kept_reads, "execute", overtaken)
    assert b"meanwhile" not in ask(api).body
    monkeypatch.setattr(kept_reads, "execute", execute)
    assert titles(api) == ["meanwhile", "meanwhile"]


def test_an_answer_of_before_a_change_is_not_kept_after_it(monkeypatch: pytest.MonkeyPatch) -> None:  # K07
    """A read finds the old row, a change is committed, the read keeps what it found: nobody gets that."""
    few_books()
    api = make_api()
    put = Memory.put

    def late(memory: Any, key: Any, entry: Any, size: int) -> None:
        Book.objects.update(title="meanwhile")
        put(memory, key, entry, size)

    monkeypatch.setattr(Memory, "put", late)
    old = ask(api)
    monkeypatch.setattr(Memory, "put", put)
    assert b"meanwhile" not in old.body
    assert titles(api) == ["meanwhile", "meanwhile"]
