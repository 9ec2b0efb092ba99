"""DELETE of a list: exactly the members that GET shows for the same filters, all of them or none, never too many."""

import datetime as dt
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.contrib.auth import get_user_model
from django.db import connections, transaction
from django.db.models import PROTECT, Avg, Count, F, Model, Q, Window
from django.db.models.functions import Rank
from django.db.models.signals import post_delete
from django.test import Client, override_settings
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from nuages import API, Resource, anyone, authenticated, nobody, value
from shop.invention import plan_sizes
from shop.models import Author, Book, Publisher, Review, Tag
from shop.seeding import seed_shop
from tests.http.asking import ask, send
from tests.http.random_cases import Case, cases, serve
from tests.http.test_write_conflicts import wait_until_blocked
from tests.http.writing import faults, shown
from tests.http.written import OPEN
from tests.support.router import choose_database
from tests.zoo.models import Keeper, Shelf, Tick

FILTERS = [
    *("price", "published", "in_print", "author", "author__country", "publisher__name", "tags", "tags__name"),
    *("reviews__stars", "coauthors__country", "author__books__price", "review_count", "stars", "rank", "id"),
]
VALUES = [
    value("review_count", Count("reviews")),
    value("stars", Avg("reviews__stars")),
    value("rank", Window(Rank(), order_by=F("price").desc())),
]


def make(model: type[Model] = Book, **more: Any) -> API:
    """Books that may be deleted up to a thousand at once, and resources of what is beside them."""
    api = API(title="Many")
    rules = {"read": anyone, "delete": anyone}
    attributes = {"fields": ["id"], "filters": ["id"], "max_bulk": 1_000, "rules": rules, "path": "things"}
    if model is Book:
        attributes |= {
            "fields": ["id", "title", "price", *VALUES],
            "filters": FILTERS,
            "search": ["title", "tags__name"],
        }
        attributes |= {"path": "books", "writable": ["title"], "rules": OPEN}
    own = {"rules": more.pop("others", {"read": anyone}), "fields": ["id"]}
    api.resource(model)(type("Things", (Resource,), {**attributes, **more}))
    if model is Book:
        for other in (Author, Tag, Review, Publisher):
            api.resource(other)(type(f"{other.__name__}s", (Resource,), own))
    return api


api = make()


def delete(url: str, api: API = api, **headers: str) -> Any:
    """Send a DELETE."""
    return send(api, url, "DELETE", **headers)


def refused(url: str, api: API = api, **headers: str) -> tuple[int, str, list[str]]:
    """Status, code and pointers of a refusal, after which everything is there still."""
    before = set(Book.objects.values_list("pk", flat=True))
    response = delete(url, api, **headers)
    assert set(Book.objects.values_list("pk", flat=True)) == before
    document = shown(response)
    return response.status, document["type"].rpartition(":")[2], [pointer for pointer, _ in faults(response)]


def listed(api: API, url: str) -> set[int]:
    """The keys that GET shows."""
    page = ask(api, f"{url}&limit=200")
    assert page["next"] is None
    return {item["id"] for item in page["items"]}


@contextmanager
def undone(connection: Any) -> Iterator[None]:
    """Take back what happens in the block."""
    with transaction.atomic(using=connection.alias):
        yield
        transaction.set_rollback(True, using=connection.alias)


@pytest.fixture
def books(database: Any) -> Any:
    """Sixty books, some without date or publisher."""
    seed_shop(plan_sizes(60), seed=7, using=database.alias)
    Book.objects.filter(pk__in=range(1, 60, 4)).update(publisher=None)
    Book.objects.filter(pk__in=range(2, 60, 5)).update(published=None)
    return database


