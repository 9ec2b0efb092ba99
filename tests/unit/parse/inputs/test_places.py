"""A function takes what its signature says from each place of a request, and all faults are told in one problem."""

import datetime as dt
import enum
import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Literal, NewType, TypedDict
from uuid import UUID

import attrs
import msgspec
import pytest

from nuages.errors import Problem
from nuages.http.request import Request
from nuages.identify.principal import Principal
from nuages.parse.inputs import Body, Cookie, Header, InputReader, Query, signature_of
from tests.unit.parse.inputs.requests import given, reader, refused, request

Small = Annotated[int, msgspec.Meta(ge=1, le=9)]
Year = NewType("Year", int)
KEY = UUID("6f1fa5c2-55a3-4a4b-9a9b-0d9a2f6a1c11")


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Item(msgspec.Struct):
    name: str
    price: Annotated[float, msgspec.Meta(ge=0)] = 0.0


class Filters(msgspec.Struct, rename="camel"):
    low: Small
    tags: list[str] = []
    since_day: dt.date | None = None

    def __post_init__(self) -> None:
        if self.low == 7:
            raise ValueError("seven is taken")


@dataclass
class Place:
    city: str
    zip_code: int = 0


class Typed(TypedDict, total=False):
    city: str


@attrs.define
class Attributes:
    city: str
    level: int = attrs.field(default=1, validator=attrs.validators.le(3))


class Settings:
    """What a dependency makes."""


def takes(wanted: Any, default: Any = inspect.Parameter.empty) -> Any:
    """A function with one parameter."""

    def function(**_: Any) -> None: ...

    parameter = inspect.Parameter("value", inspect.Parameter.KEYWORD_ONLY, default=default, annotation=wanted)
    function.__signature__ = inspect.Signature([parameter])  # type: ignore[attr-defined]
    function.__annotations__ = {"value": wanted}
    return function


@pytest.mark.parametrize(
    ("wanted", "query", "value"),
    [
        (str, "value=%C3%A9+b", "é b"),
        (int | None, "value=-3", -3),
        (float, "value=4.5", 4.5),
        (bool, "value=true", True),
        (Decimal, "value=12.50", Decimal("12.50")),
        (dt.date, "value=2024-05-31", dt.date(2024, 5, 31)),
        (dt.datetime, "value=2024-05-31T12:00:00Z", dt.datetime(2024, 5, 31, 12, tzinfo=dt.UTC)),
        (dt.time, "value=09:30", dt.time(9, 30)),
        (dt.timedelta, "value=P3DT4H", dt.timedelta(days=3, hours=4)),
        (UUID, f"value={KEY}", KEY),
        (Colour, "value=red", Colour.RED),
        (Literal["a", 2], "value=2", 2),
        (Literal[True, "x"], "value=true", True),
        (int | str, "value=7", 7),
        (str | int, "value=7", 7),
        (int | str, "value=seven", "seven"),
        (dt.date | Literal["today"], "value=today", "today"),
        (Year, "value=1999", 1999),
        (Small | None, "value=9", 9),
        (Annotated[int | None, msgspec.Meta(ge=1)], "value=1", 1),
        (list[int], "value=1&value=2", [1, 2]),
        (Sequence[str], "value=1", ["1"]),
        (set[int], "value=1&value=1", {1}),
        (tuple[Colour, ...], "value=red", (Colour.RED,)),
        (Annotated[list[Small], msgspec.Meta(max_length=2)], "value=1&value=2", [1, 2]),
        (Annotated[int, Query(alias="v")], "v=3", 3),
        (Annotated[int, Query], "value=3", 3),
    ],
)  # fmt: skip
def test_a_simple_value_comes_from_the_query(wanted: Any, query: str, value: Any) -> None:
    """As its annotation says, in the spellings of filters."""
    found = given(takes(wanted), request(query=query))["value"]
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("wanted", "query"),
    [
        (int, "value="), (int, "value=1&value=2"), (int, ""), (int, "value=1e3"), (Small, "value=10"),
        (Colour, "value=green"), (Literal["a"], "value=b"), (list[int], "value=1&value=x"),
        (Annotated[list[int], msgspec.Meta(max_length=1)], "value=1&value=2"), (int | dt.date, "value=x"),
        (str, "value=a%00b"), (str, "value=%FF"), (str, f"value={'a' * 2001}"),
        (Annotated[str, msgspec.Meta(pattern="^a$")], "value=b"),
    ],
)  # fmt: skip
def test_another_value_is_a_fault_of_the_query(wanted: Any, query: str) -> None:
    """400, with the parameter."""
    status, faults = refused(takes(wanted), request(query=query))
    assert (status, faults[0][0]) == (400, "?value")


