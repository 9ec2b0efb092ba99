"""The answers of endpoints are kept as those of resources are: till what they read changes, for whoever may share."""

import asyncio
import json
import threading
from typing import Annotated, Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import get_user_model
from django.db import connections, transaction
from django.db.models.functions import Now

from nuages import (
    API,
    Cache,
    Cookie,
    Header,
    Page,
    Principal,
    Reply,
    Request,
    Resource,
    Response,
    anyone,
    authenticated,
)
from nuages.cache import unkept
from nuages.errors import DeclarationError, NotFound
from shop.models import Author, Book, Review, Tag
from tests.conftest import Statements
from tests.http.asking import send
from tests.http.keeping import BYPASS, HIT, STORED, Named, few_books, name_of, own_cache, status  # noqa: F401
from tests.http.rules_asked import As

pytestmark = pytest.mark.usefixtures("database", "transactional_db", "own_cache")


class Kept:
    """Endpoints whose answers are kept; `calls` says how often any was called."""

    def __init__(self, *ways: Any) -> None:
        self.api = API(title="Kept endpoints", authenticate=ways or [Named()])
        self.calls = 0

    def serve(self, function: Any, path: str = "/kept", **terms: Any) -> None:
        """Serve a function, and count its calls."""
        self.api.get(path, **{"rule": anyone, "cache": 60, **terms})(function)

    def ask(self, url: str = "/kept", **headers: str) -> tuple[str, Any]:
        """How an answer was found, and what it is."""
        response = send(self.api, url, **headers)
        if response.coming is not None:
            response = async_to_sync(response.coming)()
        return status(response), json.loads(response.body) if response.body else None


def test_an_answer_is_kept_until_what_it_read_changes(statements: Statements) -> None:
    """By the tables of its statements, found while it runs; a 304 costs none either."""
    author, book, _ = few_books()
    kept = Kept()

    def count(least: int = 0) -> int:
        kept.calls += 1
        return Book.objects.filter(price__gte=least, author__country="").count()

    kept.serve(count)
    assert [kept.ask(), kept.ask()] == [(STORED, 2), (HIT, 2)]
    assert kept.ask("/kept?least=11") == (STORED, 1)
    statements.clear()
    first = send(kept.api, "/kept")
    assert send(kept.api, "/kept", if_none_match=first.header("ETag") or "").status == 304
    assert (list(statements), kept.calls) == ([], 2)
    Tag.objects.create(name="other")
    Review.objects.create(book=book, stars=1)
    assert kept.ask() == (HIT, 2)
    Author.objects.filter(pk=author.pk).update(country="FR")
    assert kept.ask() == (STORED, 0)
    assert kept.ask("/kept?least=11") == (STORED, 0)


def test_the_straight_path_is_seen_too() -> None:
    """What a function chooses is read past Django's cursors; its page ends with what it shows."""
    _, book, _ = few_books()
    kept = Kept()
    fields = {"fields": ["id", "title"], "rules": {"read": anyone}, "filters": ["title"]}
    books = kept.api.resource(Book)(type("Books", (Resource,), fields))

    def chosen(title: str = "") -> Page:
        return books.page(Book.objects.filter(title__contains=title))

    kept.serve(chosen)
    assert [kept.ask("/kept?limit=1")[0] for _ in range(2)] == [STORED, HIT]
    Tag.objects.create(name="other")
    assert kept.ask("/kept?limit=1")[0] == HIT
    Book.objects.filter(pk=book.pk).update(title="Gigi")
    found, page = kept.ask("/kept?limit=1")
    assert (found, page["items"][0]["title"]) == (STORED, "Gigi")


def _in_transaction() -> int:
    with transaction.atomic(using=Book.objects.db):
        return Book.objects.count()


def _by_the_clock() -> int:
    return Book.objects.filter(created_at__lt=Now()).count()


def _writing() -> int:
    return Tag.objects.filter(name="novel").update(name="novel")


def _private() -> Response:
    return Response(200, b"1", [("Cache-Control", "private, max-age=9")])


def _with_a_cookie() -> Reply[int]:
    return Reply(1, headers=[("Set-Cookie", "a=b")])


