"""An author says what an exception means to a client, by a handler or by a problem of their own."""

import traceback
from typing import Any

import pytest
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, ValidationError
from django.db import DataError, IntegrityError, OperationalError
from django.db.models import Q
from django.http import Http404
from django.utils.functional import lazystr

from nuages import API, BadRequest, Conflict, Fault, NotFound, Problem, Resource, anyone, value
from nuages.errors import Unavailable
from shop.models import Tag
from tests.http.failing import FAILED, PLACES, TAGS, demand_as_ever, entries, failing, make_api, met, refused
from tests.http.writing import change, faults, shown


class Trouble(Exception):
    """What the code of an author raises."""


class DeepTrouble(Trouble):
    """What is nearer to its own class than to the other."""


def _met(api: API, place: str, error: Exception) -> Any:
    with failing(error):
        return PLACES[place](api)


@pytest.mark.parametrize("place", PLACES)
def test_a_handler_answers_wherever_the_exception_was_raised(place: str, rows: Any, caplog: Any) -> None:
    """In rules, hooks, signals, Python values and storages, on reads and on changes, of which nothing is left."""
    api, seen = make_api(), []

    @api.exception_handler(Trouble)
    def trouble(error: Trouble) -> Problem:
        seen.append(error)
        assert Tag.objects.get().name == "old"  # the change has been taken back, and the connection works
        return Conflict(f"No: {error}.", code="out-of-stock")

    error = Trouble("gone")
    response = _met(api, place, error)
    assert refused(response, 409, "out-of-stock")["detail"] == "No: gone."
    assert seen == [error]
    assert entries(caplog) == []
    is_in_list = place == "a create hook in a list"
    assert faults(response) == ([("/0", "out-of-stock")] if is_in_list else [])
    demand_as_ever()


def test_the_handler_of_the_nearest_class_answers(rows: Any) -> None:
    """Whichever came first; a class without one has that of its parent, and Django's and ours their own."""
    api = make_api()
    for name, kind in (("any", Exception), ("trouble", Trouble), ("deep", DeepTrouble), ("key", KeyError)):
        api.exception_handler(kind)(lambda _, name=name: BadRequest("No.", code=name))
    for error, code in (
        *((DeepTrouble(), "deep"), (Trouble(), "trouble"), (type("Deeper", (DeepTrouble,), {})(), "deep")),
        *((KeyError(), "key"), (LookupError(), "any"), (RecursionError(), "any")),
        *((Tag.DoesNotExist(), "not-found"), (PermissionDenied(), "not-identified"), (Http404(), "not-found")),
        *((ValidationError("No."), "invalid-document"), (IntegrityError(), "any"), (NotFound("No."), "not-found")),
    ):
        for place in ("a queryset hook", "a create hook", "a read rule"):
            document = shown(_met(api, place, error))
            is_ours = place == "a create hook" and isinstance(error, IntegrityError)
            assert document["type"].rpartition(":")[2] == ("check-failed" if is_ours else code), (place, error)


@pytest.mark.parametrize("place", ["a queryset hook", "a create hook", "a read rule"])
@pytest.mark.parametrize(
    "kind",
    [Http404, Tag.DoesNotExist, ObjectDoesNotExist, PermissionDenied, ValidationError, IntegrityError, DataError],
)
def test_what_is_known_may_be_handled_otherwise(place: str, kind: Any, rows: Any) -> None:
    """A handler for the very class of Django's, or for one below it, comes first."""
    api = make_api()
    api.exception_handler(kind)(lambda _: Conflict("No.", code="mine"))
    refused(_met(api, place, kind("x")), 409, "mine")
    below = type("Below", (kind,), {})
    refused(_met(api, place, below("x")), 409, "mine")


def test_a_database_that_is_away_is_no_matter_for_a_handler_of_everything(rows: Any) -> None:
    """It is for one that asks for it; and one of everything has what nobody else knows of."""
    api, error = make_api(), OperationalError("no such table")
    error.__cause__ = type("Driver", (Exception,), {"sqlstate": "42P01"})()
    away = OperationalError("gone")
    away.__cause__ = type("Driver", (Exception,), {"sqlstate": "57P01"})()
    api.exception_handler(Exception)(lambda _: Conflict("No.", code="mine"))
    for place in ("a queryset hook", "a create hook", "a read rule"):
        refused(_met(api, place, error), 409, "mine")
        refused(_met(api, place, away), 503, "unavailable")
    api.exception_handler(OperationalError)(lambda _: Conflict("No.", code="theirs"))
    for place in ("a queryset hook", "a create hook", "a read rule"):
        refused(_met(api, place, away), 409, "theirs")