QUESTIONS = [
    "price__lt=15",
    "price__lt=15&in_print=true",
    "price__lt!=15",
    "price__range=10,30",
    "published__isnull=true",
    "published__year=1990",
    "id__in=1,2,3,99",
    "author__country=FR",
    "author__country!=FR",
    "publisher__name__isnull=true",
    "tags=1",
    "tags__name__contains=o",
    "tags__name=poetry&tags__name=travel",
    "tags__name!=poetry",
    "reviews__stars=5",
    "reviews__stars__gte=4&reviews__stars__lt=5",
    "coauthors__country=US",
    "author__books__price__lt=10",
    "review_count__gte=4",
    "review_count=0",
    "stars__lt=3",
    "stars__isnull=true",
    "rank__lte=5",
    "rank__gt=5&price__lt=20",
    "search=the",
    "search=poetry",
    "search=no+such+word",
    "filter=price > 20 AND author.country = FR",
    "filter=NOT tags.name = poetry",
    "filter=(price < 10 OR review_count > 5) AND NOT reviews.stars = 1",
    "filter=tags:*&price__gt=10",
    "price__lt=20&search=a&filter=in_print = true",
]


@pytest.mark.parametrize("question", QUESTIONS)
def test_what_goes_is_what_get_shows(question: str, books: Any) -> None:
    """For filters of every sort: over relations, of values, in both languages; and nothing else goes."""
    query = quote(question, safe="=&!+,*()")
    for own in (api, make(others={"read": lambda _: Q(pk__gt=2)})):
        everything, meant = set(range(1, 61)), listed(own, f"/books?{query}")
        with undone(books):
            response = delete(f"/books?{query}&max=1000", own)
            assert (response.status, shown(response)) == (200, {"deleted": len(meant)}), response.body
            assert set(Book.objects.values_list("pk", flat=True)) == everything - meant
    assert Book.objects.count() == 60


def test_what_goes_is_what_a_random_list_shows(books: Any) -> None:
    """Whatever rules, hooks and filters there are, at every resource on the way."""
    gone: set[bool] = set()

    def check_one(case: Case, number: int) -> None:
        own = serve(case, lambda: number, rules={"delete": anyone}, max_bulk=1_000)
        path = f"/{case.model.__name__.lower()}s"
        query = urlencode([(f"{name}__{lookup}", ",".join(texts)) for name, lookup, texts in case.filters])
        note(f"DELETE {path}?{query}")
        meant = {item["id"] for item in ask(own, f"{path}?{query}&limit=200")["items"]}
        everything = set(case.model._default_manager.values_list("pk", flat=True))
        response = delete(f"{path}?{query}&max=1000", own)
        assert (response.status, shown(response)) == (200, {"deleted": len(meant)})
        assert set(case.model._default_manager.values_list("pk", flat=True)) == everything - meant
        gone.add(bool(meant))

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=cases(), number=st.integers(0, 5))
    def check(case: Case, number: int) -> None:
        if not case.filters or case.verdict(case.model, number) is False:
            return
        with undone(books):
            Review.objects.filter(pk__gt=150).delete()  # so that all of any list is on one page
            check_one(case, number)

    check()
    assert gone == {True, False}


