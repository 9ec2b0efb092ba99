"""Who asks decides what is seen: rules, sessions, and what an author's own code may break, on both databases."""

import logging
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db.models import Q
from django.test import Client, override_settings
from django.urls import path

from nuages import API, Principal, Resource, anyone, authenticated, nested, nobody, owner, staff, value
from shop.models import Author, Book, Review, Tag
from tests.http.asking_as import ask_as, assert_problem
from tests.http.client import get, without_ids

rules_api, faulty_api = API(title="Rules"), API(title="Faulty")


def _fail(*_: Any) -> Any:
    raise RuntimeError("SELECT secret FROM shop_book in /srv/secret.py")


def _mumble(principal: Principal) -> Any:
    return "yes"


def _cheap(principal: Principal) -> Q:
    return Q(price__lt=20)


def _make(api: API, name: str, model: Any, rule: Any, *fields: Any, **attributes: Any) -> None:
    """Register a resource whose class is made here."""
    rules = {"read": rule} if callable(rule) else rule
    api.resource(model)(type(name, (Resource,), {"fields": fields or ["id"], "rules": rules, **attributes}))


_make(rules_api, "Public", Book, anyone)
_make(rules_api, "Members", Book, authenticated)
_make(rules_api, "Staffs", Book, staff)
_make(rules_api, "Closed", Book, nobody)
_make(rules_api, "Cheap", Book, _cheap)
_make(rules_api, "CheapForStaff", Book, staff & _cheap)
_make(rules_api, "Mine", Review, owner("user"))
_make(rules_api, "MineOrAll", Review, owner("user") | staff)
_make(rules_api, "WriteOnly", Tag, {"write": anyone})

_make(faulty_api, "FailingRule", Review, _fail)
_make(faulty_api, "MumblingRule", Book, _mumble)
_make(faulty_api, "RuleInside", Book, anyone, nested("reviews", "id"))
_make(faulty_api, "Hook", Author, anyone, queryset=_fail)
_make(faulty_api, "Value", Tag, anyone, value("failing", python=_fail))

urlpatterns = [path("rules/", rules_api.urls), path("faulty/", faulty_api.urls)]
with_rules = override_settings(ROOT_URLCONF=__name__)


# path below /rules/; the status for anybody, for a user, for staff; how many items each of them sees
CELLS: list[tuple[str, list[int], list[int]]] = [
    ("public", [200, 200, 200], [20, 20, 20]),
    ("members", [401, 200, 200], [0, 20, 20]),
    ("staffs", [401, 403, 200], [0, 0, 20]),
    ("closed", [401, 403, 403], [0, 0, 0]),
    ("cheap", [200, 200, 200], [11, 11, 11]),
    ("cheap-for-staff", [401, 403, 200], [0, 0, 11]),
    ("mine", [401, 200, 200], [0, 3, 0]),
    ("mine-or-all", [401, 200, 200], [0, 3, 100]),
]
USERS = ["", "ann", "sam"]


@pytest.mark.parametrize(("name", "statuses", "sizes"), CELLS, ids=[cell[0] for cell in CELLS])
@with_rules
def test_a_rule_decides_who_sees_what(name: str, statuses: Any, sizes: Any, shop: Any, statements: Any) -> None:
    """401 with a challenge for anybody, 403 for somebody, the rows that the rule leaves for whom it lets in."""
    for user, status, size in zip(USERS, statuses, sizes, strict=True):
        statements.clear()
        response = ask_as("GET", f"/rules/{name}?limit=200", user=user)
        if status == 200:
            assert len(response.json()["items"]) == size
            continue
        assert_problem(response, status, {401: "not-identified", 403: "not-allowed"}[status])
        assert response.headers.get("WWW-Authenticate") == ('Session realm="api"' if status == 401 else None)
        assert not any("shop_" in sql for sql in statements)
        assert ask_as("GET", f"/rules/{name}/1", user=user).status_code == status
        assert ask_as("GET", f"/rules/{name}?nosuch=1", user=user).status_code == status, (
            "who may not ask learns nothing"
        )


