"""Whatever a client sends to whatever function: values of the annotated types, or a refusal that can be shown."""

import datetime as dt
import inspect
import json
from decimal import Decimal
from typing import Annotated, Any, Literal
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nuages.errors import Problem
from nuages.http.request import Request
from nuages.parse.inputs import Body, Cookie, File, Form, Header, InputReader, Query, Upload, signature_of
from tests.unit.parse.inputs.requests import form, request
from tests.unit.parse.inputs.test_models import Line, Order, Search
from tests.unit.parse.inputs.test_places import KEY, Attributes, Colour, Filters, Item, Place, Small, Typed

Short = msgspec.Meta(max_length=2)
SIMPLE: dict[Any, str] = {
    str: "é", int: "7", float: "4.5", bool: "true", Decimal: "12.50", dt.date: "2024-05-31", dt.time: "09:30",
    dt.datetime: "2024-05-31T12:00:00Z", dt.timedelta: "P3DT4H", UUID: str(KEY), Colour: "red", Literal["a", 2]: "2",
    int | str: "x", int | None: "-3", Small: "9", Annotated[str, msgspec.Meta(max_length=3)]: "abc",
}  # fmt: skip
SEVERAL: dict[Any, str] = {list[int]: "7", set[str]: "x", tuple[Colour, ...]: "red", Annotated[list[Small], Short]: "7"}
GROUPS = {Filters: "low", Place: "city", Typed: "city", Attributes: "city", Search: "low"}
DOCUMENTS: dict[Any, Any] = {
    Item: {"name": "a"}, list[Item]: [{"name": "a"}], dict[str, Place]: {"x": {"city": "a"}}, Attributes: {"city": "a"},
    Order: {"orderName": "ab"}, list[Line]: [{"book": 1}], Item | None: None, dict[str, Any]: {"x": [1]}, int: 3,
}  # fmt: skip
FILES = [Annotated[Upload, File(max_bytes=5)], Annotated[list[Upload], File(max_count=2)]]
NAMES = ["a", "b_c", "d"]
MARKERS = {"query": Query(), "header": Header(), "cookie": Cookie(), "form": Form()}
STATUSES = {400, 404, 411, 413, 415, 422}

odd = st.sampled_from(["", "x", "9" * 30, "\x00", "1,2", "NaN"]) | st.text(max_size=12)
documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | odd,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*NAMES, "name", "book"]), inner),
    max_leaves=8,
)
raw = st.sampled_from([b"", b"{", b"--cut\r\n", b"a=%FF", b"\xff", b"[" * 70]) | st.binary(max_size=30)
types = st.sampled_from(
    ["application/json", "multipart/form-data; boundary=cut", "application/x-www-form-urlencoded", "text/plain", ";"]
)
often = st.sampled_from([True] * 9 + [False])


@st.composite
def cases(draw: Any) -> tuple[Any, Request, dict[str, str]]:
    """A function, a request that may be meant for it, and the texts of its path."""
    body = draw(st.sampled_from(["header", "json", "form"]))
    annotations: dict[str, Any] = {}
    given: dict[str, list[Any]] = {place: [] for place in ("path", "json", *MARKERS)}
    for name in NAMES:
        place = draw(st.sampled_from(["path", "query", "header", "cookie", body]))
        annotations[name], asked_name, value = draw(parameters(name, place))
        if place == "path" or draw(often):
            given[place].append((asked_name, value))
    function = function_of(annotations, draw(st.sets(st.sampled_from(NAMES))))
    return function, draw(requests(given, body)), dict(given["path"])


@st.composite
def parameters(draw: Any, name: str, place: str) -> tuple[Any, str, Any]:
    """An annotation, and a text or document of it by its name in a request; or something else."""
    if place == "json":
        wanted, right = draw(st.sampled_from(list(DOCUMENTS.items())))
        return Annotated[wanted, Body(embed=draw(st.booleans()))], name, right if draw(often) else draw(documents)
    if place == "form" and draw(st.booleans()):
        return draw(st.sampled_from(FILES)), name, b"file" if draw(often) else draw(raw)
    if place in {"path", "cookie"}:
        wanted, text = draw(st.sampled_from(list(SIMPLE.items())))
    elif name == "a" and draw(st.booleans()):
        wanted, name = draw(st.sampled_from(list(GROUPS.items())))
        text = "3"
    else:
        wanted, text = draw(st.sampled_from([*SIMPLE.items(), *SEVERAL.items()]))
    return (wanted if place == "path" else Annotated[wanted, MARKERS[place]]), name, text if draw(often) else draw(odd)


@st.composite
def requests(draw: Any, given: dict[str, list[Any]], body: str) -> Request:
    """A request with what is given; sometimes with other things, or other bytes."""
    asked = draw(bodies(given, body))
    told = [*given["query"], *given["query"][: draw(st.integers(0, 2))]]
    asked.query = urlencode([(name, text.encode("utf-8", "replace")) for name, text in told])
    asked.query = asked.query if draw(often) else draw(st.text(st.characters(max_codepoint=255), max_size=20))
    for name, text in given["header"]:
        asked.headers[name.replace("_", "-")] = text.encode("utf-8", "replace").decode("latin-1")
    asked.headers["cookie"] = "; ".join([f"{name}={text}" for name, text in given["cookie"]])
    return asked