@pytest.mark.parametrize(
    "function",
    [_in_transaction, _by_the_clock, _writing, _private, _with_a_cookie],
    ids=["transaction", "clock", "writing", "private", "cookie"],
)
def test_what_cannot_be_kept_is_not(function: Any) -> None:
    """What others do not see, what moves by itself, what changes something, what is for one."""
    few_books()
    kept = Kept()
    kept.serve(function)
    assert [kept.ask()[0] for _ in range(3)] == [BYPASS] * 3


def test_problems_are_not_kept() -> None:
    """Nor is anything but a 200."""
    kept = Kept()

    def lost() -> int:
        kept.calls += 1
        raise NotFound("Not here.")

    kept.serve(lost)
    assert [send(kept.api, "/kept").status for _ in range(2)] == [404, 404]
    assert kept.calls == 2


def test_who_asks_is_told_apart_where_it_could_matter() -> None:  # K01
    """By a function that takes who asks, or has a rule; the others are everybody's."""
    kept = Kept()

    def me(principal: Principal) -> str:
        return name_of(principal)

    def ours() -> str:
        kept.calls += 1
        return "ours"

    kept.serve(me, "/me")
    kept.serve(ours, "/ours")
    for name in ("ann", "ben", ""):
        given = {"x_name": name} if name else {}
        assert [kept.ask("/me", **given) for _ in range(2)] == [(STORED, name), (HIT, name)]
        kept.ask("/ours", **given)
    assert kept.calls == 1


def test_what_is_known_of_a_user_is_never_old() -> None:
    """The row that was read to find out who asks, rights that a rule has looked up: they are part of what is asked."""
    users: Any = get_user_model()
    user = users.objects.create_user("ann", email="a@example.com")
    who = As()
    kept = Kept(who)

    def rule(principal: Principal) -> bool:
        return principal.user.has_perm("shop.add_book") in {True, False}  # fills Django's cache on the user

    def me(principal: Principal) -> tuple[str, bool]:
        return principal.user.email, principal.user.has_perm("shop.add_book")

    kept.serve(me, rule=authenticated & rule)

    def ask() -> Any:
        who.principal = Principal(users.objects.get(pk=user.pk), "test")
        return kept.ask()

    assert [ask(), ask()] == [(STORED, ["a@example.com", False]), (HIT, ["a@example.com", False])]
    users.objects.filter(pk=user.pk).update(email="b@example.com")
    assert ask() == (STORED, ["b@example.com", False])
    permission = user.user_permissions.model.objects.get(codename="add_book")
    user.user_permissions.add(permission)
    assert ask() == (STORED, ["b@example.com", True])


def test_a_right_that_is_gone_is_gone_at_once_for_functions_too() -> None:  # K11
    """The rule is asked before anything that is kept."""
    kept, allowed = Kept(), [True]

    def secret() -> str:
        return "secret"

    kept.serve(secret, rule=lambda _: allowed[0])
    assert [kept.ask()[0] for _ in range(2)] == [STORED, HIT]
    allowed[0] = False
    assert send(kept.api, "/kept").status == 401


def test_headers_and_cookies_of_the_signature_tell_answers_apart() -> None:  # K02
    """Those alone, also where a dependency takes them."""
    kept = Kept()

    class Shop:
        def __init__(self, name: str) -> None:
            self.name = name

    @kept.api.dependency
    def shop(x_shop: Annotated[str, Header()] = "main") -> Shop:
        return Shop(x_shop)

    def said(
        shop: Shop, theme: Annotated[str, Cookie()] = "light", x_unit: Annotated[str, Header()] = "cm"
    ) -> list[str]:
        return [shop.name, theme, x_unit]

    said.__annotations__["shop"] = Shop
    kept.serve(said)
    for headers, expected in (
        ({}, ["main", "light", "cm"]),
        ({"x_unit": "in"}, ["main", "light", "in"]),
        ({"x_shop": "two"}, ["two", "light", "cm"]),
        ({"cookie": "theme=dark; other=1"}, ["main", "dark", "cm"]),
    ):
        assert [kept.ask(**headers) for _ in range(2)] == [(STORED, expected), (HIT, expected)]
    assert kept.ask(cookie="theme=dark; other=2", x_other="3")[0] == HIT


def test_a_change_while_it_is_called_ends_an_answer() -> None:  # K07
    """The versions are of before the call."""
    few_books()
    kept = Kept()

    def count() -> int:
        found = Tag.objects.count()
        if not kept.calls:
            thread = threading.Thread(target=_add_a_tag)
            thread.start()
            thread.join()
        kept.calls += 1
        return found

    kept.serve(count)
    assert [kept.ask()[1], kept.ask()[1]] == [1, 2]


