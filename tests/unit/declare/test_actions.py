"""A wrong action is named when an API is built: where its function stands, what is wrong, and the next step."""

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

import msgspec
import pytest

from nuages import API, Principal, Resource, anyone, authenticated, owner, staff
from nuages.errors import Misdeclared
from shop.models import Author, Book, Tag


class Given(msgspec.Struct):
    word: str


class Strange:
    """No type that JSON has."""


@dataclass
class Holding:
    inside: list[Strange]


class Colour(Enum):
    RED = "red"


class Lost(msgspec.Struct):
    where: "Nowhere"  # type: ignore[name-defined]  # noqa: F821


def good(row: Book) -> None:
    """Nothing is wrong with it."""


def no_row() -> None: ...
def late_row(data: Given, row: Book) -> None: ...
def other_row(row: Author) -> None: ...
def two_rows(row: Book, other: Book) -> None: ...
def two_bodies(row: Book, data: Given, more: Given) -> None: ...
def two_principals(row: Book, one: Principal, two: Principal) -> None: ...
def bare(row: Book, data) -> None: ...  # type: ignore[no-untyped-def]
def silent(row: Book): ...  # type: ignore[no-untyped-def]
def strange(row: Book, data: Strange) -> None: ...
def holding(row: Book, data: Holding) -> None: ...
def lost(row: Book, data: Lost) -> None: ...
def gives_lost(row: Book) -> Lost: ...
def free(row: Book, data: dict) -> None: ...  # type: ignore[type-arg]
def simple(row: Book, number: int) -> None: ...
def starred(row: Book, *words: str) -> None: ...
def keywords(row: Book, **words: str) -> None: ...
def misspelt(row: "Bok") -> None: ...  # type: ignore[name-defined]  # noqa: F821
def gives_other(row: Book) -> Author: ...
def gives_rows(row: Book) -> list[Book]: ...
def gives_strange(row: Book) -> Strange | None: ...
def safe(row: Book, number: int = 1, *, colour: Colour = Colour.RED) -> dict[str, int]: ...
def safe_body(row: Book, data: Given) -> None: ...
def safe_strange(row: Book, data: Strange) -> None: ...
def everything(row: Book, data: Given, principal: Principal) -> Book | Given | list[Given] | None: ...
def collective(data: list[Given]) -> Book: ...
def create(row: Book) -> None: ...
def _hidden(row: Book) -> None: ...
async def waiting(row: Book) -> None: ...
def yielding(row: Book) -> Iterator[int]:
    yield 1


@functools.wraps(good)
def wrapped(**given: Any) -> None:
    good(**given)


class Caller:
    def __call__(self, row: Book) -> None: ...


def found(function: Any, *, rules: Any = None, model: Any = Book, key: str = "", **declared: Any) -> list[Misdeclared]:
    """Declare one action and give what is wrong."""
    api = API(title="wrong")
    attributes = {"fields": ["id"], "rules": {"read": anyone, **(rules or {})}, "path": "things", "key": key}
    things: Any = type("Things", (Resource,), attributes)
    api.resource(model)(things)
    things.action(**({"rule": anyone} if not rules else {}) | declared)(function)
    return api.mistakes()


