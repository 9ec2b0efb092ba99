"""`manage.py nuages sql` prints the very statement of a request, with its values in it, and it runs as it stands."""

from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from shop.models import Author, Book, Tag
from tests.http.client import get
from tests.support.oracle import same


def said(request: str, **options: Any) -> str:
    """What the command prints."""
    out = StringIO()
    call_command("nuages", "sql", request, stdout=out, no_color=True, **options)
    return out.getvalue()


def statement_of(text: str) -> str:
    """The first statement of what was printed."""
    return text.split("\n-- Its page query")[0].split("\n", 1)[1].rstrip().rstrip(";")


@pytest.fixture
def books(database: Any) -> Any:
    """Two books, one of them with everything that needs quoting."""
    author = Author.objects.create(id=1, name="O'Brien $1 ?", country="FR")
    Book.objects.create(id=1, title="50% of \"it\" 'all'", price="12.50", author=author)
    Book.objects.create(id=2, title="other", price="1", author=author).tags.add(Tag.objects.create(name="it's $2 ? %s"))
    return database


@pytest.mark.parametrize(
    "question",
    [
        "",
        "?price__gte=10&author__country=FR&order=-price",
        "?tags__name=it's $2 ? %25s&limit=3",
        "?in_print=true&published__isnull=true&avg_stars__gte=1",
        "?price__in=12.5,1&order=avg_stars,-published",
    ],
)
def test_the_statement_runs_as_it_stands_and_answers_the_request(question: str, books: Any) -> None:
    """Run without any parameter, its lines are the items of the page."""
    printed = said(f"GET /api/books{question}")
    with books.cursor() as cursor:
        cursor.execute(statement_of(printed), None)
        lines = [line[0] for line in cursor.fetchall()]
    page = get(f"/api/books{question.replace(' ', '%20')}").json()["items"]
    shown = [line if isinstance(line, dict) else line.decode() for line in lines]
    if books.vendor == "sqlite":
        assert same(f"[{','.join(shown)}]".encode(), page)
    else:
        assert len(shown) == len(page)
        assert [line["id"] for line in shown] == [item["id"] for item in page]


def test_a_cursor_and_a_member_are_shown_too(books: Any) -> None:
    """What a client may ask, the command may."""
    following = get("/api/books?limit=1&order=-price").json()["next"]
    assert '"shop_book"."price" <=' in said(f"GET {following}").replace("\n", " ").replace("  ", " ")
    assert said("/api/books/2").count("-- ") == 2


def test_the_plan_is_the_databases_own(books: Any) -> None:
    """EXPLAIN on PostgreSQL, EXPLAIN QUERY PLAN on SQLite."""
    plan = said("GET /api/books/2", explain=True).split("-- The database's plan\n")[1]
    assert ("SEARCH shop_book USING INTEGER PRIMARY KEY" if books.vendor == "sqlite" else "cost=") in plan
    if books.vendor == "postgresql":
        assert "actual time" in said("GET /api/books/2", analyze=True)


def test_nothing_is_executed_but_what_is_asked_for(books: Any, statements: Any) -> None:
    """Showing SQL does not run it."""
    said("GET /api/books")
    assert [sql for sql in statements if "shop_" in sql] == []


@pytest.mark.urls("tests.zoo.private")
def test_a_rules_q_is_shown_for_the_user_asked_as(database: Any) -> None:
    """As anybody, and as somebody."""
    User.objects.create_user("Aki")
    assert "'Aki'" not in said("GET /private/authors")
    assert "'Aki'" in said("GET /private/authors", user="Aki")


@pytest.mark.parametrize(
    ("request_line", "message"),
    [
        ("GET /api/books?prise=3", "Did you mean 'price'?"),
        ("GET /api/bokes", "Nothing is served under this path."),
        ("GET /nowhere", "Nothing is mounted at /nowhere."),
        ("GET /admin/", "is a view of the project"),
        ("GET /api/", "runs no statement"),
        ("POST /api/books", "only reads are"),
    ],
)
def test_what_cannot_be_shown_is_said(request_line: str, message: str, database: Any) -> None:
    """An error of the command, in a sentence."""
    with pytest.raises(CommandError, match=message.replace("?", r"\?")):
        said(request_line)


def test_an_unknown_user_is_said(database: Any) -> None:
    """Nobody is taken for anybody."""
    with pytest.raises(CommandError, match="There is no user 'nemo'"):
        said("GET /api/books", user="nemo")


def test_key_command_prints_a_key_and_its_setting() -> None:
    """Without an API and without a database."""
    out = StringIO()
    call_command("nuages", "key", "EdDSA", stdout=out)
    assert "NUAGES_TOKEN_KEYS" in out.getvalue()
    assert '"crv": "Ed25519"' in out.getvalue()