def _add_a_tag() -> None:
    try:
        Tag.objects.create(name="meanwhile")
    finally:
        connections.close_all()


def test_of_many_who_ask_at_once_one_calls() -> None:
    """The others wait for its answer."""
    kept, began, may_end = Kept(), threading.Event(), threading.Event()

    def slow() -> int:
        kept.calls += 1
        began.set()
        may_end.wait(10)
        return kept.calls

    kept.serve(slow)
    found: list[Any] = []
    threads = [threading.Thread(target=lambda: found.append(kept.ask())) for _ in range(5)]
    kept.api.build()
    threads[0].start()
    began.wait(10)
    for thread in threads[1:]:
        thread.start()
    may_end.set()
    for thread in threads:
        thread.join()
    assert sorted(found) == sorted([(STORED, 1), *[(HIT, 1)] * 4])


def test_coroutines_are_kept_too() -> None:
    """Their statements are seen on whichever thread they run; of many at once one calls."""
    few_books()
    kept = Kept()

    async def counts() -> int:
        kept.calls += 1
        await asyncio.sleep(0.05)
        return await Book.objects.acount()

    kept.serve(counts)
    assert [kept.ask(), kept.ask()] == [(STORED, 2), (HIT, 2)]
    Book.objects.filter(title="Sido").delete()
    assert [kept.ask(), kept.ask()] == [(STORED, 1), (HIT, 1)]
    assert kept.calls == 2

    async def writing() -> int:
        return await Tag.objects.filter(name="novel").aupdate(name="novel")

    kept.api = API(title="Writing")
    kept.serve(writing)
    assert [kept.ask()[0] for _ in range(2)] == [BYPASS, BYPASS]


def test_coroutines_that_are_asked_at_once_are_called_once() -> None:
    """On one loop, nobody blocks it while they wait."""
    kept = Kept()

    async def slow() -> int:
        kept.calls += 1
        await asyncio.sleep(0.1)
        return kept.calls

    kept.serve(slow)

    async def ask() -> str:
        response = send(kept.api, "/kept")
        return status(await response.coming() if response.coming is not None else response)

    async def ask_all() -> list[str]:
        return list(await asyncio.gather(*(ask() for _ in range(5))))

    assert sorted(asyncio.run(ask_all())) == sorted([STORED, *[HIT] * 4])
    assert kept.calls == 1


def test_nothing_is_kept_of_a_view_by_a_function(database: Any) -> None:
    """Its rows change with those of tables that no statement names."""
    kept = Kept()
    with database.cursor() as cursor:
        cursor.execute("CREATE VIEW shop_seen AS SELECT * FROM shop_tag")
    unkept.forget()

    def count() -> int:
        with connections[database.alias].cursor() as cursor:
            cursor.execute("SELECT COUNT(*) FROM shop_seen")
            return int(cursor.fetchone()[0])

    try:
        kept.serve(count)
        assert [kept.ask()[0] for _ in range(2)] == [BYPASS, BYPASS]
    finally:
        with database.cursor() as cursor:
            cursor.execute("DROP VIEW shop_seen")


@pytest.mark.parametrize(
    ("method", "terms", "words"),
    [
        ("post", {"cache": 60}, "has a cache, and POST changes something"),
        ("get", {"cache": "long"}, "cache 'long' is no number of seconds"),
        ("get", {"cache": {"list": 60}}, "cache is a dict"),
        ("get", {"cache": Cache(60, stale_s=-1)}, "stale_s=-1 is no number of seconds"),
    ],
    ids=["method", "text", "dict", "stale"],
)
def test_what_cannot_have_a_cache_is_told(method: str, terms: Any, words: str) -> None:
    """When the project starts: `nuages.E068`."""
    kept = Kept()
    getattr(kept.api, method)("/kept", rule=anyone, **terms)(_writing)
    with pytest.raises(DeclarationError) as raised:
        kept.api.build()
    assert "E068" in str(raised.value)
    assert words in str(raised.value)


def test_a_function_that_takes_the_request_has_no_cache() -> None:
    """Anything of it may matter."""
    kept = Kept()

    def whole(request: Request) -> str:
        return request.host

    kept.serve(whole)
    with pytest.raises(DeclarationError, match="takes Request"):
        kept.api.build()
