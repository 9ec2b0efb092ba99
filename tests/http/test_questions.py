"""What a list may be asked is answered as the ORM would; everything else is refused before any statement."""

import re
from typing import Any

import pytest
from django.db.models import Avg, F, QuerySet

from shop.invention import plan_sizes
from shop.models import Author, Book, Review
from shop.seeding import seed_shop
from tests.http.client import items, on_each_database, problem

# Querysets are lazy: each test evaluates a copy of its own, on its own database.
BOOKS, AUTHORS, REVIEWS = (model.objects.order_by("id") for model in (Book, Author, Review))
STARRED = BOOKS.annotate(avg=Avg("reviews__stars"))
ANSWERED: dict[str, QuerySet[Any]] = {
    "books": BOOKS,
    "books?": BOOKS,
    "books?&&": BOOKS,
    "books?order=": BOOKS,
    "books?order=-id": BOOKS.order_by("-id"),
    "books?order=price,-id": BOOKS.order_by("price", "-id"),
    "books?order=-price, id": BOOKS.order_by("-price", "id"),
    "books?order=published": BOOKS.order_by(F("published").asc(nulls_last=True), "id"),
    "books?order=-published": BOOKS.order_by(F("published").desc(nulls_first=True), "id"),
    "books?order=-avg_stars,price": STARRED.order_by(F("avg").desc(nulls_first=True), "price", "id"),
    "books?price__gte=10&price__lt=20.5": BOOKS.filter(price__gte=10, price__lt="20.5"),
    "books?price__gt=10&price__lte=20": BOOKS.filter(price__gt=10, price__lte=20),
    "books?price=%31%30": BOOKS.filter(price=10),
    "books?price=-1": BOOKS.none(),
    "books?published__isnull=true": BOOKS.filter(published=None),
    "books?published__isnull=0": BOOKS.exclude(published=None),
    "books?published__lt=1990-01-01": BOOKS.filter(published__lt="1990-01-01"),
    "books?in_print=false": BOOKS.filter(in_print=False),
    "books?in_print=1&author=3": BOOKS.filter(in_print=True, author=3),
    "books?author=3&author=4": BOOKS.filter(author__in=[3, 4]),
    "books?author__in=3,4,3,999": BOOKS.filter(author__in=[3, 4]),
    "books?author__exact=3&author__in=3,4": BOOKS.filter(author=3),
    "books?author__gt=2": BOOKS.filter(author__gt=2),
    "books?author__country=FR": BOOKS.filter(author__country="FR"),
    "books?author__country__in=FR,JP,": BOOKS.filter(author__country__in=["FR", "JP", ""]),
    "books?tags__name=poetry&tags__name=travel": BOOKS.filter(tags__name__in=["poetry", "travel"]).distinct(),
    "books?tags__name=poetry&tags__name__gt=q": BOOKS.none(),
    "books?tags__name=poetry&tags__name__gt=a": BOOKS.filter(tags__name="poetry").distinct(),
    "books?price__gt=40&price__gt=10": BOOKS.filter(price__gt=10),
    "books?author__in=3&author__in=4,5": BOOKS.filter(author__in=[3, 4, 5]),
    "books?avg_stars__gte=3.5": STARRED.filter(avg__gte=3.5),
    "books?avg_stars__isnull=true": BOOKS.filter(reviews=None),
    "reviews?book=1&stars__in=4,5&order=-stars": REVIEWS.filter(book=1, stars__in=[4, 5]).order_by("-stars", "id"),
    "reviews?created_at__gte=2023-01-01T00:00:00+02:00": REVIEWS.filter(created_at__gte="2022-12-31T22:00:00Z"),
    "reviews?created_at__lt=2021-06-30": REVIEWS.filter(created_at__lt="2021-06-30T00:00:00Z"),
    "reviews?stars=9223372036854775807": REVIEWS.none(),
    "authors?born__isnull=true&order=-name": AUTHORS.filter(born=None).order_by("-name", "id"),
    "authors?name__gte=M&order=name,-id": AUTHORS.filter(name__gte="M").order_by("name", "-id"),
    "authors?name=O'Neil \" %25 _ %25s \\": AUTHORS.none(),
}

