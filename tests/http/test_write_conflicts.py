"""Whatever a constraint refuses is a 409 or a 422 on both databases, with nothing stored; never a fault of ours."""

import threading
import time
from typing import Any

import pytest
from django.db import connections
from django.db.models import Q

from nuages import API, Resource, anyone
from shop.models import Author, Book
from tests.http.asking import send
from tests.http.client import LEAKS
from tests.http.writing import change, faults, make_api, shown
from tests.http.written import OPEN, served
from tests.support.router import choose_database
from tests.zoo.models import Claim, Country, Ledger, Lesson, Specimen

NAMES = ["code", "name", "room", "place", "low", "high", "spot", "is_open", "country"]
FIRST = {"code": "a", "name": "Ann", "room": 1, "place": 1, "low": 1, "high": 5, "spot": 1, "is_open": True}
OTHER = {**FIRST, "code": "b", "name": "Bob", "room": 2, "spot": 2}
THIRD = {**FIRST, "code": "c", "name": "Cid", "room": 3, "spot": 3}


def _api(model: Any, names: list[str], **methods: Any) -> API:
    """An API of one resource under /things, with hooks of an author's."""
    api = API(title="Conflicts")
    declared = {"fields": ["id", *names], "writable": names, "rules": OPEN, "path": "things", **methods}
    api.resource(model)(type("Things", (Resource,), declared))
    return api


api = _api(Claim, NAMES)


def _adding(**values: Any) -> API:
    """An API whose hooks write what no client may send: no validator of ours has seen it."""

    class Hooks(Resource):
        def create(self, sent: dict[str, Any], principal: Any) -> Any:
            return super().create({**sent, **values}, principal)

        def merge(self, row: Any, sent: dict[str, Any], principal: Any) -> None:
            super().merge(row, {**sent, **values}, principal)

    own = API(title="Conflicts")
    kept = [name for name in NAMES if name not in values]
    declared = {"fields": ["id", *NAMES], "writable": kept, "rules": OPEN, "path": "things"}
    own.resource(Claim)(type("Things", (Hooks,), declared))
    return own


def _refused(response: Any, status: int, code: str) -> list[tuple[str, str]]:
    """A problem that shows neither SQL nor what others have stored."""
    document = shown(response)
    assert (response.status, document["type"].rpartition(":")[2]) == (status, code), document
    assert not LEAKS.search(response.body.decode())
    return faults(response)


@pytest.mark.parametrize(
    ("changed", "pointers"),
    [
        ({"code": "a"}, ["/code"]),
        ({"room": 1, "place": 1}, ["/room", "/place"]),
        ({"spot": 1}, ["/spot"]),
        ({"name": "ANN"}, None),  # an expression
    ],
)
def test_what_is_taken_is_a_conflict(changed: dict[str, Any], pointers: Any, database: Any) -> None:  # Y03
    """Unique fields, unique_together, with a condition, of an expression: POST, PUT and PATCH."""
    assert change(api, "POST", "/things", FIRST).status == 201
    other = shown(change(api, "POST", "/things", OTHER))
    for method, url, body in (
        ("POST", "/things", {**THIRD, **changed}),
        ("PUT", f"/things/{other['id']}", {**OTHER, "country": None, **changed}),
        ("PATCH", f"/things/{other['id']}", changed),
    ):
        found = _refused(change(api, method, url, body), 409, "taken")
        assert pointers is None or [pointer for pointer, _ in found] == pointers
        assert {code for _, code in found} <= {"taken"}
    assert Claim.objects.count() == 2
    assert Claim.objects.get(pk=other["id"]).name == "Bob"


def test_what_only_looks_taken_is_none(database: Any) -> None:
    """Where the condition of the constraint does not hold."""
    assert change(api, "POST", "/things", {**FIRST, "is_open": False, "name": ""}).status == 201
    assert change(api, "POST", "/things", {**OTHER, "spot": 1, "name": ""}).status == 201


def test_values_that_do_not_go_together(database: Any) -> None:
    """A check of two columns blames both, by the constraint's own words."""
    found = _refused(change(api, "POST", "/things", {**FIRST, "low": 6}), 422, "check-failed")
    assert ("/high", "check-failed") in found
    key = shown(change(api, "POST", "/things", FIRST))["id"]
    assert _refused(change(api, "PATCH", f"/things/{key}", {"high": 0}), 422, "check-failed") == found
    assert list(Claim.objects.values_list("low", "high")) == [(1, 5)]


