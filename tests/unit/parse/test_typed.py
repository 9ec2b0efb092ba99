"""A typed body is decoded, or refused with everything that is wrong in it at its place; never anything else."""

import datetime as dt
import enum
import json
from dataclasses import dataclass, field, make_dataclass
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, NotRequired, TypedDict
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nuages.errors import BadRequest, Problem, Unprocessable
from nuages.parse.structure import MAX_TOLD
from nuages.parse.typed import TypedReader
from nuages.parse.types import unknown_types


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Line(msgspec.Struct):
    book: int
    quantity: Annotated[int, msgspec.Meta(ge=1, le=99)] = 1
    note: Annotated[str, msgspec.Meta(max_length=5, min_length=1)] | None = None


class Order(msgspec.Struct):
    lines: Annotated[list[Line], msgspec.Meta(max_length=3)]
    amount: Decimal | None = None
    colour: Colour = Colour.RED
    size: Literal["s", "l"] = "s"
    day: dt.date | None = None
    by_name: dict[str, Line] = {}
    pair: tuple[int, str] | None = None


@dataclass
class Person:
    name: str
    friends: list["Person"] = field(default_factory=list)


class Address(TypedDict):
    street: str
    number: NotRequired[int]


class Camel(msgspec.Struct, rename="camel"):
    first_name: str


class Lenient(msgspec.Struct):
    ignores_unknown: ClassVar[bool] = True
    line: Line
    more: list["Lenient"] = []


@dataclass
class LenientPerson:
    ignores_unknown: ClassVar[bool] = True
    name: str


class Card(msgspec.Struct, tag="card"):
    number: str


class Cash(msgspec.Struct, tag="cash"):
    given: Decimal


class Point(NamedTuple):
    x: Decimal
    y: int = 0


class Row(msgspec.Struct, array_like=True):
    x: Decimal
    y: int


class Checked(msgspec.Struct):
    low: int
    high: int

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise ValueError("low is above high")


def read(wanted: Any, document: Any) -> Any:
    """Read a document, given as JSON or as what becomes JSON."""
    return TypedReader(wanted).read(document if isinstance(document, bytes) else json.dumps(document).encode())


def faults(wanted: Any, document: Any) -> list[tuple[str, str]]:
    """Where a document is wrong, and for what."""
    with pytest.raises(Unprocessable) as refused:
        read(wanted, document)
    assert refused.value.code == "invalid-document"
    assert all(fault.detail.endswith((".", "?")) and "`" not in fault.detail for fault in refused.value.faults)
    return [(fault.pointer, fault.code) for fault in refused.value.faults]


@pytest.mark.parametrize(
    ("wanted", "document", "value"),
    [
        (Line, {"book": 3}, Line(3)),
        (Line, {"book": 3, "note": None}, Line(3)),
        (Person, {"name": "a", "friends": [{"name": "b"}]}, Person("a", [Person("b")])),
        (Address, {"street": "x"}, {"street": "x"}),
        (Camel, {"firstName": "x"}, Camel("x")),
        (list[Line], [{"book": 3}], [Line(3)]),
        (Card | Cash, {"type": "cash", "given": "1.50"}, Cash(Decimal("1.50"))),
        (Order, b'{"lines": [], "amount": 12.50}', Order([], Decimal("12.50"))),
        (Order, {"lines": [], "pair": [1, "a"]}, Order([], pair=(1, "a"))),
        (dict[str, Any], {"x": [1, "a", None]}, {"x": [1, "a", None]}),
        (Point, [1], Point(Decimal(1))),
        (Row, [1, 2], Row(Decimal(1), 2)),
        (int | None, None, None),
        (dict[str, Decimal | int], {"x": 5}, {"x": 5}),
    ],
)
def test_a_right_document_is_a_value(wanted: Any, document: Any, value: Any) -> None:
    """Of the type, with its defaults, whatever kind of type it is."""
    assert read(wanted, document) == value


