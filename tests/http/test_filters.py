"""A filter sees what its client may see, refuses what it cannot read unasked, and says NOT exactly."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from django.db.models import Count, Q

from nuages import API, Resource, anyone, nested, value
from nuages.http.request import Request
from shop.models import Author, Book, Publisher, Review, Tag
from tests.http.filtering import get, keys, keys_by_body, problem, query

FILTERS = ["title", "price", "author", "author__name", "author__country", "author__born", "publisher__name"]
FILTERS += ["tags__name", "reviews__stars", "reviews__user_name", "author__books__title", "review_count", "published"]
OPEN = {"read": anyone}


def make_api(**rules: Any) -> API:
    """Books beside authors, publishers, tags and reviews, of which the rules named hide some."""
    api = API(title="Rules")
    books = {
        "fields": ["id", nested("author", "id"), value("review_count", Count("reviews"))],
        "filters": FILTERS,
        "search": ["author__name", "tags__name"],
    }
    models: dict[str, tuple[Any, dict[str, Any]]] = {"books": (Book, books)}
    models |= {"authors": (Author, {}), "publishers": (Publisher, {}), "tags": (Tag, {}), "reviews": (Review, {})}
    for name, (model, attributes) in models.items():
        rule = rules.get(name)
        read = anyone if rule is None else lambda _, rule=rule: rule
        declared = {"fields": ["id"], "path": name, **attributes, "rules": {"read": read}}
        api.resource(model)(type(name.title(), (Resource,), declared))
    return api


@pytest.fixture
def shop(database: Any) -> Any:
    """Six books by three authors, of whom one is a secret; tags and reviews likewise."""
    names = [("Ann", "FR"), ("Bob", "JP"), ("Secret", "XX")]
    authors = [Author.objects.create(id=n, name=name, country=code) for n, (name, code) in enumerate(names, start=1)]
    press = Publisher.objects.create(id=1, name="Press")
    tags = [Tag.objects.create(id=n, name=name) for n, name in enumerate(["war", "peace", "secret"], start=1)]
    for n in range(1, 7):
        book = Book.objects.create(
            id=n, title=names[n % 3][0], price=n, author=authors[n % 3], publisher=press if n > 2 else None
        )
        book.tags.set(tags[: n % 4])
        Review.objects.create(book=book, stars=n % 5 + 1, user_name="Ann")
        Review.objects.create(book=book, stars=1, user_name="secret" if n % 2 else "Bob")
    return database


HIDING = {
    "authors": ~Q(name="Secret"),
    "tags": ~Q(name="secret"),
    "reviews": ~Q(user_name="secret"),
    "publishers": False,
}
# filter, the keys that are left: what is hidden is not there, neither to be found nor to be missed
GUARDED: dict[str, set[int]] = {
    'author.name = "Secret"': set(),
    'author.name != "Secret"': {1, 2, 3, 4, 5, 6},
    'NOT author.name = "Secret"': {1, 2, 3, 4, 5, 6},
    "author.name:*": {1, 3, 4, 6},
    "author.name = null": {2, 5},
    "author.country = XX OR author.country = FR": {3, 6},
    'author.name: "ecre"': set(),
    "author.name != Ann": {1, 2, 4, 5},
    "title = author.name": {1, 3, 4, 6},
    "title != author.name": {2, 5},
    "NOT title < author.name": {1, 2, 3, 4, 5, 6},
    "author.books.title = Secret": set(),
    "author.books.title = Ann AND author.country = FR": {3, 6},
    "tags.name = secret": set(),
    "tags.name != secret": {1, 2, 3, 4, 5, 6},
    "tags.name:*": {1, 2, 3, 5, 6},
    "tags.name = null": {4},
    "tags.name.startswith = sec": set(),
    "tags.name > peace AND NOT tags.name = war": set(),
    "reviews.user_name = secret": set(),
    "reviews.stars = 1 AND reviews.user_name = Bob": {2, 4, 6},
    "reviews.stars = 1 AND reviews.user_name = Ann": {5},
    "reviews.stars = 1 AND (reviews.user_name = Ann OR reviews.user_name = Bob)": {2, 4, 5, 6},
    "reviews.stars != 1": {1, 3},
    "publisher.name = Press": set(),
    "publisher.name:*": set(),
    "publisher.name != Press": {1, 2, 3, 4, 5, 6},
}


@pytest.mark.parametrize("text", GUARDED)
def test_hidden_rows_neither_match_nor_exclude(text: str, shop: Any) -> None:
    """Threat Z13: in comparisons, in their negations, in comparisons of fields, in one AND with visible ones."""
    api = make_api(**HIDING)
    assert keys(api, "/books", ("filter", text)) == GUARDED[text]
    assert keys(api, "/books", ("filter", f"NOT ({text})")) == {1, 2, 3, 4, 5, 6} - GUARDED[text]
    shown = json.loads(api.handle(Request("GET", "/books", f"count=exact&filter={quote(text)}", {})).body)
    assert shown["count"] == len(GUARDED[text])


@pytest.mark.parametrize("word", ["Secret", "secret", "ecr", "SECRET"])
def test_a_search_finds_nothing_in_hidden_rows(word: str, shop: Any) -> None:
    """Neither over a relation to one nor to many."""
    assert keys(make_api(), "/books", ("search", word)) == {2, 3, 5}
    assert keys(make_api(**HIDING), "/books", ("search", word)) == set()
    assert keys(make_api(**HIDING), "/books", ("search", f"ann {word}")) == set()


def test_one_plan_serves_every_verdict(shop: Any) -> None:
    """The rows are those of the moment's rule, whoever asked first."""
    seen: list[Any] = [Q(name="Ann"), Q(name="Bob"), True, False, Q(name="Secret")]
    verdict: list[Any] = [None]
    api = make_api()
    api = API(title="Turns")
    books = {"fields": ["id"], "filters": ["author__name"], "rules": OPEN, "path": "books"}
    api.resource(Book)(type("Books", (Resource,), books))
    authors = {"fields": ["id"], "rules": {"read": lambda _: verdict[0]}, "path": "authors"}
    api.resource(Author)(type("Authors", (Resource,), authors))
    found = []
    for verdict[0] in seen:
        found.append(keys(api, "/books", ("author__name__in", "Ann,Bob,Secret")))
    assert found == [{3, 6}, {1, 4}, {1, 2, 3, 4, 5, 6}, set(), {2, 5}]