CASES: list[Any] = [
    ("E031", waiting, {}, "is async", "plain def"),
    ("E031", yielding, {}, "or a generator", ""),
    ("E031", functools.partial(good), {}, "is no function", "above a def"),
    ("E031", Caller(), {}, "is no function", ""),
    ("E031", good, {"method": "post"}, "has the method 'post'", "Did you mean 'POST'?"),
    ("E031", good, {"method": "PSOT"}, "has the method 'PSOT'", "'POST'?"),
    ("E031", good, {"method": "QUERY"}, "has the method 'QUERY'", "DELETE, GET"),
    ("E031", good, {"name": "a/b"}, "cannot stand in a URL: 'a/b'", "mark-paid"),
    ("E031", good, {"name": 5}, "cannot stand in a URL: 5", ""),
    ("E031", _hidden, {}, "cannot stand in a URL: '-hidden'", ""),
    ("E031", create, {}, "has the name of an operation", "name='create'"),
    ("E031", good, {"rule": None}, "has no rule", '@Things.action(rule=staff), or rules = {"good": staff}'),
    ("E031", good, {"rules": {"good": staff}, "rule": staff}, "has two rules", "rules['good']"),
    ("E017", good, {"rule": True}, "rule of 'good': True is no rule", ""),
    ("E017", good, {"rule": owner("autor")}, "has no path 'autor'", "'author'?"),
    ("E017", good, {"rules": {"good": True}}, "rules['good']: True is no rule", ""),
    ("E008", good, {"rules": {"god": staff}, "rule": staff}, "no operation 'god'", "Did you mean 'good'?"),
    ("E031", collective, {"detail": False, "rule": owner("reviews__user")}, "is about rows", "authenticated"),
    ("E031", no_row, {"detail": False, "model": Tag, "key": "name"}, "of the member whose key is 'no-row'", ""),
    ("E032", no_row, {}, "does not take its member first", "row: Book"),
    ("E032", late_row, {}, "does not take its member first", "row: Book"),
    ("E032", other_row, {}, "takes 'row', which is of Author", "row: Book"),
    ("E032", two_rows, {}, "takes the member twice: 'row' and 'other'", ""),
    ("E032", two_bodies, {}, "takes the body twice: 'data' and 'more'", ""),
    ("E032", two_principals, {}, "takes the principal twice", ""),
    ("E032", bare, {}, "does not say what its parameter 'data' is", "data: a Struct, dataclass or TypedDict"),
    ("E032", silent, {}, "does not say what it answers", "-> None"),
    ("E032", strange, {}, "takes 'data', and no request can give a Strange", "principal: Principal"),
    ("E032", holding, {}, "takes 'data', in which Strange cannot be read from JSON", ""),
    ("E032", lost, {}, "takes 'data', in which name 'Nowhere' is not defined", "what its module knows"),
    ("E032", gives_lost, {}, "name 'Nowhere' is not defined", ""),
    ("E032", free, {}, "no request can give a dict", ""),
    ("E032", simple, {}, "takes 'number', which is in no body", "for GET"),
    ("E032", starred, {}, "'*words: str'", ""),
    ("E032", keywords, {}, "'**words: str'", ""),
    ("E032", misspelt, {}, "annotations that cannot be read: name 'Bok' is not defined", ""),
    ("E032", gives_other, {}, "answers with Author", "the resource's model"),
    ("E032", gives_rows, {}, "answers with Book", "the resource's model"),
    ("E032", gives_strange, {}, "answers with Strange", ""),
    ("E032", safe_body, {"method": "GET"}, "takes a body, 'data'", "POST, PUT and PATCH do"),
    ("E032", safe_body, {"method": "DELETE"}, "takes a body, 'data'", ""),
    ("E032", safe_strange, {"method": "GET"}, "no request can give a Strange", "simple values"),
    ("E032", good, {"detail": False}, "takes a row, 'row', and none is in its URL", "detail=False"),
]


@pytest.mark.parametrize(("code", "function", "declared", "message", "hint"), CASES)
def test_a_mistake_is_named_with_the_next_step(
    code: str, function: Any, declared: Any, message: str, hint: str
) -> None:
    """Each has its code, says what was written, and hints at what would be right."""
    mistakes = found(function, **declared)
    assert [(one.id, message in one.message, hint in one.hint) for one in mistakes] == [
        (f"nuages.{code}", True, True)
    ], mistakes
    if code != "E017" and code != "E008" and hasattr(function, "__code__"):
        assert f"test_actions.py:{function.__code__.co_firstlineno} Things.{function.__name__}" in mistakes[0].place


@pytest.mark.parametrize(
    ("function", "declared"),
    [
        (good, {}),
        (good, {"name": "mark.as~good", "method": "PUT"}),
        (good, {"rules": {"good": owner("reviews__user") | staff}}),
        (safe, {"method": "GET"}),
        (everything, {}),
        (collective, {"detail": False, "rule": authenticated}),
        (collective, {"detail": False, "name": "7up"}),
        (wrapped, {}),
    ],
)
def test_what_is_right_has_no_mistakes(function: Any, declared: Any) -> None:
    """The counter-examples."""
    assert found(function, **declared) == []


def test_every_mistake_of_a_function_is_named_at_once() -> None:
    """And every action's."""

    def wrong(row: Author, number: int, data: Strange): ...  # type: ignore[no-untyped-def]

    assert [one.id for one in found(wrong)] == ["nuages.E032"] * 4


def _things(*declared: tuple[Any, dict[str, Any]]) -> list[Misdeclared]:
    api = API(title="wrong")

    @api.resource(Book)
    class Things(Resource):
        fields = ["id"]
        rules = {"read": anyone}

    for function, how in declared:
        Things.action(rule=anyone, **how)(function)
    return api.mistakes()


def test_two_actions_cannot_share_url_and_method() -> None:
    """The second one is blamed; another method or another place is another action."""
    (mistake,) = _things((good, {}), (everything, {"name": "good"}))
    assert (mistake.id, "'everything' has the URL and method of 'good'" in mistake.message) == ("nuages.E031", True)
    assert _things((good, {}), (everything, {"name": "good", "method": "PUT"})) == []
    assert _things((good, {}), (collective, {"name": "good", "detail": False})) == []


def test_a_name_twice_is_a_mistake() -> None:
    """The second would silently take the place of the first."""
    (mistake,) = _things((good, {}), (good, {"name": "other"}))
    assert (mistake.id, mistake.message) == ("nuages.E031", "there are 2 actions named 'good'.")


def test_an_attribute_cannot_be_called_action() -> None:
    """It would hide the decorator."""
    api = API(title="wrong")
    api.resource(Book)(type("Things", (Resource,), {"fields": ["id"], "rules": {"read": anyone}, "action": 1}))
    assert [one.id for one in api.mistakes()] == ["nuages.E014"]