@with_rules
def test_a_row_that_a_rule_hides_does_not_exist(shop: Any) -> None:
    """A hidden member is the same 404 as one that never was, for everybody from whom it is hidden."""
    dear = Book.objects.filter(price__gte=20)[0]
    hidden, absent = (get(f"/rules/cheap/{key}").json() for key in (dear.pk, 999_999))
    assert without_ids(hidden) == without_ids(absent)
    assert [ask_as("GET", "/rules/mine/2", user=name).status_code for name in ("ann", "sam")] == [200, 404]


@with_rules
def test_the_index_names_what_the_asker_may_open(shop: Any) -> None:
    """And a resource with rules for writing alone has no path to read."""
    for column, user in enumerate(USERS):
        named = ask_as("GET", "/rules/", user=user).json()["resources"]
        assert named == {name: f"/rules/{name}" for name, statuses, _ in CELLS if statuses[column] == 200}
    assert_problem(get("/rules/write-only"), 404, "not-found")


@pytest.mark.parametrize("name", ["hook", "value"])
@with_rules
def test_a_fault_in_an_authors_code_is_a_500_that_says_nothing(name: str, shop: Any, caplog: Any) -> None:
    """And is logged once, with its traceback."""
    with caplog.at_level(logging.DEBUG):
        response = ask_as("GET", f"/faulty/{name}?limit=1")
    document = assert_problem(response, 500, "internal-error")
    assert document["detail"] == "This server failed; the failure is logged."
    tracebacks = [(record.name, record.getMessage()) for record in caplog.records if record.exc_info]
    assert tracebacks == [("nuages.request", f"GET /faulty/{name} failed (request {document['request_id']})")]


@pytest.mark.parametrize("user", ["", "ann", "sam"])
@pytest.mark.parametrize("name", ["failing-rule", "mumbling-rule", "rule-inside"])
@with_rules
def test_a_rule_that_cannot_answer_refuses_everybody(name: str, user: str, shop: Any, caplog: Any) -> None:  # Z19
    """A 403, whoever asks: logging in would not help. It is logged once, with its traceback."""
    with caplog.at_level(logging.DEBUG):
        response = ask_as("GET", f"/faulty/{name}?limit=1", user=user)
    document = assert_problem(response, 403, "not-allowed")
    [record] = [record for record in caplog.records if record.exc_info]
    assert record.getMessage() == f"GET /faulty/{name} failed (request {document['request_id']})"
    assert (record.name, record.levelname, record.request_id) == ("nuages.request", "ERROR", document["request_id"])


@pytest.mark.parametrize(
    "cookie",
    [
        *("sessionid=", "sessionid=short", "sessionid=" + "x" * 32, "sessionid=" + "x" * 100_000, "sessionid"),
        *("=;=;=", "\x01"),
        *('sessionid="\\000aaaaaaaaaaaa"', "sessionid=%00aaaaaaaaaaaa", "sessionid=a; sessionid=b"),
        *("xsessionid=aaaaaaaaaaaa", "é=é"),
    ],
    ids=lambda cookie: repr(cookie[:30]),
)
def test_a_cookie_that_names_no_session_is_anybody(cookie: str, shop: Any) -> None:
    """Whatever it holds: public resources stay public."""
    assert get("/api/books/1", cookie=cookie).status_code == 200


@with_rules
def test_a_deactivated_or_deleted_user_is_anybody(shop: Any) -> None:
    """From the next request on."""
    for end in ("deactivate", "delete"):
        client = Client()
        user = get_user_model().objects.create_user(f"eve-{end}", is_staff=True)
        client.force_login(user)
        assert client.get("/rules/staffs").status_code == 200
        if end == "delete":
            user.delete()
        else:
            type(user).objects.filter(pk=user.pk).update(is_active=False)
        assert client.get("/rules/staffs").status_code == 401