@pytest.mark.parametrize(
    ("query", "code", "pointers"),
    [
        ("", "invalid-max", ["?max"]),
        ("?price__lt=5", "invalid-max", ["?max"]),
        ("?max=5", "missing-filter", []),
        ("?max=5&search=", "missing-filter", []),
        ("?max=5&search=+", "missing-filter", []),
        ("?price__lt=5&max=", "invalid-max", ["?max"]),
        ("?price__lt=5&max=0", "invalid-max", ["?max"]),
        ("?price__lt=5&max=-1", "invalid-max", ["?max"]),
        ("?price__lt=5&max=1001", "invalid-max", ["?max"]),
        ("?price__lt=5&max=1e1", "invalid-max", ["?max"]),
        ("?price__lt=5&max=%D9%A3", "invalid-max", ["?max"]),
        (f"?price__lt=5&max={'9' * 5_000}", "invalid-max", ["?max"]),
        ("?price__lt=5&max=5&max=6", "repeated-parameter", ["?max"]),
        ("?price__lt=5&max=5&limit=3", "unknown-parameter", ["?limit"]),
        ("?price__lt=5&max=5&order=id", "unknown-parameter", ["?order"]),
        ("?price__lt=5&max=5&cursor=x", "unknown-parameter", ["?cursor"]),
        ("?price__lt=5&max=5&offset=1", "unknown-parameter", ["?offset"]),
        ("?price__lt=5&max=5&page=1", "unknown-parameter", ["?page"]),
        ("?price__lt=5&max=5&count=exact", "unknown-parameter", ["?count"]),
        ("?price__lt=5&max=5&fields=id", "unknown-parameter", ["?fields"]),
        ("?price__lt=5&max=5&include=tags", "unknown-parameter", ["?include"]),
        ("?price__lt=5&max=5&group=author", "unknown-parameter", ["?group"]),
        ("?price__lt=5&max=5&aggregate=count()", "unknown-parameter", ["?aggregate"]),
        ("?price__lt=5&max=5&dry_run=1", "unknown-parameter", ["?dry_run"]),
        ("?max=5&prise=5", "unknown-parameter", ["?prise"]),
        ("?max=5&price__lt=x", "invalid-value", ["?price__lt"]),
        ("?max=5&filter=price%20%3C", "invalid-filter", ["?filter"]),
        ("?max=5&author__password=x", "unknown-parameter", ["?author__password"]),
    ],
)
def test_what_is_no_deletion(query: str, code: str, pointers: list[str], books: Any, statements: Any) -> None:  # Z16
    """400, before anything is asked of the database: a forgotten filter is not all rows, and a wrong one not none."""
    statements.clear()
    status, found, places = refused(f"/books{query}")
    assert (status, found, places) == (400, code, pointers)
    assert len(statements) == 2, "those of the test itself"


def test_a_list_without_a_bound_is_not_deleted(books: Any) -> None:  # Z16
    """405 where no `max_bulk` is declared, and where nothing may be deleted, read or filtered by."""
    for own in (
        make(max_bulk=0),
        make(rules={"read": anyone, "create": anyone}),
        make(rules={"delete": anyone, "create": anyone}),
        make(filters=[], search=[]),
    ):
        status, _, _ = refused("/books?price__lt=15&max=5", own)
        assert status == 405
        assert "DELETE" not in (send(own, "/books", "OPTIONS").header("Allow") or "")
    assert send(api, "/books", "OPTIONS").header("Allow") == "DELETE, GET, HEAD, OPTIONS, PATCH, POST, QUERY"
    only = make(rules={"read": anyone, "delete": anyone}, writable=[])
    assert delete("/books?id=1&max=1", only).status == 200


def test_more_than_were_thought_of(books: Any) -> None:  # Z16
    """409, and none goes; as many as the bound go."""
    most = len(listed(api, "/books?price__lt=15"))
    assert refused(f"/books?price__lt=15&max={most - 1}") == (409, "too-many-members", [])
    assert shown(delete(f"/books?price__lt=15&max={most}")) == {"deleted": most}
    assert shown(delete(f"/books?price__lt=15&max={most}")) == {"deleted": 0}


def test_without_the_answer(books: Any) -> None:
    """204, which says so."""
    response = delete("/books?id=1&max=1", prefer="return=minimal")
    assert (response.status, response.body, response.header("Preference-Applied")) == (204, b"", "return=minimal")
    assert not Book.objects.filter(id=1).exists()


def test_one_that_may_not_be_deleted_saves_the_rest(books: Any) -> None:  # Z03
    """99 that may be and one that may not: 401 for anybody, 403 for somebody, and none of the hundred goes."""
    tags = Tag.objects.bulk_create(Tag(name=f"mine {n}") for n in range(99))
    foreign = Tag.objects.create(name="foreign")
    attributes = {"filters": ["name", "id"], "rules": {"read": anyone, "delete": lambda _: Q(name__startswith="mine")}}
    own = make(Tag, **attributes)
    assert delete("/things?name__contains=n&max=1000", own).status == 401
    keys = ",".join(str(tag.pk) for tag in (*tags, foreign))
    assert delete(f"/things?id__in={keys}&max=100", own).status == 401
    assert Tag.objects.filter(name__startswith="mine").count() == 99
    assert shown(delete("/things?name__startswith=mine&max=99", own)) == {"deleted": 99}
    assert Tag.objects.filter(pk=foreign.pk).exists()


