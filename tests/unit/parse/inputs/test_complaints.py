"""What is wrong in a signature is said at start-up, with the nearest right name."""

from collections.abc import Callable
from typing import Annotated, Any

import msgspec
import pytest

from nuages.parse.inputs import Body, Cookie, File, Form, Header, Query, Upload
from tests.unit.parse.inputs.requests import complaints
from tests.unit.parse.inputs.test_models import Line
from tests.unit.parse.inputs.test_places import Item

NO_SCHEMA = "Unable to generate pydantic-core schema for <class 'tests.unit.parse.inputs.test_places.Item'>"


class Nested(msgspec.Struct):
    item: Item


def stars(*numbers: int) -> None: ...


def bare(number) -> None: ...  # type: ignore[no-untyped-def]


def unreadable(number: "Nowhere") -> None: ...  # type: ignore[name-defined]  # noqa: F821


def misspelt(countri: str) -> None: ...


def listed(country: list[str]) -> None: ...


def marked(country: Annotated[str, Query()]) -> None: ...


def strange(number: bytes) -> None: ...


def complex_number(number: complex) -> None: ...


def two_markers(number: Annotated[int, Query(), Header()]) -> None: ...


def no_none(number: int = None) -> None: ...  # type: ignore[assignment]  # noqa: RUF013


def shared(numbers: list[int] = []) -> None: ...  # noqa: B006


def as_default(number: int = Query()) -> None: ...  # type: ignore[assignment]


def twice(first: Annotated[int, Query("n")], second: Annotated[int, Query("n")]) -> None: ...


def twice_in_a_group(name: str, item: Annotated[Item, Query()]) -> None: ...


def nested(nested: Annotated[Nested, Header()]) -> None: ...


def document(item: Annotated[dict[str, int], Cookie()]) -> None: ...


def body(item: Item) -> None: ...


def fields(name: Annotated[str, Form()]) -> None: ...


def both(item: Item, name: Annotated[str, Form()]) -> None: ...


def mixed(line: Line, item: Item) -> None: ...


def file_as_query(cover: Annotated[Upload, Query()]) -> None: ...


def text_as_file(cover: Annotated[str, File()]) -> None: ...


def wrong_types(cover: Annotated[Upload, File(types="image/png")]) -> None: ...


def wrong_bytes(cover: Annotated[Upload, File(max_bytes=0)]) -> None: ...


def no_json(item: Annotated[complex, Body()]) -> None: ...


@pytest.mark.parametrize(
    ("function", "method", "path", "sentence", "hint"),
    [
        (stars, "GET", "", "has the parameter '*numbers: int', which cannot be given by its name.", ""),
        (bare, "GET", "", "does not say what its parameter 'number' is.", "simple values"),
        (unreadable, "GET", "", "has annotations that cannot be read: name 'Nowhere' is not defined.", "module knows"),
        (misspelt, "GET", "country", "does not take 'country', which is in its path.", "Did you mean 'countri'?"),
        (lambda: None, "GET", "country", "does not take 'country', which is in its path.", "Write country: int"),
        (listed, "GET", "country", "takes 'country' from its path, and no path can give a list[str].", "simple type"),
        (marked, "GET", "country", "takes 'country' from Query, and its path has it.", "another name"),
        (strange, "GET", "", "takes 'number', and no request can give a bytes.", "simple values"),
        (complex_number, "POST", "", "takes 'number', and no request can give a complex.", "simple values"),
        (two_markers, "GET", "", "takes 'number' from Query and Header at once.", "one of them"),
        (no_none, "GET", "", "has None as the default of 'number', whose type has no None.",
         "number: int | None = None"),
        (shared, "GET", "", "has a list as the default of 'numbers', which all calls would share.", "a tuple"),
        (as_default, "GET", "", "has Query() as the default of 'number', where a value belongs.",
         "Annotated[..., Query()]"),
        (twice, "GET", "", "takes 'n' from Query twice.", "alias"),
        (twice_in_a_group, "GET", "", "takes 'name' from Query twice.", "alias"),
        (nested, "GET", "", "takes 'nested' from Header, and no text can be 'item' of Nested.", "simple one"),
        (document, "GET", "", "takes 'item' from Cookie, and no text can be dict[str, int].", "simple one"),
        (body, "GET", "", "takes a body, 'item', which requests of this method do not have.",
         "Annotated[Item, Query()]"),
        (body, "DELETE", "", "takes a body, 'item', which requests of this method do not have.", "POST, PUT and PATCH"),
        (fields, "GET", "", "takes a body, 'name', which requests of this method do not have.", "POST, PUT and PATCH"),
        (both, "POST", "", "takes a form, and 'item' of a JSON body, at once.", "field of the form"),
        (mixed, "POST", "", f"takes several bodies that cannot be read together: {NO_SCHEMA}.", "one kind"),
        (file_as_query, "POST", "", "takes 'cover' from Query, as Upload.", "File("),
        (text_as_file, "POST", "", "takes 'cover' from File, as str.", "File("),
        (wrong_types, "POST", "", "takes the file 'cover', whose types='image/png' are no list of media types.",
         "File("),
        (wrong_bytes, "POST", "", "takes the file 'cover', whose max_bytes=0 is no number above 0.", "File("),
        (no_json, "POST", "", "takes 'item' as its body, which cannot be read: complex cannot be read from JSON.",
         "JSON"),
    ],
)  # fmt: skip
def test_a_mistake_is_named(function: Callable[..., Any], method: str, path: str, sentence: str, hint: str) -> None:
    """One complaint, with the next step."""
    ((said, advice),) = complaints(function, method, [path] if path else [])
    assert said == sentence
    assert hint in advice


def test_a_body_of_a_delete_must_be_meant() -> None:
    """It has no meaning by itself, RFC 9110 section 9.3.5; marked, it is read."""

    def forget(item: Annotated[Item, Body()]) -> None: ...

    assert complaints(forget, "DELETE") == []
    assert complaints(forget, "GET") != []
