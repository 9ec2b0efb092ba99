"""Groups: endpoints and resources under a prefix, versions side by side, and what tells of their end."""

import datetime as dt
import json
from typing import Any

import pytest

from nuages import API, Page, Resource, anyone, authenticated, nested, staff
from nuages.diagnose.access import access_matrix
from nuages.errors import DeclarationError
from nuages.http.request import Request
from nuages.limit import limiter
from nuages.limit.counts import Counts
from nuages.limit.table import Table
from shop.models import Author, Book
from tests.http.asking import ask, refusal, send
from tests.http.rules_asked import As
from tests.http.writing import change

OPEN = {"read": anyone, "write": anyone}


@pytest.fixture
def own_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counts that no other process of the run shares."""
    counts = Counts(Table(), Table(), "local")
    monkeypatch.setattr(limiter, "counts", lambda: counts)


@pytest.fixture
def versions(database: Any) -> API:
    """Two versions of books and authors, and three books."""
    api = API(title="Versions", authenticate=[As()])
    v1 = api.group("/v1", deprecated=dt.date(2026, 6, 1), sunset=dt.date(2027, 1, 1), successor="/v2/books")
    v2 = api.group("/v2")
    for version, fields in ((v1, ["id", "title"]), (v2, ["id", "title", "price", nested("author", "id", "name")])):
        _declare(version, Book, "Books", fields=fields, writable=["title", "price", "author"], paging=["cursor"],
                 filters=["title"], exports=["csv"])  # fmt: skip
    _declare(v2, Author, "Authors", fields=["id", "name", nested("books", "id", order="id")], rules={"read": staff})
    _declare(api, Author, "Authors", fields=["id", nested("books", "id", "title", order="id")])

    @v2.group("/stats").get("/{country}", rule=anyone)
    def stats(country: str) -> int:
        return Book.objects.filter(author__country=country).count()

    author = Author.objects.create(name="Colette", country="FR")
    for n in (1, 2, 3):
        Book.objects.create(title=f"Book {n}", price=n, author=author)
    return api


def _declare(where: Any, model: Any, name: str, **attributes: Any) -> type[Resource]:
    declared = type(name, (Resource,), {"rules": OPEN, **attributes})
    return where.resource(model)(declared)  # type: ignore[no-any-return]


def test_versions_stand_side_by_side(versions: API) -> None:
    """One model, two resources of one name: URLs, links and cursors are each its own."""
    author = Author.objects.get().pk
    first, second = ask(versions, "/v1/books?limit=2"), ask(versions, "/v2/books?limit=2")
    assert (list(first["items"][0]), second["items"][0]["price"]) == (["id", "title"], "1.00")
    assert first["next"].startswith("/v1/books?limit=2&cursor=")
    assert [book["title"] for book in ask(versions, first["next"])["items"]] == ["Book 3"]
    cursor = first["next"].rpartition("=")[2]
    assert refusal(versions, f"/v2/books?limit=2&cursor={cursor}")[:2] == (400, "invalid-cursor")
    made = change(versions, "POST", "/v1/books", {"title": "New", "price": "1", "author": author})
    assert made.status == 201, made.body
    place = made.header("Location") or ""
    assert place.startswith("/v1/books/")
    assert ask(versions, place)["title"] == "New"
    export = send(versions, "/v1/books", accept="text/csv")
    assert 'filename="books.csv"' in (export.header("Content-Disposition") or "")
    assert export.pieces is not None
    export.pieces.close()
    assert send(versions, "/books").status == 404
    assert ask(versions, "/v2/stats/FR") == 4


def test_what_is_nested_is_of_the_same_group_first(versions: API) -> None:
    """Its rule is asked: authors of the second version are for staff, those of the root for anyone."""
    assert ask(versions, "/v2/books")["items"][0]["author"] is None
    (author,) = ask(versions, "/authors")["items"]
    assert [book["title"] for book in author["books"]] == ["Book 1", "Book 2", "Book 3"]
    assert send(versions, "/v2/authors").status == 401
    assert {what for what in access_matrix(versions) if what.startswith("GET /v")} >= {
        "GET /v1/books",
        "GET /v2/authors",
    }


def test_the_index_names_groups(versions: API) -> None:
    """Each with what whoever asks may read there."""
    assert ask(versions, "/") == {
        "title": "Versions",
        "version": "1.0",
        "resources": {"authors": "/authors"},
        "groups": {"v1": {"books": "/v1/books"}, "v2": {"books": "/v2/books"}},
    }


def test_an_end_is_told_with_every_answer(versions: API) -> None:
    """RFC 9745 and RFC 8594, with refusals too; below the prefix under which the API stands."""
    told = {"Deprecation": "@1780272000", "Sunset": "Fri, 01 Jan 2027 00:00:00 GMT"}
    for url in ("/v1/books", f"/v1/books/{Book.objects.earliest('pk').pk}", "/v1/books/0", "/v1/books?no=1"):
        response = send(versions, url)
        assert {name: response.header(name) for name in told} == told, url
        assert ("Link", '</v2/books>; rel="successor-version"') in response.headers
    below = versions.handle(Request("GET", "/v1/books/1", "", {}, prefix="/api"))
    assert below.header("Link") == '</api/v2/books>; rel="successor-version"'
    assert send(versions, "/v2/books").header("Deprecation") is None


def test_endpoints_and_resources_say_their_own_end(database: Any) -> None:
    """Nearer goes before farther; True is a moment long past, which the header may have."""
    api = API(title="Ends")
    group = api.group("/g", deprecated=True, sunset=dt.datetime(2027, 1, 1, 12, tzinfo=dt.UTC))
    _declare(group, Book, "Books", fields=["id"], successor="https://example.com/books")
    _declare(api, Author, "Authors", fields=["id"], deprecated=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))

    @group.get("/new", rule=anyone, deprecated=False, sunset=None)
    def new() -> int:
        return 1

    @group.get("/old", rule=anyone, deprecated=dt.date(2026, 1, 1))
    def old() -> int:
        return 1

    def told(url: str) -> list[str | None]:
        return [send(api, url).header(name) for name in ("Deprecation", "Sunset", "Link")]

    sunset = "Fri, 01 Jan 2027 12:00:00 GMT"
    assert told("/g/books") == ["@0", sunset, '<https://example.com/books>; rel="successor-version"']
    assert (told("/g/new"), told("/g/old")) == ([None, None, None], ["@1767225600", sunset, None])
    assert told("/authors") == ["@1767225600", None, None]


def test_a_group_says_what_its_endpoints_do_not(database: Any, own_counts: None) -> None:
    """Rule, ways of proving who one is, and one quota for all of them; an endpoint's own go before."""
    who = As()
    api = API(title="Defaults", authenticate=[])
    group = api.group("/g", rule=authenticated, authenticate=[who], throttle="2/min")

    @group.get("/closed")
    def closed() -> str:
        return "closed"

    @group.group("/deep", rule=anyone).get("/open")
    def open_to_all() -> str:
        return "open"

    @group.get("/free", rule=anyone, throttle=None)
    def free() -> str:
        return "free"

    _declare(group, Book, "Books", fields=["id"])
    books = _declare(api, Author, "Authors", fields=["id"])
    _declare(group, Author, "Others", fields=["id"], throttle="1/min", rules={"read": authenticated})

    @group.get("/chosen", rule=anyone, throttle="9/min")
    def chosen() -> Page:
        return books.page(Author.objects.all())

    assert send(api, "/g/closed").status == 401
    assert send(api, "/g/deep/open").header("RateLimit-Policy") == '"/g";q=2;w=60'
    assert [send(api, url).status for url in ("/g/books", "/g/deep/open", "/g/closed")] == [429, 429, 429]
    assert [send(api, "/g/free").status for _ in range(4)] == [200] * 4
    assert send(api, "/g/others").header("WWW-Authenticate") == who.challenge
    assert send(api, "/g/chosen").header("RateLimit-Policy") == '"GET /g/chosen";q=9;w=60'
    assert json.loads(send(api, "/g/chosen").body)["items"] == []