ROWS: dict[tuple[tuple[str, str], ...], set[int]] = {
    (("tags__name", "war"), ("filter", "tags.name = peace")): set(),  # of one and the same tag
    (("filter", "tags.name = war AND tags.name = peace"),): set(),
    (("filter", "tags.name = war AND (tags.name = peace OR tags.name = nosuch)"),): {2, 3, 6},
    (("filter", "tags.name = war AND NOT tags.name = peace"),): {1, 5},
    (("tags__name", "war"), ("tags__name!", "peace")): {1, 5},
    (("tags__name", "war"), ("tags__name", "peace")): {1, 2, 3, 5, 6},
    (("tags__name!", "war"), ("tags__name!", "peace")): {4},
    (("tags__name__isnull", "true"),): {4},
    (("tags__name__isnull!", "true"),): {1, 2, 3, 5, 6},
    (("tags__name__isnull", "false"), ("tags__name", "peace")): {2, 3, 6},
    (("reviews__stars", "1"), ("reviews__user_name", "Ann")): {5},
    (("reviews__stars", "1"), ("filter", "reviews.user_name = Ann")): {5},
    (("reviews__stars", "1"), ("reviews__user_name!", "Ann")): set(),
    (("author__born__isnull", "true"), ("price__lt", "3")): {1, 2},
    (("author__born__isnull", "false"),): set(),
    (("published__year!", "2000"),): {1, 2, 3, 4, 5, 6},
    (("publisher__name!", "Press"),): {1, 2},
    (("price!", "1"), ("price!", "2"), ("price__lte!", "4")): {5, 6},
    (("filter", "price = 1 OR price = 2"), ("price__gt", "1")): {2},
}


@pytest.mark.parametrize("pairs", ROWS)
def test_parameters_and_filter_speak_of_the_same_related_row(pairs: Any, shop: Any) -> None:
    """All of one AND; what is negated, and each alternative, looks for a row of its own."""
    assert keys(make_api(), "/books", *pairs) == ROWS[pairs]
    given: dict[str, Any] = {}
    for name, text in pairs:
        given[name] = [*given[name], text] if name in given else [text]
    body = {name: texts[0] if len(texts) == 1 else texts for name, texts in given.items()}
    assert keys_by_body(make_api(), "/books", body) == ROWS[pairs]