def _raise(error: BaseException) -> Any:
    raise error


@pytest.mark.parametrize("place", ["a queryset hook", "a create hook", "a create hook in a list", "a write rule"])
def test_a_handler_may_raise_its_problem(place: str, rows: Any, caplog: Any) -> None:
    """It is as good as returned."""
    api = make_api()
    api.exception_handler(Trouble)(lambda _: _raise(Conflict("No.", code="mine")))
    refused(_met(api, place, Trouble()), 409, "mine")
    assert entries(caplog) == []


@pytest.mark.parametrize("place", ["a queryset hook", "a create hook", "a create hook in a list", "a write rule"])
@pytest.mark.parametrize(
    "handler",
    [
        lambda _: _raise(RuntimeError("of the handler")),
        _raise,
        lambda _: _raise(PermissionDenied()),
        lambda _: None,
        lambda _: "No.",
        lambda _: Conflict,
        lambda _: Conflict("No.", headers=[("X-A", "\n")]),
    ],
    ids=["fails", "raises again", "raises another", "says nothing", "says text", "says a class", "says what cannot be"],
)
def test_a_handler_that_fails_is_a_failure(place: str, handler: Any, rows: Any, caplog: Any) -> None:
    """One 500 and one entry, with both errors in it; no handler is asked about another one's failure."""
    api, error, asked = make_api(), Trouble("the first"), []
    api.exception_handler(Trouble)(handler)
    api.exception_handler(Exception)(asked.append)
    refused(_met(api, place, error), *FAILED)
    assert asked == []
    [entry] = entries(caplog)
    assert entry.exc_info
    assert "the first" in "".join(traceback.format_exception(entry.exc_info[1]))
    demand_as_ever()


def test_a_handled_exception_of_a_list_is_placed_at_its_member(rows: Any) -> None:
    """Below /items where the body has them; pointers of the handler's own stand below the member."""
    api = API(title="Stock")

    class Tags(Resource):
        def create(self, values: dict[str, Any], principal: Any) -> Any:
            if values["name"] == "t3":
                raise Trouble
            return super().create(values, principal)

        def merge(self, row: Any, values: dict[str, Any], principal: Any) -> None:
            raise Trouble

    @api.exception_handler(Trouble)
    def trouble(error: Trouble) -> Problem:
        return Conflict("No.", faults=[Fault("/name", "sold", "No."), Fault("", "gone", "No.")], code="out-of-stock")

    api.resource(Tag)(type("Tags", (Tags,), TAGS))
    tags = [{"name": f"t{number}"} for number in range(5)]
    assert faults(change(api, "POST", "/tags", tags)) == [("/3/name", "sold"), ("/3", "gone")]
    assert faults(change(api, "POST", "/tags", {"items": tags})) == [("/items/3/name", "sold"), ("/items/3", "gone")]
    assert faults(change(api, "PATCH", "/tags", [{"id": 9001, "name": "x"}])) == [("/0/name", "sold"), ("/0", "gone")]
    assert faults(change(api, "POST", "/tags", {"name": "t3"})) == [("/name", "sold"), ("", "gone")]
    assert change(api, "POST", "/tags", [{"name": "x"}]).status == 201
    assert set(Tag.objects.values_list("name", flat=True)) == {"old", "x"}


def test_what_is_found_after_the_members_of_a_list_is_placed_at_none(rows: Any) -> None:
    """A rule that does not let them be, and what cannot show them."""
    api = API(title="After")
    api.exception_handler(Trouble)(lambda _: Conflict("No.", code="mine"))
    broken = value("broken", python=lambda _: _raise(Trouble()))
    rules = {"read": anyone, "write": lambda _: Q(name="good")}
    for path, more in (("shown", {"fields": ["id", broken]}), ("ruled", {"rules": rules})):
        api.resource(Tag)(type("Tags", (Resource,), {**TAGS, "path": path, **more}))
    shown_, ruled = (
        change(api, "POST", f"/{path}", [{"name": "good"}, {"name": "bad"}]) for path in ("shown", "ruled")
    )
    assert (shown_.status, faults(shown_)) == (409, [])
    assert (ruled.status, faults(ruled)) == (401, [])