# path and query, the parameter blamed, the problem's code, a part of the detail
REFUSED: list[tuple[str, str, str, str]] = [
    ("tags?nosuch=1", "nosuch", "unknown-parameter", "Known names: aggregate, count, cursor, "),
    ("books?prise=1", "prise", "unknown-parameter", "Did you mean 'price'?"),
    ("books?price__gtt=1", "price__gtt", "unknown-parameter", "Did you mean 'price__gt"),
    ("books?=1", "", "unknown-parameter", "''"),
    ("books?price__regex=1", "price__regex", "unknown-parameter", ""),
    ("books?price__isnull=true", "price__isnull", "unknown-parameter", ""),
    ("books?in_print__gt=true", "in_print__gt", "unknown-parameter", ""),
    ("books?author__country__regex=F", "author__country__regex", "unknown-parameter", ""),
    ("books?price__contains=1", "price__contains", "unknown-parameter", ""),
    ("books?Price=1", "Price", "unknown-parameter", "Did you mean 'price'?"),
    ("books?price =1", "price ", "unknown-parameter", "Did you mean 'price'?"),
    ("books?" + "n" * 3_000 + "=1", "n" * 57 + "...", "unknown-parameter", ""),
    ("books?price=1&price__lt=cheap", "price__lt", "invalid-value", "'cheap' is no decimal number"),
    ("books?published__isnull=maybe", "published__isnull", "invalid-value", "neither true nor false"),
    ("books?author__in=1,x", "author__in", "invalid-value", "no whole number"),
    ("books?author__in=" + "1," * 200 + "1", "author__in", "invalid-value", "more than 200 values"),
    ("books?price=1&price=x", "price", "invalid-value", "'x' is no decimal number"),
    ("books?order=id&order=price", "order", "repeated-parameter", "2 times"),
    ("books?limit=1&limit=1", "limit", "repeated-parameter", "2 times"),
    ("books?cursor=a&cursor=b", "cursor", "repeated-parameter", "2 times"),
    ("books?order=pryce", "order", "unknown-order", "Did you mean 'price'?"),
    ("books?order=created_at", "order", "unknown-order", "not declared"),
    ("books?order=id,,price", "order", "unknown-order", "''"),
    ("books?order=--id", "order", "unknown-order", "'--id'"),
    ("books?order=-", "order", "unknown-order", "'-'"),
    ("books?order=?", "order", "unknown-order", "'?'"),
    ("books?order=author__name", "order", "unknown-order", ""),
    ("books?order=id,-id", "order", "repeated-term", "twice"),
    ("books?order=" + ",".join(["id"] * 9), "order", "too-many-terms", "8 terms"),
    *(
        (f"books?limit={limit}", "limit", "invalid-limit", "from 1 to 200")
        for limit in ("0", "-1", "201", "1e9", "", " 1", "+1", "1.0", "abc", "9" * 400, "\u0661", "%F0%9D%9F%8F")
    ),
    *(
        (f"books?cursor={cursor}", "cursor", "invalid-cursor", "")
        for cursor in ("x", "AAAA", "é", "=", "%20", "A" * 9_000, "..%2F..")
    ),
    ("books/7?fields=nosuch", "fields", "unknown-field", ""),
    ("books/7?price=1", "price", "unknown-parameter", "one member takes only fields and include"),
    ("?limit=1", "limit", "unknown-parameter", ""),
]

# what nobody declared, whether the model has it or not
HIDDEN = [
    *(
        "created_at",
        "created_at__gt",
        "title",
        "isbn",
        "id",
        "pk",
        "publisher",
        "coauthors",
        "reviews",
        "reviews__body",
    ),
    *("author__born", "author__name", "author__id", "author__books__title", "tags", "tags__id", "review_count"),
    *("reviews__user__password", "user__password", "author__nosuch", "_state", "__class__", "price__price"),
]

DECLARED = "price|published|in_print|author|author__country|tags__name|avg_stars|order|limit|cursor"

# NUL, and bytes that are no UTF-8: cut, lone surrogates, overlong
NO_TEXT = ["%00", "a%00b", "%ff", "%C3", "%ED%A0%80", "%C0%80"]