@pytest.mark.parametrize(
    ("rules", "status"),
    [
        ({"read": anyone, "delete": nobody}, 401),
        ({"read": nobody, "delete": anyone}, 401),
        ({"read": authenticated, "delete": anyone}, 401),
        ({"read": lambda _: Q(price__lt=0), "delete": anyone}, 200),
        ({"read": lambda _: Q(price__lt=0), "delete": lambda _: Q(price__lt=0)}, 200),
    ],
)
def test_hidden_members_are_not_there(rules: Any, status: int, books: Any) -> None:
    """As in a list: who may read nothing deletes nothing, and is not told that there was something."""
    response = delete("/books?price__lt=1000&max=1", make(rules=rules))
    assert response.status == status
    assert status != 200 or shown(response) == {"deleted": 0}
    assert Book.objects.count() == 60


def test_a_row_that_others_need_saves_the_rest(books: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The 409 of a single deletion, from Django's PROTECT."""
    monkeypatch.setattr(Book._meta.get_field("publisher").remote_field, "on_delete", PROTECT)
    own = make(Publisher)
    free = Publisher.objects.create(name="no books").pk
    keys = [*Publisher.objects.values_list("pk", flat=True)]
    response = delete(f"/things?id__in={','.join(map(str, keys))}&max=1000", own)
    assert (response.status, shown(response)["type"]) == (409, "urn:nuages:problem:in-use")
    assert [*Publisher.objects.values_list("pk", flat=True)] == keys
    assert shown(delete(f"/things?id={free}&max=1", own)) == {"deleted": 1}


def test_the_hook_is_asked_for_each(books: Any) -> None:
    """In the order of the keys, with locked rows; what one raises takes all back."""
    asked: list[int] = []

    def hook(self: Any, row: Any, principal: Any) -> None:
        asked.append(row.pk)
        if row.pk == 5:
            raise LookupError
        Resource.delete(self, row, principal)

    own = make(delete=hook)
    assert shown(delete("/books?id__in=4,2,3&max=3", own)) == {"deleted": 3}
    assert asked == [2, 3, 4]
    assert delete("/books?id__in=5,6,1&max=3", own).status == 500
    assert set(Book.objects.filter(pk__lt=7).values_list("pk", flat=True)) == {1, 5, 6}


def test_a_models_own_delete_is_called_for_each(books: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it would be, were they deleted one at a time; and signals are sent for each."""
    heard: list[int] = []

    def hear(sender: Any, instance: Any, **_: Any) -> None:
        heard.append(instance.pk)

    post_delete.connect(hear, sender=Book)
    try:
        assert shown(delete("/books?id__in=1,2&max=2")) == {"deleted": 2}
        monkeypatch.setattr(Book, "delete", lambda self: Book.objects.filter(pk=self.pk).update(title="gone"))
        assert shown(delete("/books?id__in=3,4&max=2")) == {"deleted": 2}
    finally:
        post_delete.disconnect(hear, sender=Book)
    assert sorted(heard) == [1, 2]
    assert [*Book.objects.filter(title="gone").values_list("pk", flat=True)] == [3, 4]


def test_as_many_statements_for_fifty_as_for_five(books: Any, statements: Any) -> None:
    """Found, locked, found again, and deleted with what depends on them."""

    def count(last: int) -> int:
        with undone(books):
            statements.clear()
            assert shown(delete(f"/books?id__lte={last}&max=1000")) == {"deleted": last}
            return len(statements)

    assert count(5) == count(50)


def test_preconditions_of_many(books: Any) -> None:
    """None of them has a state of its own to name; where one must be named, they go one at a time."""
    assert refused("/books?id=1&max=1", make(requires_match=True))[:2] == (428, "precondition-required")
    assert refused("/books?id=1&max=1", if_match='"x"')[:2] == (412, "precondition-failed")


@pytest.mark.parametrize("model", [Keeper, Shelf, Tick])
def test_keys_of_every_kind(model: Any, database: Any) -> None:
    """A UUID, two columns, a moment: each is found again as it was given."""
    moment = dt.datetime(2024, 5, 31, 23, 30, 0, 125, tzinfo=dt.UTC)
    for number in range(3):
        if model is Keeper:
            Keeper.objects.create(name=f"k{number}")
        elif model is Shelf:
            Shelf.objects.create(room=number, place="a,b", label=f"k{number}")
        else:
            Tick.objects.create(at=moment + dt.timedelta(days=number), word=f"k{number}")
    name = {Keeper: "name", Shelf: "label", Tick: "word"}[model]
    own = make(model, fields=[name], filters=[name])
    assert shown(delete(f"/things?{name}__in=k0,k2&max=2", own)) == {"deleted": 2}
    assert [*model.objects.values_list(name, flat=True)] == ["k1"]


def test_one_that_goes_with_another(database: Any) -> None:
    """Chief and staff are both meant, and the one goes with the other."""
    chief = Keeper.objects.create(name="a")
    Keeper.objects.create(name="b", chief=Keeper.objects.create(name="c", chief=chief))
    own = make(Keeper, fields=["name"], filters=["name"])
    assert shown(delete("/things?name__in=a,b,c&max=3", own)) == {"deleted": 3}
    assert Keeper.objects.count() == 0


@pytest.mark.django_db(databases=["postgres"])
def test_the_cost_ceiling_holds() -> None:
    """What is found by a read costs what a read costs."""
    with choose_database("postgres"), override_settings(NUAGES_COST_CEILING={"anonymous": 0.01}):
        response = delete("/books?price__lt=15&max=5", make())
        assert (response.status, shown(response)["type"]) == (422, "urn:nuages:problem:too-costly")


def test_a_session_must_show_its_token(shop: Any) -> None:
    """As with every change in a session's name."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(get_user_model().objects.get(username="sam"))
    cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    response = delete("/books?id=1&max=1", cookie=cookie)
    assert (response.status, shown(response)["type"]) == (403, "urn:nuages:problem:csrf-failed")
    assert Book.objects.filter(id=1).exists()


@pytest.mark.django_db(databases=["postgres"], transaction=True)
@pytest.mark.parametrize(
    ("query", "meanwhile"),
    [
        ("price__lt=20", "UPDATE shop_book SET price = 30 WHERE id = 1"),
        ("reviews__stars=1", "UPDATE shop_review SET stars = 5 WHERE book_id = 1"),
        ("tags__name=old", "UPDATE shop_tag SET name = 'new'"),
        ("review_count=1", "DELETE FROM shop_review WHERE book_id = 1"),
        ("filter=NOT price = 11", "UPDATE shop_book SET price = 11 WHERE id = 1"),
    ],
)
def test_a_row_that_was_changed_while_the_deletion_waited_stays(query: str, meanwhile: str) -> None:
    """It was found and is no more what was meant; the others go. READ COMMITTED looks at the locked row alone anew."""
    with choose_database("postgres"):
        author = Author.objects.create(name="Colette")
        for key in (1, 2):
            book = Book.objects.create(id=key, title=f"t{key}", price=10, author=author)
            Review.objects.create(book=book, user_name="Ann", stars=1, body="")
            book.tags.add(Tag.objects.get_or_create(name="old")[0])
        answers: list[Any] = []

        def ask_for_it() -> None:
            response = delete(f"/books?{quote(query, safe='=')}&max=5")
            answers.append((response.status, shown(response)))
            connections["postgres"].close()

        other = connections["postgres"].copy()
        other.set_autocommit(False)
        try:
            with other.cursor() as cursor:
                cursor.execute("SELECT 1 FROM shop_book WHERE id = 1 FOR UPDATE")
                cursor.execute(meanwhile)
            asking = threading.Thread(target=ask_for_it)
            asking.start()
            wait_until_blocked()
            other.commit()
        finally:
            other.close()
        asking.join(30)
        left = {1, 2} if "shop_tag" in meanwhile else {1}
        assert answers == [(200, {"deleted": 2 - len(left)})]
        assert set(Book.objects.values_list("pk", flat=True)) == left
