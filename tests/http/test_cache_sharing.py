"""Who shares a kept answer: those who may see the same, and nobody else."""

import json
from typing import Any

import pytest
from django.db import connections

from nuages import API, anyone, field, nested
from nuages.cache import unkept
from shop.models import Book, Review
from tests.conftest import Statements
from tests.http.keeping import (
    BYPASS,
    HIT,
    STORED,
    ask,
    cheaper,
    declare,
    few_books,
    make_api,
    name_of,
    own_cache,  # noqa: F401  # a fixture
    status,
    titles,
    warm,
)

pytestmark = pytest.mark.usefixtures("database", "transactional_db", "own_cache")


def test_who_may_see_the_same_shares_it_and_nobody_else_does(statements: Statements) -> None:  # K01
    """By the rows that a rule lets through, not by who one is."""
    few_books()
    api = make_api(cheaper)
    warm(api, x_name="11")
    statements.clear()
    assert status(ask(api, x_name="cheap")) == HIT
    assert status(ask(api)) == HIT
    assert list(statements) == []
    assert titles(api, x_name="11") == ["Chéri"]
    assert status(ask(api, x_name="13")) == STORED
    assert titles(api, x_name="13") == ["Chéri", "Sido"]
    assert titles(api, x_name="11") == ["Chéri"]


def test_the_rules_of_what_is_nested_count_too() -> None:  # K01
    """Who sees no reviews gets none from who does, in whichever order they come."""
    few_books()
    api = make_api(of_reviews=lambda principal: name_of(principal) == "ann")

    def stars(name: str) -> list[int]:
        return [len(item["reviews"]) for item in json.loads(warm(api, x_name=name).body)["items"]]

    assert (stars("ann"), stars("ben")) == ([1, 0], [0, 0])
    Book.objects.update(price=3)
    assert (stars("ben"), stars("ann")) == ([0, 0], [1, 0])


def test_hidden_fields_are_not_shared() -> None:  # K01
    """Those who see a field and those who do not have answers of their own, and so for what is nested in it."""
    few_books()
    api = API(title="Shaded", authenticate=make_api().authenticate)
    fields = [
        "id",
        field("price", visible=lambda principal: name_of(principal) == "ann"),
        nested("reviews", "id", visible=lambda principal: name_of(principal) == "ann"),
    ]
    declare(api, Book, {"fields": fields, "rules": {"read": anyone}, "cache": 60, "path": "books"})
    declare(api, Review, {"fields": ["id"], "path": "reviews", "rules": {"read": lambda p: name_of(p) == "ann"}})
    for name, shown in (("ben", {"id"}), ("ann", {"id", "price", "reviews"}), ("ben", {"id"})):
        assert set(json.loads(warm(api, x_name=name).body)["items"][0]) == shown
    plain = API(title="Plain", authenticate=make_api().authenticate)
    declare(plain, Book, {"fields": fields[:2], "rules": {"read": anyone}, "cache": 60, "path": "books"})
    for name, shown in (("ann", {"id", "price"}), ("ben", {"id"})):
        assert set(json.loads(warm(plain, x_name=name).body)["items"][0]) == shown


def test_a_right_that_is_gone_is_gone_at_once() -> None:  # K11
    """What was kept for somebody is found only as long as the rule still lets it through."""
    few_books()
    rights = {"ann"}
    api = make_api(lambda principal: name_of(principal) in rights)
    warm(api, x_name="ann")
    rights.clear()
    assert ask(api, x_name="ann").status in {401, 403}


def test_nothing_is_kept_of_a_view(database: Any) -> None:
    """Its rows change with tables that no statement names."""
    few_books()
    with connections[database.alias].cursor() as cursor:
        cursor.execute("CREATE VIEW shop_shown AS SELECT * FROM shop_review")
    try:
        unkept.forget()
        assert not unkept.is_keepable(connections[database.alias], ["shop_book", "shop_shown"])
        assert unkept.is_keepable(connections[database.alias], ["shop_book"])
    finally:
        with connections[database.alias].cursor() as cursor:
            cursor.execute("DROP VIEW shop_shown")


def test_nothing_is_kept_where_the_database_decides_by_the_session(database: Any) -> None:  # K01, Z24
    """Row security makes one statement give different people different rows."""
    few_books()
    if database.vendor != "postgresql":
        pytest.skip("SQLite has no row security")
    with connections[database.alias].cursor() as cursor:
        cursor.execute("ALTER TABLE shop_review ENABLE ROW LEVEL SECURITY")
    try:
        api = make_api()
        assert [status(ask(api)) for _ in range(2)] == [BYPASS, BYPASS]
    finally:
        with connections[database.alias].cursor() as cursor:
            cursor.execute("ALTER TABLE shop_review DISABLE ROW LEVEL SECURITY")


def test_the_spelling_of_an_address_poisons_nobody(settings: Any) -> None:  # K04
    """Links of an answer are those of its own host, also where another host was asked first."""
    settings.NUAGES_ABSOLUTE_URLS, settings.ALLOWED_HOSTS = True, ["*"]
    few_books()
    api = make_api()
    assert b"http://evil.example/books?" in warm(api, query="limit=1", host="evil.example").body
    good = ask(api, query="limit=1", host="good.example")
    assert (status(good), b"evil" in good.body) == (STORED, False)
    for query in ("limit=1&price__gte=1", "price__gte=1&limit=1", "price__gte=1.0&limit=1"):
        assert query.encode() in warm(api, query=query, host="good.example").body


def test_an_address_with_something_more_is_another() -> None:  # K05
    """A cache on the way that keeps whatever ends as a picture does is given nothing of anybody to keep."""
    _, book, _ = few_books()
    api = make_api(lambda principal: bool(name_of(principal)))
    for path in ("/books", f"/books/{book.pk}"):
        assert warm(api, path, x_name="ann").header("Cache-Control") == "private, no-cache"
        for more in ("/x.css", "/.css", ";.js", ".css", "%00.png", "\0.png", "%2fx.css", "%0a.js", "%23.png"):
            found = ask(api, path + more, x_name="ann")
            assert (found.status, found.header("Cache-Status")) == (404, None), (path + more, found.body)
            assert ask(api, path + more).status in {401, 404}, path + more