@pytest.mark.parametrize(
    ("prefix", "terms", "words"),
    [
        ("v1", {}, "E066) group('v1'): has the prefix 'v1'"),
        ("/v1/", {}, "has the prefix '/v1/'"),
        ("/", {}, "has the prefix '/'"),
        ("", {}, "has the prefix ''"),
        ("/{tenant}", {}, "has the prefix '/{tenant}'"),
        (7, {}, "has the prefix 7"),
        ("/books/old", {}, "where the members of Books are, under /books"),
        ("/auth", {}, "has resources where logins are"),
        ("/v1", {"thottle": "5/s"}, "Did you mean 'throttle'?"),
        ("/v1", {"throttle": "often"}, "E049) group('/v1'): throttle"),
        ("/v1", {"authenticate": [7]}, "E033) group('/v1'): authenticate"),
        (
            "/v1",
            {"sunset": dt.date(2020, 1, 1), "deprecated": dt.date(2021, 1, 1)},
            "E067) group('/v1'): sunset = 2020",
        ),
        ("/v1", {"sunset": True}, "sunset = True is no date"),
        ("/v1", {"deprecated": dt.datetime(2021, 1, 1)}, "has no time zone"),  # that is the mistake
        ("/v1", {"successor": "v2"}, "successor = 'v2' is no address"),
        ("/v1", {"successor": "/v2>; rel=x"}, "is no address"),
    ],
    ids=[
        "bare",
        "slash",
        "root",
        "empty",
        "braces",
        "number",
        "member",
        "logins",
        "unknown",
        "rate",
        "ways",
        "before",
        "true",
        "zone",
        "successor",
        "header",
    ],
)
def test_what_is_wrong_with_a_group_is_told(prefix: Any, terms: Any, words: str) -> None:
    """When the project starts, with what to write instead."""
    api = API(title="Wrong")
    _declare(api, Book, "Books", fields=["id"])
    group = api.group(prefix, **terms)
    _declare(group, Book, "Copies", fields=["id"])
    with pytest.raises(DeclarationError) as raised:
        api.build()
    assert words in str(raised.value)


def test_what_is_wrong_with_resources_in_groups_is_told() -> None:
    """One class twice; an end before its beginning; a path without its slash."""
    api = API(title="Wrong")
    books = _declare(api.group("/v1"), Book, "Books", fields=["id"], sunset=dt.date(2020, 1, 1), deprecated=dt.date.max)
    api.group("/v2").resource(Book)(books)

    @api.group("/v3").get("lost", rule=anyone)
    def lost() -> int:
        return 1

    with pytest.raises(DeclarationError) as raised:
        api.build()
    text = str(raised.value)
    for words in ("registered twice", "sunset = 2020-01-01 is before", "GET lost has no path"):
        assert words in text
