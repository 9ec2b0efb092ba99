"""`fields=` and `include=` show a part of the whole representation; what is not shown is not fetched either."""

from typing import Any

import pytest
from django.db.models import Count, Q
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nuages import API, nested, nobody, value
from nuages.http.request import Request
from nuages.identify.principal import ANONYMOUS
from shop.invention import plan_sizes
from shop.models import Author, Book, Publisher, Review, Tag
from shop.seeding import seed_shop
from tests.http.asking import ask, serve
from tests.zoo.models import Specimen

BOOKS: dict[str, Any] = {
    "fields": [
        "id",
        "title",
        "price",
        value("label", python=lambda row: f"{row['title']} by {row['author']['name'] if row['author'] else '?'}"),
        nested("author", "id", "name", "country", nested("books", "id", "title", order="id", limit=2, optional=True)),
        nested("tags", "id", "name"),
        nested("reviews", "id", "stars", nested("book", "id", "isbn", optional=True), optional=True),
        nested("publisher", "id", "name", optional=True),
        value("review_count", Count("reviews")),
        value("half", python=lambda row: f"{row['price']}/2 {row['isbn']}", needs=["isbn"]),
    ],
    "filters": ["price", "tags__name"],
    "ordering": ["title", "review_count"],
}
WHOLE = "include=author.books,reviews.book,publisher"


def _api() -> API:
    hidden = {"fields": ["id"], "rules": {"read": lambda _: ~Q(country="FR")}}
    return serve(
        books=(Book, BOOKS),
        authors=(Author, hidden),
        tags=(Tag, {"fields": ["id"]}),
        reviews=(Review, {"fields": ["id"], "rules": {"read": lambda _: Q(stars__gte=3)}}),
        publishers=(Publisher, {"fields": ["id"], "rules": {"read": nobody}}),
    )


@pytest.fixture
def api(database: Any) -> API:
    """Books with authors, of whom the French are hidden, tags, reviews and hidden publishers."""
    seed_shop(plan_sizes(30), seed=7, using=database.alias)
    api = _api()
    api.build()
    return api


LEAVES = [
    *(
        "id",
        "title",
        "price",
        "label",
        "review_count",
        "half",
        "author.id",
        "author.name",
        "author.country",
        "tags.name",
    ),
    *("tags.id", "author.books.id", "author.books.title", "reviews.id", "reviews.stars", "reviews.book.isbn"),
    *("publisher.name", "reviews.book.id"),
]
Tree = dict[str, Any]


def _tree(names: list[str]) -> Tree:
    tree: Tree = {}
    for name in names:
        here = tree
        for step in name.split("."):
            here = here.setdefault(step, {})
    return tree


def _restrict(document: Any, tree: Tree) -> Any:
    if isinstance(document, list):
        return [_restrict(row, tree) for row in document]
    if not tree or document is None:
        return document
    return {name: _restrict(shown, tree[name]) for name, shown in document.items() if name in tree}


def test_any_selection_is_the_whole_restricted(api: API, statements: Any) -> None:
    """Whatever is named, at every depth, in lists and in members; Python values still read what they need."""
    whole = ask(api, f"/books?{WHOLE}&order=title")["items"]
    key = whole[3]["id"]

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(names=st.lists(st.sampled_from(LEAVES), min_size=1, max_size=6))
    def check(names: list[str]) -> None:
        question, tree = f"fields={','.join(names)}", _tree(names)
        statements.clear()
        assert ask(api, f"/books?{question}&order=title")["items"] == _restrict(whole, tree)
        assert len(statements) == 1
        member = next(row for row in whole if row["id"] == key)
        assert ask(api, f"/books/{key}?{question}") == _restrict(member, tree)

    check()


def _first(api: API, question: str) -> Any:
    return ask(api, f"/books?order=title&{question}")["items"][0]


def test_optional_relations_come_when_they_are_called(api: API) -> None:
    """Everything else is shown unasked; include= adds, at any depth, on members as on lists."""
    usual = ["id", "title", "price", "label", "author", "tags", "review_count", "half"]
    row = _first(api, "")
    assert (sorted(row), sorted(row["author"] or {})) == (sorted(usual), sorted(row["author"] or {}))
    assert list(_first(api, "include=reviews")["reviews"][0]) == ["id", "stars"]
    assert list(_first(api, "include=reviews.book")["reviews"][0]) == ["id", "stars", "book"]
    assert set(_first(api, "include=publisher")) == {*usual, "publisher"}
    key = row["id"]
    assert ask(api, f"/books/{key}") == row
    assert ask(api, f"/books/{key}?include=reviews.book") == _first(api, "include=reviews.book")
    assert _first(api, "include=author") == row, "what is shown anyway may be named"


