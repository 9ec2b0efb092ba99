"""Twenty thousand URLs that nobody would think of: none is a 500, none takes two seconds, none costs two statements."""

from time import perf_counter
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nuages.http.request import Request
from shop.api import api
from shop.models import Author, Book, Publisher, Review, Tag

EXAMPLES, BATCH = 500, 20  # on each of two databases: 20,000 URLs
LONGEST_S = 2.0  # the bound, a hundred times what any of these takes
STATUSES = {200, 400, 404, 503}

questions = api.build().pipeline._router.match("/books").targets["GET"].questions  # type: ignore[union-attr]
names = st.sampled_from([*questions.parameter_names, "nosuch", "price!", "tags__name!", "filter", "order"])
PLAIN = ("1", "-1", "0", "10.50", "true", "null", "FR", "war", "2020-01-31", "2020", "1,2,3", "id", "-price")
LISTS = ("price,-id__nulls_first", "id,author.name", "reviews.stars", "author__country", "count(),avg(price)")
FILTERS = ("price > 1 AND tags.name:w", "NOT (in_print = true OR price < 5)", "avg_stars >= 4", "price = null")
ODD = ("9" * 40, "1e400", "\x00", "%", "'", '"', "\ud7ff", "é" * 300)
LONG = ("(" * 500, "a AND " * 60, "x = 1 OR " * 2_000, "NOT " * 500, "-" * 500, "[" * 100_000)
values = st.one_of(
    *(st.sampled_from(chosen) for chosen in (PLAIN, LISTS, FILTERS, ODD, LONG)),
    st.text(max_size=30),
    st.integers().map(str),
    st.floats().map(str),
    st.dates().map(str),
)


def spell(chosen: list[tuple[str, str]]) -> str:
    """Write a query string."""
    return "&".join(f"{quote(name, safe='!')}={quote(value, safe='', errors='replace')}" for name, value in chosen)


queries = st.lists(st.tuples(names, values), max_size=5).map(spell)
paths = st.sampled_from(["/books", "/books", "/books", "/reviews", "/authors", "/tags", "/books/1", "/books/x"])
urls = st.tuples(paths, st.one_of(queries, queries, queries, st.text(max_size=60)))


@pytest.fixture
def shop(database: object) -> None:
    publisher = Publisher.objects.create(name="P")
    tags = [Tag.objects.create(name=name) for name in ("war", "sea")]
    for number in range(8):
        author = Author.objects.create(name=f"A{number}", country="FR" if number % 2 else "DE")
        book = Book.objects.create(title=f"T{number}", price=number, in_print=True, author=author, publisher=publisher)
        book.tags.set(tags[: number % 3])
        Review.objects.create(book=book, user_name="u", stars=number % 5 + 1, body="b")


def ask(path: str, query: str) -> tuple[int, float]:
    began_s = perf_counter()
    raw = query.encode("utf-8", "replace").decode("latin-1")  # as WSGI hands it over
    response = api.handle(Request("GET", path, raw, {"host": "testserver"}, prefix="/api"))
    return response.status, perf_counter() - began_s


@pytest.mark.usefixtures("shop")
def test_no_url_breaks_the_server(statements: list[str]) -> None:
    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(urls, min_size=BATCH, max_size=BATCH))
    def ask_all(batch: list[tuple[str, str]]) -> None:
        for path, query in batch:
            statements.clear()
            status, took_s = ask(path, query)
            assert status in STATUSES, (path, query)
            assert took_s < LONGEST_S, (path, query, took_s)
            assert len(statements) <= (status != 400), (path, query)  # HTTP's own number

    ask_all()