def bodies(given: dict[str, list[Any]], body: str) -> st.SearchStrategy[Request]:
    """The body that was meant, or another."""
    strange = st.builds(lambda content, kind: request("POST", body=content, media_type=kind), raw, types)
    if body == "json":
        members = dict(given["json"])
        whole = next(iter(members.values()), None)
        meant = st.sampled_from([members, whole]).map(
            lambda document: request("POST", body=json.dumps(document).encode())
        )
    elif body == "form":
        texts = [(name, value) for name, value in given["form"] if isinstance(value, str)]
        files = [(name, value, "a.txt", "text/plain") for name, value in given["form"] if isinstance(value, bytes)]
        spelled = urlencode([(name, text.encode("utf-8", "replace")) for name, text in texts]).encode()
        encoded = request("POST", body=spelled, media_type="application/x-www-form-urlencoded")
        parts = [(name, text.encode("utf-8", "replace")) for name, text in texts]
        meant = st.just(encoded if texts and not files else form(*parts, *files))
    else:
        meant = st.just(request("POST"))
    return often.flatmap(lambda is_meant: meant if is_meant else strange)


def function_of(annotations: dict[str, Any], optional: set[str]) -> Any:
    """A function with these parameters, some of which have a default."""

    def function(**_: Any) -> None: ...

    function.__annotations__ = annotations
    function.__signature__ = inspect.Signature([  # type: ignore[attr-defined]
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=... if name in optional else inspect.Parameter.empty
        )
        for name in annotations
    ])  # fmt: skip
    return function


@settings(max_examples=4000)
@given(cases())
def test_any_request_is_read_or_refused(case: tuple[Any, Request, dict[str, str]]) -> None:
    """With a status of the client's, and faults that name their places."""
    function, asked, path = case
    signature = signature_of(function, method="POST", path_names=list(path))
    if signature.complaints:
        assert all("together" in sentence or "twice" in sentence for sentence, _ in signature.complaints)
        return
    reader = InputReader(signature)
    outcome = attempt(reader, asked, tuple(path.values()))
    if isinstance(outcome, Problem):
        assert outcome.status in STATUSES
        assert json.dumps([(fault.pointer, fault.code, fault.detail) for fault in outcome.faults]).encode()
        assert all(fault.detail for fault in outcome.faults)
        return
    for name, value in outcome.items():
        check(function.__annotations__[name], value)
    reader.close(outcome)


def attempt(reader: InputReader, asked: Request, path: tuple[str, ...]) -> dict[str, Any] | Problem:
    """What a request is read as, or why it is not."""
    try:
        return reader.read(asked, path)
    except Problem as problem:
        return problem


def check(annotation: Any, value: Any) -> None:
    """A value is what the annotation says."""
    wanted = annotation.__origin__ if hasattr(annotation, "__metadata__") else annotation
    if "Upload" in str(wanted):
        uploads = value if isinstance(value, list) else [value]
        assert all(isinstance(each, Upload) and not each.file.closed for each in uploads)
    elif wanted in (Search, Order) or wanted == list[Line]:
        assert all(isinstance(each, Search | Order | Line) for each in (value if isinstance(value, list) else [value]))
    else:
        assert msgspec.convert(value, wanted) == value


VALUES: dict[Any, Any] = {
    str: st.text(max_size=20).filter(lambda text: "\x00" not in text and text.isprintable()),
    int: st.integers(-(2**63), 2**63 - 1),
    bool: st.booleans(),
    dt.date: st.dates(),
    dt.time: st.times(),
    UUID: st.uuids(),
    Colour: st.sampled_from(Colour),
}


@given(st.sampled_from(list(VALUES)).flatmap(lambda kind: st.tuples(st.just(kind), VALUES[kind])))
@example((str, "a=b&c;d,é%20+ "))
def test_a_value_comes_through_every_place(case: tuple[Any, Any]) -> None:
    """The same from a path, a query, a header and a form, in both its types."""
    wanted, value = case
    text = value.value if isinstance(value, Colour) else str(value).lower() if wanted is bool else str(value)
    encoded = urlencode({"a": text})
    kind = "application/x-www-form-urlencoded"
    assert read_one(wanted, Query(), request(query=encoded)) == value
    assert read_one(wanted, Form(), request("POST", body=encoded.encode(), media_type=kind)) == value
    assert read_one(wanted, Form(), form(("a", text))) == value
    if text == text.strip(" \t"):
        assert read_one(wanted, Header(), request(a=text.encode().decode("latin-1"))) == value
    signature = signature_of(function_of({"a": wanted}, set()), method="GET", path_names=["a"])
    assert InputReader(signature).read(request(), (text,)) == {"a": value}


def read_one(wanted: Any, marker: Any, asked: Request) -> Any:
    """What a function with one parameter would be called with."""
    signature = signature_of(function_of({"a": Annotated[wanted, marker]}, set()), method=asked.method, path_names=[])
    return InputReader(signature).read(asked, ())["a"]