def test_include_adds_to_fields(api: API) -> None:
    """The relation that fields= leaves whole stays whole beside what is included in it."""
    assert set(_first(api, "fields=id&include=reviews")) == {"id", "reviews"}
    visible = next(row for row in ask(api, "/books")["items"] if row["author"])["id"]
    shown = ask(api, f"/books/{visible}?fields=id,author&include=author.books")
    assert list(shown["author"]) == ["id", "name", "country", "books"]
    shown = ask(api, f"/books/{visible}?fields=id,author.name&include=author.books")
    assert list(shown["author"]) == ["name", "books"]


@pytest.mark.parametrize("fields", ["author,author.name", "author.name,author"])
def test_a_relation_named_whole_is_whole(fields: str, api: API) -> None:
    """Whatever else of it is named."""
    visible = next(row for row in ask(api, "/books")["items"] if row["author"])["id"]
    assert list(ask(api, f"/books/{visible}?fields={fields}")["author"]) == ["id", "name", "country"]


@pytest.mark.parametrize(
    "fields",
    ["label,author.id", "label,author.country", "label", "half", "label,half", "label,author", "label,tags.id"],
)
def test_a_python_value_reads_what_is_not_shown(fields: str, api: API) -> None:
    """Also a relation's member that the client left out."""
    whole = ask(api, "/books")["items"]
    assert ask(api, f"/books?fields={fields}")["items"] == _restrict(whole, _tree(fields.split(",")))


def test_a_python_value_reads_finished_fields_and_earlier_values(database: Any) -> None:
    """The same whichever of them are shown: a file's URL, another Python value."""
    fields = [
        "id", "file", value("upper", python=lambda row: (row["file"] or "").upper()),
        value("twice", python=lambda row: row["upper"] * 2),
    ]  # fmt: skip
    Specimen.objects.create(id=1, file="files/a.txt")
    api = serve(specimens=(Specimen, {"fields": fields}))
    whole = ask(api, "/specimens")["items"]
    assert whole == [
        {"id": 1, "file": "/media/files/a.txt", "upper": "/MEDIA/FILES/A.TXT", "twice": "/MEDIA/FILES/A.TXT" * 2}
    ]
    for names in (["upper"], ["upper", "id"], ["twice"], ["file", "twice"]):
        assert ask(api, f"/specimens?fields={','.join(names)}")["items"] == _restrict(whole, _tree(names)), names


NOT_FETCHED = {
    "fields=id": ["shop_author", "shop_tag", "shop_review", "shop_publisher", "price", "isbn", "author_id", "title"],
    "fields=id,price": ["shop_author", "isbn", "title"],
    "fields=tags.name": ["shop_author", "shop_review", "price", "title"],
    "fields=author.name": ["country_shown", "shop_tag", "shop_review", "shop_book_tags", "isbn"],
    "fields=half": ["shop_publisher"],
    "": ["shop_publisher"],
    "include=publisher": [],
    "fields=review_count": ["shop_author", "shop_tag", "title"],
}


@pytest.mark.parametrize("question", NOT_FETCHED)
@pytest.mark.parametrize("path", ["/books", "/books/1"])
def test_what_is_not_selected_is_not_in_the_statement(path: str, question: str, api: API) -> None:
    """Neither its tables nor its columns."""
    _, read = api.build().pipeline.prepare(Request("GET", path, question, {}), ANONYMOUS)
    text = read.plan.statement.text
    assert [word for word in NOT_FETCHED[question] if word in text] == []


def test_the_rules_of_what_is_nested_hold(api: API) -> None:
    """However narrow the question: hidden rows are null or missing."""
    french = set(Book.objects.filter(author__country="FR").values_list("id", flat=True))
    assert french
    for question in (
        "fields=id,author.name",
        "fields=id,author.country,author.books.id",
        "fields=id&include=author.books",
    ):
        for row in ask(api, f"/books?{question}")["items"]:
            assert (row["author"] is None) == (row["id"] in french), question
    rows = ask(api, "/books?fields=id,reviews.stars,publisher.name&limit=200")["items"]
    assert {row["publisher"] if row["publisher"] is None else "shown" for row in rows} == {None}
    assert min(review["stars"] for row in rows for review in row["reviews"]) >= 3


def test_duplicates_are_one(api: API) -> None:
    """And their order is nobody's."""
    question = ",".join(["title", "id"] * 100)
    assert list(_first(api, f"fields={question}")) == ["id", "title"]


def test_selections_that_differ_in_spelling_share_a_plan(api: API) -> None:
    """A client cannot fill the memory with them."""
    before = len(api.build().pipeline.plans)
    for n in range(50):
        ask(api, f"/books?limit=1&fields=id{'%20' * n},title{',id' * n}")
    assert len(api.build().pipeline.plans) <= before + 2  # one is the first question's of its form