# no parameter can be named: the query as a whole is too much
LISTS = "&".join(f"{name}__in={','.join(['1'] * 167)}" for name in ("author", "price", "avg_stars"))
OVERSIZED = {
    "10,000 parameters": ("&".join(f"a{n}=1" for n in range(10_000)), "query-too-long"),
    "101 parameters": ("&".join(["price=1"] * 101), "too-many-parameters"),
    "a query of 100,000 characters": ("price=" + "1" * 100_000, "query-too-long"),
    "in with 100,000 values": ("author__in=" + ",".join(["1"] * 100_000), "query-too-long"),
    "501 values in three lists": (LISTS, "too-many-values"),
}


@pytest.fixture
def shop(database: Any) -> Any:
    """A shop of sixty books."""
    seed_shop(plan_sizes(60), seed=7, using=database.alias)
    return database


@pytest.mark.parametrize("path", ANSWERED)
def test_a_question_is_answered_as_the_orm_would(path: str, shop: Any, statements: Any) -> None:
    """The same rows in the same order, in one statement."""
    expected = list(ANSWERED[path].values_list("pk", flat=True))
    statements.clear()
    separator = "&" if "?" in path else "?"
    assert [row["id"] for row in items(f"/api/{path}{separator}limit=200")] == expected[:200]
    assert len(statements) == 1


@pytest.mark.parametrize(("limit", "size"), [("", 50), ("?limit=1", 1), ("?limit=60", 60), ("?limit=200", 60)])
def test_a_page_holds_as_many_members_as_asked_for(limit: str, size: int, shop: Any) -> None:
    """Fifty unless told otherwise."""
    assert len(items(f"/api/books{limit}")) == size


@pytest.mark.parametrize(("path", "parameter", "code", "words"), REFUSED, ids=[case[0][:40] for case in REFUSED])
@pytest.mark.django_db(databases="__all__")
def test_a_bad_question_is_refused_unasked(path: str, parameter: str, code: str, words: str, statements: Any) -> None:
    """It is a 400 that names the parameter, with the nearest right name, the same on every database."""
    documents = [problem(f"/api/{path}", code) for _ in on_each_database()]
    assert documents[0] == documents[1]
    assert [(error["pointer"], error["code"]) for error in documents[0]["errors"]] == [(f"?{parameter}", code)]
    assert words in documents[0]["detail"]
    assert documents[0]["errors"][0]["detail"] == documents[0]["detail"]
    assert statements == []


@pytest.mark.parametrize("name", HIDDEN)
def test_what_is_hidden_is_as_unknown_as_what_does_not_exist(name: str, statements: Any) -> None:
    """No answer tells a field that nobody declared from one that no model has: only declared names are suggested."""
    document = problem(f"/api/books?{name}=1", "unknown-parameter")
    words = f"There is no parameter '{name}'."
    suggestion = document["detail"].removeprefix(words).strip()
    assert suggestion == "" or re.fullmatch(f"Did you mean '({DECLARED})(__[a-z]+)?'[?]", suggestion)
    stranger = problem("/api/books?zzzz=1", "unknown-parameter")
    blamed = [{"pointer": f"?{name}", "code": "unknown-parameter", "detail": document["detail"]}]
    assert document == {**stranger, "detail": document["detail"], "errors": blamed}
    assert statements == []


@pytest.mark.parametrize("name", OVERSIZED)
def test_an_oversized_question_is_refused_unasked(name: str, statements: Any) -> None:
    """Before its parts are even looked at."""
    query, code = OVERSIZED[name]
    assert "errors" not in problem(f"/api/books?{query}", code)
    assert statements == []


@pytest.mark.parametrize("raw", NO_TEXT)
def test_text_that_no_database_holds_is_refused_unasked(raw: str, statements: Any) -> None:
    """In a value of any kind, and in a name."""
    for name in ("price", "in_print", "author__country", "tags__name__in", "order", "limit", "cursor"):
        problem(f"/api/books?{name}={raw}", "invalid-encoding")
    problem(f"/api/books?{raw}=1", "invalid-encoding")
    assert statements == []


@pytest.mark.parametrize("raw", NO_TEXT)
def test_text_that_no_database_holds_is_blamed_on_its_parameter(raw: str) -> None:
    """The problem names the parameter whose text it is."""
    document = problem(f"/api/books?price=1&author__country={raw}", "invalid-encoding")
    assert [error["pointer"] for error in document.get("errors", [])] == ["?author__country"]