def test_a_type_may_pass_over_what_it_does_not_know() -> None:
    """Where it says so itself: not what is in it, nor what only looks like saying so."""
    document = {"line": {"book": 1}, "x": 1, "more": [{"line": {"book": 2}, "y": {}}]}
    assert read(Lenient, document) == Lenient(Line(1), [Lenient(Line(2))])
    assert read(LenientPerson, {"name": "a", "age": 3}) == LenientPerson("a")
    assert faults(Lenient, {"line": {"book": 1, "x": 1}, "more": 7}) == [
        ("/line/x", "unknown-member"),
        ("/more", "invalid-value"),
    ]
    for make in (msgspec.defstruct, make_dataclass):
        member = make("Member", [("ignores_unknown", bool, True if make is msgspec.defstruct else field(default=True))])
        assert faults(member, {"x": 1}) == [("/x", "unknown-member")]


def test_every_fault_is_told_at_once() -> None:
    """At every depth: wrong, missing, too much, null, not there."""
    document = {
        "lines": [{"book": "x"}, {"quantity": 0}, {"book": 1, "quantity": 100, "note": "too long", "colour": 1}],
        "amount": "many",
        "colour": "green",
        "size": "m",
        "day": "2024-02-30",
        "by_name": {"a/b": {"book": None}, "c": []},
        "linse": 1,
    }
    assert faults(Order, document) == [
        ("/lines/0/book", "invalid-value"),
        ("/lines/1/quantity", "min-value"),
        ("/lines/1/book", "required"),
        ("/lines/2/quantity", "max-value"),
        ("/lines/2/note", "max-length"),
        ("/lines/2/colour", "unknown-member"),
        ("/amount", "invalid-value"),
        ("/colour", "invalid-choice"),
        ("/size", "invalid-choice"),
        ("/day", "invalid-value"),
        ("/by_name/a~1b/book", "null"),
        ("/by_name/c", "invalid-value"),
        ("/linse", "unknown-member"),
    ]


@pytest.mark.parametrize(
    ("wanted", "document", "said"),
    [
        (Line, {"book": 1, "qantity": 2}, "There is no member 'qantity'. Did you mean 'quantity'?"),
        (Line, {"book": "1"}, "book must be a whole number."),
        (Line, {"book": 1, "quantity": 0}, "quantity must be at least 1."),
        (Line, {"book": 1, "note": "123456"}, "note must have a length of at most 5."),
        (Line, {}, "book is missing."),
        (Order, {"lines": [], "day": "x"}, "day must be a date such as 2024-05-31."),
        (Order, {"lines": [], "amount": "x"}, "amount is no decimal number such as 12.50."),
        (Order, {"lines": {}}, "lines must be a list."),
        (Order, {"lines": [], "by_name": 1}, "by_name must be an object."),
        (Checked, {"low": 2, "high": 1}, "The body is not right: low is above high."),
        (int, "x", "The body must be a whole number."),
        (UUID, "x", "The body must be a UUID."),
    ],
)
def test_a_fault_says_what_would_be_right(wanted: Any, document: Any, said: str) -> None:
    """In a sentence, with the nearest right name."""
    with pytest.raises(Unprocessable) as refused:
        read(wanted, document)
    assert [fault.detail for fault in refused.value.faults] == [said]