def everything(  # each place has one
    number: int,
    item: Item,
    x_token: Annotated[str, Header()],
    who: Principal,
    asked: Request,
    session: Annotated[int, Cookie(alias="sid")],
    most: Small = 5,
    tags: Annotated[list[str], Header("X-Tags")] = (),  # type: ignore[assignment]
) -> Item:
    """Takes something from each place."""
    return item


def test_each_place_gives_what_is_asked_of_it() -> None:
    """Path, query, headers, cookies and the body; what is injected is left to others, and defaults are left out."""
    asked = request("POST", "", {"name": "a", "price": 1}, x_token="t", x_tags="a, b,,c", cookie="sid=4; other=x")
    assert given(everything, asked, number="7") == {
        "number": 7, "item": Item("a", 1.0), "x_token": "t", "session": 4, "tags": ["a", "b", "c"],
    }  # fmt: skip
    signature = signature_of(everything, method="POST", path_names=["number"], provided=[])
    assert signature.injected == {"who": Principal, "asked": Request}
    assert (signature.returns, signature.body is not None, signature.query_names) == (Item, True, {"most"})


def test_every_fault_of_every_place_is_told_at_once() -> None:
    """In the order of the places; a wrong path makes it a 404, a query, header or cookie a 400, the body a 422."""
    body = {"name": 3, "prize": 1}
    asked = request("POST", "most=10&mast=1", body, cookie="sid=four")
    told = [
        ("?most", "invalid-value"), ("?mast", "unknown-parameter"), ("x-token:", "missing-header"),
        ("cookie: sid", "invalid-value"), ("/name", "invalid-value"), ("/prize", "unknown-member"),
    ]  # fmt: skip
    assert refused(everything, asked, number="seven") == (404, [("{number}", "invalid-value"), *told])
    assert refused(everything, request("POST", "most=10&mast=1", body, cookie="sid=four"), number="7") == (400, told)
    right = {"x_token": "t", "cookie": "sid=4"}
    assert refused(everything, request("POST", "", body, **right), number="7") == (422, told[-2:])
    typed = request("POST", "mast=1", b"x", "text/plain", **right)
    assert refused(everything, typed, number="7") == (415, [told[1], ("", "unsupported-media-type")])
    assert refused(everything, request("POST", "mast=1", b"{", **right), number="7") == (
        400,
        [told[1], ("", "invalid-json")],
    )


def test_no_header_and_no_cookie_is_repeated_to_the_client() -> None:
    """They may be secrets, and problems are logged by clients."""
    with pytest.raises(Problem) as caught:
        given(everything, request("POST", "", {"name": "a"}, x_token="ok", cookie="sid=hunter2"), number="7")
    assert "hunter2" not in str([caught.value.detail, caught.value.faults])


@pytest.mark.parametrize("number", ["007", "+7", "x", "7.0", str(2**63)])
def test_a_path_that_cannot_be_leads_nowhere(number: str) -> None:
    """404, as a key that cannot be; one thing has one URL."""
    assert refused(takes_number, request(), number=number) == (404, [("{number}", "invalid-value")])


def takes_number(number: Small) -> None: ...


def test_bounds_hold_in_a_path_too() -> None:
    """As msgspec.Meta says."""
    assert given(takes_number, request(), number="9") == {"number": 9}
    assert refused(takes_number, request(), number="10")[0] == 404


def test_a_group_of_parameters_is_one_object() -> None:
    """A Struct, a dataclass, a TypedDict, an attrs class; its members are parameters of the query."""
    grouped = takes(Annotated[Filters, Query()])
    query = "low=3&tags=a&tags=b&sinceDay=2024-05-31"
    assert given(grouped, request(query=query)) == {"value": Filters(3, ["a", "b"], dt.date(2024, 5, 31))}
    assert refused(grouped, request(query="low=10&tag=a")) == (
        400,
        [("?low", "invalid-value"), ("?tag", "unknown-parameter")],
    )
    assert refused(grouped, request(query="tags=a")) == (400, [("?low", "missing-parameter")])
    assert refused(grouped, request(query="low=7")) == (400, [("?", "invalid-value")])
    for wanted, value in ((Place, Place("a")), (Typed, {"city": "a"}), (Attributes, Attributes("a"))):
        assert given(takes(Annotated[wanted, Query()]), request(query="city=a")) == {"value": value}
    assert refused(takes(Annotated[Attributes, Query()]), request(query="city=a&level=4"))[0] == 400