# threat Z09: fields that exist, undeclared; each is as unknown as its double that does not exist
UNDECLARED = [
    "isbn",
    "reviews__user__password",
    "reviews__user__is_superuser",
    "author__pk",
    "publisher__id",
    "in_print",
]
UNDECLARED += ["author__books__isbn", "tags__id", "created_at", "reviews__body", "author__password", "coauthors__name"]
FORMS = ["{} = 1", "{}:*", "{} != null", "NOT {} = 1", "price = 1 AND {} < 2", "price = 1 OR {} > 2", "({}: x)"]
FORMS += ["price = 1 AND (title = x OR NOT {} = null)", "{}.startswith = p", "{}.year = 2020", '{} = "p*"']


@pytest.mark.parametrize("name", UNDECLARED)
def test_what_is_undeclared_is_as_unknown_as_what_does_not_exist(name: str, statements: Any) -> None:
    """To the byte, but for the name itself and what is suggested in its place; and nothing is asked."""
    api, double = make_api(**HIDING), "".join("_" if each == "_" else "q" for each in name)
    for form in FORMS:
        for spelled, strange in ((name, double), (name.replace("__", "."), double.replace("__", "."))):
            documents = [problem(get(api, "/books", ("filter", form.format(each)))) for each in (spelled, strange)]
            assert _blank(documents[0], name) == _blank(documents[1], double), form
    for lookup in ("", "__startswith", "__regex", "__in", "!", "__isnull", "__year"):
        documents = [problem(get(api, "/books", (f"{each}{lookup}", "1"))) for each in (name, double)]
        assert _blank(documents[0], name) == _blank(documents[1], double), lookup
    trees = [[{f"{each}{suffix}": right}] for suffix, right in TREES for each in (name, double)]
    told = [problem(query(api, "/books", {"filter": {"and": tree}})) for tree in trees]
    for one, two in zip(told[::2], told[1::2], strict=True):
        assert _blank(one, name) == _blank(two, double)
    fields = [problem(query(api, "/books", {"filter": {"title": {"field": each}}})) for each in (name, double)]
    assert _blank(fields[0], name) == _blank(fields[1], double)
    assert statements == []


TREES: list[tuple[str, Any]] = [("", 1), ("!", None), ("__lt", 1), ("__startswith", "p"), ("__lt", {"field": "price"})]


def _blank(document: dict[str, Any], name: str) -> str:
    """The document without the name that was asked for, and without the declared names suggested for it."""
    for fault in (document, *document["errors"]):
        fault["detail"], _, hint = fault["detail"].partition(" Did you mean")
        fault["detail"] = fault["detail"].partition(" Known names:")[0]
        suggested = hint.strip(" '?").partition("__" if hint.count("__") > 2 else "\0")[0]
        assert suggested == "" or any(
            suggested.startswith(each) for each in (*FILTERS, "order", "limit", "count", "page")
        )
    return json.dumps(document).replace(name, "NAME").replace(name.replace("__", "."), "NAME")


REFUSED = ["", "price", "price =", "price = 1 AND", "price = 1 OR price = 2 AND price = 3", "price ~ 1", "(price = 1"]
REFUSED += ["price = cheap", "tags.name < reviews.stars AND price = x", "price = null AND price < null", "f(price)"]
REFUSED += ["price = *", "price = 1*", "review_count: x", " AND ".join(["price = 1"] * 51), "NOT " * 11 + "price = 1"]
REFUSED += [
    f'title = "{"x" * 8_200}"',
    "tags.name = title AND price: *x",
    "price = 1; DROP TABLE x",
    "published = 2024",
]


@pytest.mark.parametrize("text", REFUSED, ids=[text[:30] for text in REFUSED])
def test_a_filter_that_cannot_be_read_is_refused_unasked(text: str, statements: Any) -> None:
    """With the place of the fault, and before any statement; likewise as a member of a QUERY."""
    api = make_api(**HIDING)
    found = problem(get(api, "/books", ("filter", text)))
    assert [fault["pointer"] for fault in found["errors"]] in (["?filter"], [])
    assert problem(query(api, "/books", {"filter": text}))["status"] == 400
    assert statements == []