@pytest.mark.parametrize(
    ("values", "status", "codes"),
    [
        ({"room": None}, 422, {"unprocessable"}),
        ({"code": None}, 422, {"unprocessable"}),
        ({"low": 9}, 422, {"check-failed"}),
        ({"code": "a"}, 409, {"taken"}),
    ],
)
def test_what_a_hook_writes_is_refused_alike(
    values: dict[str, Any], status: int, codes: set[str], database: Any
) -> None:
    """Nobody has checked it before the database does; not null blames no member that the client could not send."""
    assert change(api, "POST", "/things", FIRST).status == 201
    sent = {name: value for name, value in OTHER.items() if name not in values}
    for code in codes:
        found = _refused(change(_adding(**values), "POST", "/things", sent), status, code)
        assert not {pointer for pointer, _ in found} & {f"/{name}" for name in values}
    assert Claim.objects.count() == 1


@pytest.mark.django_db(databases=["postgres"])
@pytest.mark.parametrize("values", [{"code": "x" * 11}, {"room": 2**31}, {"room": 2**63}])
def test_what_a_column_cannot_hold_is_refused(values: dict[str, Any]) -> None:
    """Too long, too large: PostgreSQL says so; SQLite has no such columns."""
    with choose_database("postgres"):
        sent = {name: value for name, value in FIRST.items() if name not in values}
        _refused(change(_adding(**values), "POST", "/things", sent), 422, "beyond-range")
        assert Claim.objects.count() == 0


@pytest.mark.parametrize(("name", "value"), [("code", "x" * 11), ("room", 2**63), ("room", -(2**63) - 1)])
def test_what_a_field_cannot_hold_is_refused(name: str, value: Any, database: Any) -> None:  # X08
    """By its validators, with its pointer."""
    response = change(api, "POST", "/things", {**FIRST, name: value})
    assert _refused(response, 422, "invalid-document")[0][0] == f"/{name}"
    assert Claim.objects.count() == 0


@pytest.mark.django_db(databases=["postgres"])
def test_what_excludes_each_other_is_a_conflict() -> None:
    """PostgreSQL's exclusion constraint over an expression."""
    with choose_database("postgres"):
        own = _api(Lesson, ["room", "begins", "ends"])
        assert change(own, "POST", "/things", {"room": 1, "begins": 9, "ends": 11}).status == 201
        _refused(change(own, "POST", "/things", {"room": 1, "begins": 10, "ends": 12}), 409, "taken")
        assert change(own, "POST", "/things", {"room": 2, "begins": 10, "ends": 12}).status == 201
        response = change(own, "POST", "/things", {"room": 3, "begins": 12, "ends": 10})  # no range at all
        assert response.status == 422, response.body
        assert Lesson.objects.count() == 2


def test_a_row_that_vanishes_after_it_was_found_is_a_conflict(transactional_db: None, database: Any) -> None:  # Y11
    """The foreign key decides, at the latest when the transaction ends; nothing is stored."""

    class Hooks(Resource):
        def create(self, values: dict[str, Any], principal: Any) -> Any:
            row = super().create(values, principal)
            with database.cursor() as cursor:
                cursor.execute("DELETE FROM zoo_country")
            return row

    own = API(title="Conflicts")
    declared = {"fields": ["id", *NAMES], "writable": NAMES, "rules": OPEN, "path": "things"}
    own.resource(Claim)(type("Things", (Hooks,), declared))
    Country.objects.create(code="FR", number=33, name="France")
    _refused(change(own, "POST", "/things", {**FIRST, "country": "FR"}), 409, "in-use")
    assert (Claim.objects.count(), Country.objects.count()) == (0, 1)


def test_a_row_that_others_need_stays(transactional_db: None, database: Any) -> None:
    """A deletion that the database's foreign key refuses: a row that Django's collector did not know."""

    class Hooks(Resource):
        def delete(self, row: Any, principal: Any) -> None:
            with database.cursor() as cursor:
                cursor.execute("DELETE FROM zoo_country WHERE code = %s", [row.pk])

    own = API(title="Conflicts")
    declared = {"fields": ["code"], "writable": ["name"], "rules": OPEN, "path": "things"}
    own.resource(Country)(type("Things", (Hooks,), declared))
    country = Country.objects.create(code="FR", number=33, name="France")
    Claim.objects.create(code="a", country=country)
    _refused(send(own, "/things/FR", "DELETE"), 409, "in-use")
    assert (Claim.objects.count(), Country.objects.count()) == (1, 1)


def test_a_refusal_leaves_the_connection_usable(database: Any) -> None:
    """The next request is answered as if nothing had been."""
    assert change(api, "POST", "/things", FIRST).status == 201
    assert change(api, "POST", "/things", FIRST).status == 409
    assert change(api, "POST", "/things", OTHER).status == 201
    assert send(api, "/things").status == 200


