"""pydantic's models are inputs as any other document is, with pydantic's own rules and our faults."""

from typing import Annotated, Any, Literal

import msgspec
import pydantic
import pytest

from nuages.parse.inputs import Body, Form, Header, Query
from nuages.parse.structure import MAX_TOLD
from tests.unit.parse.inputs.requests import complaints, given, refused, request
from tests.unit.parse.inputs.test_forms import encoded
from tests.unit.parse.inputs.test_places import takes


class Line(pydantic.BaseModel):
    book: int
    copies: Annotated[int, pydantic.Field(ge=1, le=9)] = 1


class Order(pydantic.BaseModel):
    name: str = pydantic.Field(alias="orderName", min_length=2)
    lines: list[Line] = []
    kind: Literal["gift", "own"] = "own"

    @pydantic.field_validator("name")
    @classmethod
    def demand(cls, name: str) -> str:
        """A rule of the author's."""
        if name == "nobody":
            raise ValueError("nobody orders here")
        return name


class Open(pydantic.BaseModel):
    model_config = {"extra": "allow"}
    name: str


class Cat(pydantic.BaseModel):
    kind: Literal["cat"]
    lives: int


class Dog(pydantic.BaseModel):
    kind: Literal["dog"]
    name: str


Pet = Annotated[Cat | Dog, pydantic.Field(discriminator="kind")]


class Search(pydantic.BaseModel):
    low: int
    tags: list[str] = []


def test_a_model_is_a_body() -> None:
    """Also lists and unions of models, and some of them as members."""
    line = {"book": 1, "copies": 2}
    assert given(takes(Line), request("POST", body=line)) == {"value": Line(book=1, copies=2)}
    assert given(takes(list[Line]), request("POST", body=[line])) == {"value": [Line(book=1, copies=2)]}
    assert given(takes(Line | None, None), request("POST")) == {}
    assert given(takes(Pet), request("POST", body={"kind": "cat", "lives": 9})) == {"value": Cat(kind="cat", lives=9)}
    assert given(takes(Annotated[Line, Body(embed=True)]), request("POST", body={"value": {"book": 1}})) == {
        "value": Line(book=1)
    }

    def two(json: Line, copy: Annotated[int, Body("n")] = 3) -> None: ...

    assert given(two, request("POST", body={"json": line})) == {"json": Line(book=1, copies=2)}
    assert refused(two, request("POST", body={"json": {}, "n": "x"})) == (
        422, [("/json/book", "required"), ("/n", "invalid-value")],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({}, [("/orderName", "required")]),
        ({"orderName": "x", "line": 1}, [("/orderName", "min-length"), ("/line", "unknown-member")]),
        ({"orderName": "nobody"}, [("/orderName", "invalid-value")]),
        ({"orderName": "ab", "kind": "x"}, [("/kind", "invalid-choice")]),
        (
            {"orderName": "ab", "lines": [{"book": "x", "copies": 10}, {"copy": 1}]},
            [
                ("/lines/0/book", "invalid-value"), ("/lines/0/copies", "max-value"), ("/lines/1/book", "required"),
                ("/lines/1/copy", "unknown-member"),
            ],
        ),
        ([], [("", "invalid-value")]),
    ],
)  # fmt: skip
def test_every_error_of_a_model_is_a_fault(body: Any, faults: list[tuple[str, str]]) -> None:
    """With its pointer, 422, and no members but the model's."""
    assert refused(takes(Order), request("POST", body=body)) == (422, faults)


def test_pointers_are_places_of_the_document() -> None:
    """pydantic's own steps, such as the branch of a union, are none."""
    assert refused(takes(Pet), request("POST", body={"kind": "cat"})) == (422, [("/lives", "required")])
    assert refused(takes(Pet), request("POST", body={"kind": "cow"})) == (422, [("", "invalid-value")])
    plain = refused(takes(list[Cat | Dog]), request("POST", body=[{"kind": "cat"}]))
    assert plain[1] == [("/0/lives", "required"), ("/0/kind", "invalid-choice"), ("/0/name", "required")]


def test_a_body_is_json_before_it_is_a_model() -> None:
    """With the same strictness: no name twice, no NaN; no more faults than anybody reads."""
    for raw in (b"{", b'{"book": 1, "book": 2}', b'{"book": NaN}', b"[" * 100):
        assert refused(takes(Line), request("POST", body=raw))[0] == 400
    assert len(refused(takes(list[Line]), request("POST", body=[{}] * 500))[1]) == MAX_TOLD


def test_a_model_that_says_what_comes_of_more_members_is_heeded() -> None:
    """extra="allow" is the author's word."""
    found = given(takes(Open), request("POST", body={"name": "a", "more": 1}))["value"]
    assert found.model_extra == {"more": 1}


def test_a_model_is_a_group() -> None:
    """Of a query, headers, a form, whose texts pydantic reads itself."""
    assert given(takes(Annotated[Search, Query()]), request(query="low=3&tags=a")) == {
        "value": Search(low=3, tags=["a"])
    }
    assert refused(takes(Annotated[Search, Query()]), request(query="low=x&tag=1")) == (
        400, [("?tag", "unknown-parameter")],
    )  # fmt: skip
    assert refused(takes(Annotated[Search, Query()]), request(query="low=x")) == (400, [("?low", "invalid-value")])
    assert refused(takes(Annotated[Search, Query()]), request()) == (400, [("?low", "missing-parameter")])
    assert refused(takes(Annotated[Search, Form()]), encoded(low="x")) == (422, [("/low", "invalid-value")])
    assert given(takes(Annotated[Search, Header()]), request(low="3", tags="a,b")) == {
        "value": Search(low=3, tags=["a", "b"])
    }


def test_a_model_inside_a_struct_is_a_mistake() -> None:
    """msgspec does not read it, and says so at start-up; nor can a query hold one inside another."""

    class Holder(msgspec.Struct):
        line: Line

    assert "Line cannot be read" in complaints(takes(Holder), "POST")[0][0]
    assert "'lines' of Order" in complaints(takes(Annotated[Order, Query()]))[0][0]