@pytest.mark.parametrize("key", [9001, 9002])
def test_a_list_that_is_written_again_is_blamed_anew(key: int, rows: Any, transactional_db: Any) -> None:
    """The database gave way at the second member; what the second attempt finds is placed where that found it."""
    api, attempts = API(title="Giving way"), []
    Tag.objects.create(id=9002, name="two")

    class Tags(Resource):
        def merge(self, row: Any, values: dict[str, Any], principal: Any) -> None:
            attempts.append(row.pk)
            if len(attempts) == 2:
                error = OperationalError("deadlock")
                error.__cause__ = type("Driver", (Exception,), {"sqlstate": "40P01"})()
                raise error
            if len(attempts) > 2 and row.pk == key:
                raise Trouble

    api.exception_handler(Trouble)(lambda _: Conflict("No.", code="mine"))
    api.resource(Tag)(type("Tags", (Tags,), TAGS))
    response = change(api, "PATCH", "/tags", [{"id": 9001, "name": "x"}, {"id": 9002, "name": "y"}])
    assert faults(response) == [(f"/{key - 9001}", "mine")]
    assert attempts[:3] == [9001, 9002, 9001]


def test_what_is_found_before_any_member_is_written_again_has_its_own_place(rows: Any, transactional_db: Any) -> None:
    """A row that went away between two attempts is blamed at its key, not below the member that gave way."""
    api = API(title="Giving way")
    Tag.objects.create(id=9002, name="two")

    class Tags(Resource):
        def merge(self, row: Any, values: dict[str, Any], principal: Any) -> None:
            if row.pk == 9002:
                gone.append(row.pk)
                error = OperationalError("deadlock")
                error.__cause__ = type("Driver", (Exception,), {"sqlstate": "40P01"})()
                raise error

        def queryset(self, principal: Any) -> Any:
            return Tag.objects.exclude(pk__in=gone)

    gone: list[int] = []
    api.resource(Tag)(type("Tags", (Tags,), TAGS))
    response = change(api, "PATCH", "/tags", [{"id": 9001, "name": "x"}, {"id": 9002, "name": "y"}])
    assert (response.status, faults(response)) == (422, [("/1/id", "no-such-row")])


def test_an_authors_problem_may_be_of_any_make(rows: Any) -> None:
    """Another status, another signature, words that are translated when they are shown; faults and headers."""

    class Gone(Problem):
        status, code = 410, "sold-out"

        def __init__(self, book: str, *, since: int) -> None:
            super().__init__(
                lazystr(f"{book} is gone."), faults=[Fault("/book", "gone", book)], headers=[("X-Since", f"{since}")]
            )

    response = met("a create hook in a list", Gone("Gigi", since=3))
    document = refused(response, 410, "sold-out")
    assert (document["title"], document["detail"], response.header("X-Since")) == ("Sold out", "Gigi is gone.", "3")
    assert faults(response) == [("/0/book", "gone")]


@pytest.mark.parametrize(
    "headers", [[("X-A", "b\r\nSet-Cookie: c=d")], [("X-A\n", "b")], [("X-A", "\u2028")], [("X", 1)]]
)
def test_a_problem_that_cannot_be_sent_is_a_500(headers: Any, rows: Any, caplog: Any) -> None:  # I07
    """A header that would split the answer, or that no server could write."""
    response = met("a queryset hook", Conflict("No.", headers=headers))
    refused(response, *FAILED)
    assert response.header("X-A") is None
    assert len(entries(caplog)) == 1


def test_a_problem_of_an_authors_that_is_a_500_is_logged(rows: Any, caplog: Any) -> None:
    """Whoever raises it says what the client is told; the server has failed all the same. A 503 says when to return."""
    response = met("a queryset hook", Problem("The stars are wrong."))
    assert refused(response, *FAILED)["detail"] == "The stars are wrong."
    assert len(entries(caplog)) == 1
    refused(met("a queryset hook", Unavailable("Later.")), 503, "unavailable")
    assert len(entries(caplog)) == 1