def test_a_group_with_a_default_is_left_out_whole() -> None:
    """Where none of its members is there; else those that must be, must."""
    grouped = takes(Annotated[Place | None, Query()], None)
    assert given(grouped, request()) == {}
    assert given(grouped, request(query="city=a")) == {"value": Place("a")}
    assert refused(grouped, request(query="zip_code=1")) == (400, [("?city", "missing-parameter")])


def test_headers_and_cookies_have_groups_too() -> None:
    """A member's underscores are the hyphens of a header."""
    assert given(takes(Annotated[Place, Header()]), request(city="a", zip_code="3")) == {"value": Place("a", 3)}
    assert given(takes(Annotated[Place, Cookie()]), request(cookie="zip_code=3; city=a")) == {"value": Place("a", 3)}
    assert refused(takes(Annotated[Place, Cookie()]), request()) == (400, [("cookie: city", "missing-cookie")])


def test_a_header_is_text_of_some_length() -> None:
    """UTF-8, as servers hand it over in latin-1; a hundred values at most, and 16,384 characters of cookies."""
    assert given(takes(Annotated[str, Header()]), request(value="é".encode().decode("latin-1"))) == {"value": "é"}
    assert refused(takes(Annotated[int, Header()]), request(value="\xe9")) == (400, [("value:", "invalid-encoding")])
    assert refused(takes(Annotated[str, Header()]), request(value="\u20ac")) == (400, [("value:", "invalid-encoding")])
    assert refused(takes(Annotated[list[str], Header()]), request(value="a," * 200)) == (
        400,
        [("value:", "max-length")],
    )
    assert refused(takes(Annotated[str, Cookie()]), request(cookie="value=" + "a" * 16_384)) == (400, [])


def test_parameters_that_nobody_takes_are_refused_or_left_to_others() -> None:
    """As a page's function leaves the questions to the page."""
    assert refused(takes(int, 1), request(query="page=2")) == (400, [("?page", "unknown-parameter")])
    assert refused(takes_number, request(query="page=2"), number="3") == (400, [("?page", "unknown-parameter")])
    for function, path in ((takes(int, 1), {}), (takes_number, {"number": "3"})):
        leaving = reader(function, "GET", tuple(path), leaves_query=True)
        assert leaving.read(request(query="page=2"), tuple(path.values())) == ({"number": 3} if path else {})


def test_bodies_are_whole_or_members() -> None:
    """One is the body itself, unless it is embedded; several are the members of an object."""
    assert given(takes(Annotated[int, Body()]), request("POST", body=b"7")) == {"value": 7}
    assert given(takes(Annotated[Item, Body(embed=True)]), request("PUT", body={"value": {"name": "a"}})) == {
        "value": Item("a")
    }
    assert given(takes(list[Item]), request("PATCH", body=[{"name": "a"}])) == {"value": [Item("a")]}
    assert given(takes(dict[str, Place]), request("POST", body={"x": {"city": "a"}})) == {"value": {"x": Place("a")}}
    assert given(takes(Attributes), request("POST", body={"city": "a"})) == {"value": Attributes("a")}

    def two(first: Item, second: Annotated[Small, Body("2nd")], third: Place | None = None) -> None: ...

    assert given(two, request("POST", body={"first": {"name": "a"}, "2nd": 3})) == {"first": Item("a"), "second": 3}
    wrong = request("POST", body={"first": {"nam": "a"}, "second": 3, "third": None})
    assert refused(two, wrong) == (
        422, [
            ("/first/nam", "unknown-member"), ("/first/name", "required"),
            ("/second", "unknown-member"), ("/2nd", "required"),
        ],
    )  # fmt: skip


def test_a_body_with_a_default_may_be_absent() -> None:
    """No body is none, and an empty one too; a body of another type is still refused."""
    function = takes(Item | None, None)
    assert given(function, request("POST")) == {}
    assert given(function, request("POST", body={"name": "a"})) == {"value": Item("a")}
    assert refused(function, request("POST", body=b"x", media_type="text/plain"))[0] == 415
    assert refused(function, request("POST", transfer_encoding="chunked"))[0] == 415
    assert refused(takes(Item), request("POST"))[0] == 415


def test_dependencies_are_left_to_whoever_makes_them() -> None:
    """By their type, also where they may be None."""
    signature = signature_of(takes(Settings | None), method="GET", path_names=[], provided=[Settings])
    assert (signature.complaints, signature.injected) == ((), {"value": Settings})
    assert InputReader(signature).read(request(), ()) == {}
    assert signature_of(takes(Settings), method="GET", path_names=[]).complaints