@pytest.mark.parametrize(
    ("wanted", "document", "expected"),
    [
        (Card | Cash, {"number": "1"}, [("/type", "required")]),
        (Card | Cash, {"type": "cheque"}, [("/type", "invalid-choice")]),
        (Card | Cash, {"type": 5}, [("/type", "invalid-choice")]),
        (Card | Cash, {"type": "card", "number": 1, "x": 1}, [("/number", "invalid-value"), ("/x", "unknown-member")]),
        (list[Card | Cash], [{"type": "cash", "given": []}], [("/0/given", "invalid-value")]),
        (int | bool, "x", [("", "invalid-value")]),
        (Line | list[Line], [{"x": 1}], [("/0/x", "unknown-member"), ("/0/book", "required")]),
        (Line | None, {"x": 1}, [("/x", "unknown-member"), ("/book", "required")]),
        (tuple[int, str], ["x", 1], [("/0", "invalid-value"), ("/1", "invalid-value")]),
        (tuple[int, str], [1], [("", "exact-length")]),
        (Annotated[list[int], msgspec.Meta(min_length=1, max_length=2)], [], [("", "min-length")]),
        (Annotated[list[int], msgspec.Meta(min_length=1, max_length=2)], [1, 2, 3], [("", "max-length")]),
        (dict[int, int], {"x": 1}, [("", "invalid-value")]),
        (list[Checked], [{"low": 2, "high": 1}], [("/0", "invalid-value")]),
        (Person, {"name": "a", "friends": [{"name": "b"}, {}]}, [("/friends/1/name", "required")]),
        (Annotated[str, msgspec.Meta(pattern="^a")], "b", [("", "invalid-value")]),
        (Address, {"street": 1, "number": "x", "town": ""}, [
            ("/street", "invalid-value"), ("/number", "invalid-value"), ("/town", "unknown-member"),
        ]),
        (Camel, {"first_name": "x"}, [("/first_name", "unknown-member"), ("/firstName", "required")]),
    ],
)  # fmt: skip
def test_faults_have_their_places(wanted: Any, document: Any, expected: Any) -> None:
    """In unions, tuples, mappings, recursive types; and what only the type itself knows."""
    assert faults(wanted, document) == expected


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e5", "1e1000000", "sNaN", "9" * 41, "1_0", ""])
@pytest.mark.parametrize(
    ("wanted", "around"),
    [
        (Cash, '{{"type": "cash", "given": "{}"}}'),
        (Decimal | int, '"{}"'),
        (Decimal | None, '"{}"'),
        (list[Decimal], '["{}"]'),
        (dict[str, Decimal], '{{"x": "{}"}}'),
        (Point, '["{}"]'),
        (Row, '["{}", 1]'),
    ],
)
def test_a_decimal_is_of_bounded_length(wanted: Any, around: str, text: str) -> None:
    """Where msgspec would take it for Decimal; an int of 1e1000000 takes half a minute."""
    assert faults(wanted, around.format(text).encode()) != []


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b'{"book": 1, "book": 2}', b'{"book": NaN}', b'{"note": "\\u0000"}', b'{"note": "\\ud800"}',
     b"\xff", b"\xef\xbb\xbf{}", b"[" * 100, b'{"book": ' + b"1" * 65 + b"}", b'{"book": 1e999}'],
)  # fmt: skip
def test_what_is_no_strict_json_is_refused(raw: bytes) -> None:
    """As in every other body, though msgspec would take some of it."""
    with pytest.raises(BadRequest) as refused:
        read(Line, raw)
    assert refused.value.code == "invalid-json"


@pytest.mark.parametrize(("wanted", "document"), [(Line, []), (Line, None), (Line, "x"), (list[Line], {}), (Line, 5)])
def test_a_body_of_another_kind_is_a_400(wanted: Any, document: Any) -> None:
    """As where a resource's own document is wanted."""
    with pytest.raises(BadRequest) as refused:
        read(wanted, document)
    assert refused.value.code == "invalid-document"


def test_what_is_told_and_looked_at_has_an_end() -> None:
    """A hundred faults of many; beyond so many values the first fault that msgspec met is all."""
    with pytest.raises(Unprocessable) as refused:
        read(list[Line], [{} for _ in range(1_000)])
    assert len(refused.value.faults) == MAX_TOLD
    for document in ({str(n): n for n in range(1_000)}, {"book": 1, **{str(n): n for n in range(1_000)}}):
        with pytest.raises(Unprocessable) as refused:
            read(Line, document)
        assert refused.value.detail == f"{MAX_TOLD} places in the body are wrong."
    with pytest.raises(Unprocessable) as refused:
        read(list[int], [*range(150_000), "x"])
    assert [fault.pointer for fault in refused.value.faults] == ["/150000"]