def test_a_fault_of_the_authors_is_a_500_that_is_logged(database: Any, caplog: pytest.LogCaptureFixture) -> None:
    """An exception in a hook is no answer; the row goes back with it, and nothing of the exception is shown."""

    class Hooks(Resource):
        def create(self, values: dict[str, Any], principal: Any) -> Any:
            super().create(values, principal)
            raise LookupError("a secret")

    own = API(title="Conflicts")
    declared = {"fields": ["id"], "writable": ["integer"], "rules": OPEN, "path": "things"}
    own.resource(Specimen)(type("Things", (Hooks,), declared))
    response = change(own, "POST", "/things", {"integer": 1})
    assert (response.status, b"secret" in response.body) == (500, False)
    assert "a secret" in caplog.text
    assert Specimen.objects.count() == 0


@pytest.mark.django_db(databases=["postgres"], transaction=True)
@pytest.mark.parametrize("method", ["DELETE", "PATCH"])
def test_a_row_that_left_the_rule_while_the_change_waited_is_not_changed(method: str) -> None:
    """READ COMMITTED looks at the locked row anew, not at the subselect in which the rule stands."""
    with choose_database("postgres"):
        author = Author.objects.create(name="Colette")
        book = Book.objects.create(title="Gigi", price=10, author=author)
        own = make_api(Books={"read": anyone, "write": lambda _: Q(price__lt=20)})
        answers: list[int] = []

        def ask_for_it() -> None:
            document = {"price": "1.00"} if method == "PATCH" else None
            with connections["postgres"].cursor() as cursor:
                if connections["postgres"].pg_version >= 180_000:  # which would leave the subselect out, as luck has it
                    cursor.execute("SET enable_self_join_elimination = off")
            answers.append(change(own, method, f"/books/{book.pk}", document).status)
            connections["postgres"].close()

        other = connections["postgres"].copy()
        other.set_autocommit(False)
        try:
            with other.cursor() as cursor:
                cursor.execute("UPDATE shop_book SET price = 30 WHERE id = %s", [book.pk])
            asking = threading.Thread(target=ask_for_it)
            asking.start()
            wait_until_blocked()
            other.commit()
        finally:
            other.close()
        asking.join(30)
        assert answers == [401]
        assert list(Book.objects.values_list("price", flat=True)) == [30]


def wait_until_blocked() -> None:
    deadline_s = time.monotonic() + 30
    while time.monotonic() < deadline_s:
        with connections["postgres"].cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.02)
    pytest.fail("nobody waits for the lock")


def test_a_clash_in_another_table_blames_no_member(database: Any) -> None:
    """A hook writes a row of its own, whose column is called as one of ours."""
    own = API(title="Ledger")

    @own.resource(Claim)
    class Claims(Resource):
        fields = ["id", "code"]
        writable = ["code"]
        rules = OPEN

        def create(self, values: Any, principal: Any) -> Any:
            Ledger.objects.create(code="same")
            return super().create(values, principal)

    Ledger.objects.create(code="same")
    response = change(own, "POST", "/claims", {"code": "a"})
    assert response.status == 409
    assert faults(response) == []


def test_a_unique_expression_blames_its_member(database: Any) -> None:
    """UniqueConstraint(Lower("name")) has a name to blame."""
    own = served(Claim, ["id", "code", "name"], ["code", "name", "room"])
    assert change(own, "POST", "/things", {"code": "a", "name": "Ann", "room": 1}).status == 201
    response = change(own, "POST", "/things", {"code": "b", "name": "ANN", "room": 2})
    assert (response.status, faults(response)) == (409, [("/name", "taken")])


def test_a_check_blames_every_column_that_it_names(database: Any) -> None:
    """Q(low__lte=F("high")): `low__lte` is not found by its word boundary, and so isn't `stars__range`."""
    own = served(Claim, ["id", "code", "low", "high"], ["code", "low", "high"])
    response = change(own, "POST", "/things", {"code": "a", "low": 2, "high": 1})
    assert faults(response) == [("/low", "check-failed"), ("/high", "check-failed")]


def test_a_check_without_words_of_its_own_does_not_show_its_name(database: Any) -> None:
    """Django's message is 'Constraint “zoo_claim_low_to_high” is violated.': a name of the schema, and no help."""
    own = served(Claim, ["id", "code", "low", "high"], ["code", "low", "high"])
    response = change(own, "POST", "/things", {"code": "a", "low": 2, "high": 1})
    assert (response.status, b"zoo_claim" in response.body) == (422, False), response.body