def test_a_long_name_and_a_long_value_are_not_repeated_in_full() -> None:
    """What a client sends is shown in part."""
    with pytest.raises(Unprocessable) as refused:
        read(Order, {"lines": [], "colour": "x" * 9_000, "y" * 9_000: 1})
    assert all(len(fault.detail) < 300 and len(fault.pointer) < 100 for fault in refused.value.faults)


def test_types_without_json_are_named() -> None:
    """At start-up, wherever they stand."""

    class Inner:
        pass

    class Holder(msgspec.Struct):
        inner: dict[str, list[Inner | None]]

    assert unknown_types(Holder) == ["Inner"]
    assert unknown_types(Order) == unknown_types(Person) == []


TYPES: list[Any] = [
    *(Line, Order, Person, Address, Camel, Card | Cash, Checked, Point, Row, list[Line], dict[str, Order | None]),
    *(list[int | bool | Line], tuple[int, Line], Decimal, dict[int, Decimal], frozenset[dt.datetime], Any),
]
NAMES = ["lines", "book", "quantity", "note", "amount", "colour", "size", "day", "by_name", "pair", "name", "friends"]
NAMES += ["street", "number", "firstName", "type", "given", "low", "high", "a/b", "~", "", "$.x", "[0]"]
SCALARS = (
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8) | st.sampled_from(["card", "cash", "red", "s", "1.50", "NaN", "2024-01-01", "P1D"])
)  # fmt: skip
DOCUMENTS = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6),
    max_leaves=25,
)
LINES = st.fixed_dictionaries({"book": st.integers() | SCALARS}, optional={"quantity": SCALARS, "note": SCALARS})
ALMOST = st.fixed_dictionaries(
    {"lines": st.lists(LINES, max_size=4)},
    optional={"amount": SCALARS, "by_name": st.dictionaries(st.text(max_size=3), LINES, max_size=2), "day": SCALARS},
)
READERS = {index: TypedReader(wanted) for index, wanted in enumerate(TYPES)}


def _steps(pointer: str) -> list[str]:
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def _leads(document: Any, pointer: str, code: str) -> bool:
    """Whether a pointer leads to a place of the document, or to the member that it lacks."""
    steps = _steps(pointer)
    for number, step in enumerate(steps, 1):
        if isinstance(document, list):
            document = document[int(step)]
        elif isinstance(document, dict) and step in document:
            document = document[step]
        else:
            return isinstance(document, dict) and code == "required" and number == len(steps)
    return True


def _refusal(index: int, raw: bytes) -> Problem | None:
    try:
        READERS[index].read(raw)
    except Problem as problem:
        return problem
    return None


@given(st.sampled_from(sorted(READERS)), DOCUMENTS | ALMOST)
def test_any_document_is_read_or_refused_with_places(index: int, document: Any) -> None:
    """A value, or a problem whose pointers lead somewhere; where msgspec alone would refuse, so does this."""
    raw = json.dumps(document).encode()
    refused = _refusal(index, raw)
    if refused is None:
        msgspec.json.decode(raw, type=TYPES[index])
    elif isinstance(refused, Unprocessable):
        assert 0 < len(refused.faults) <= MAX_TOLD
        assert all(_leads(document, fault.pointer, fault.code) for fault in refused.faults), refused.faults
    else:
        assert refused.code in {"invalid-json", "invalid-document"}


@given(st.sampled_from(sorted(READERS)), st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(index: int, raw: bytes) -> None:
    """Nothing but a problem comes of them."""
    _refusal(index, raw)
