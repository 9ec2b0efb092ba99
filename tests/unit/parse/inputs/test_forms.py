"""Fields of a form are parameters, in both types that a form may have; files are uploads, bounded and closed."""

from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

import msgspec
import pytest

from nuages.http.request import Request
from nuages.parse.inputs import File, Form, Upload
from tests.unit.parse.inputs.requests import form, given, reader, refused, request

PNG = "image/png"


@dataclass
class Person:
    name: str
    age: int | None = None


def sign_up(
    name: Annotated[str, Form()],
    age: Annotated[int | None, Form()] = None,
    tags: Annotated[list[str], Form("tag")] = (),  # type: ignore[assignment]
) -> None: ...


def group(person: Annotated[Person, Form()]) -> None: ...


def picture(cover: Annotated[Upload, File(max_bytes=9, types=[PNG])], title: Annotated[str, Form()] = "") -> None: ...


def album(
    pages: Annotated[list[Upload], File("page", max_bytes=4, max_count=2)], note: Upload | None = None
) -> None: ...


def encoded(**fields: Any) -> Request:
    """The same fields in the type that browsers send by default."""
    return request("POST", body=urlencode(fields, doseq=True).encode(), media_type="application/x-www-form-urlencoded")


def test_fields_are_parameters_in_both_types() -> None:
    """Texts of any length that a body may have, numbers, lists, groups; a number left empty is absent."""
    long = "é" * 3_000
    expected = {"name": long, "age": 7, "tags": ["a", "b"]}
    assert given(sign_up, encoded(name=long, age=7, tag=["a", "b"])) == expected
    assert given(sign_up, form(("name", long), ("age", "7"), ("tag", "a"), ("tag", "b"))) == expected
    assert given(sign_up, encoded(name="", age="")) == {"name": ""}
    assert given(group, encoded(name="a", age="")) == {"person": Person("a")}
    assert given(group, form(("age", "7"), ("name", "a"))) == {"person": Person("a", 7)}


def test_what_is_wrong_in_a_form_is_told_as_in_a_document() -> None:
    """422, a pointer for each field, whatever the type; no value is repeated, since it may be a password."""
    wrong = [("/age", "invalid-value"), ("/nam", "unknown-member"), ("/name", "required")]
    assert refused(sign_up, encoded(age="x", nam="a")) == (422, wrong)
    assert refused(sign_up, form(("age", "x"), ("nam", "a"))) == (422, wrong)
    assert refused(sign_up, encoded(name=["a", "b"])) == (422, [("/name", "repeated")])
    assert refused(sign_up, form(("name", "a", "a.txt", "text/plain"))) == (422, [("/name", "invalid-value")])
    assert refused(group, encoded(age="x")) == (422, [("/age", "invalid-value"), ("/name", "required")])
    assert refused(sign_up, request("POST", body=b"name=%FF", media_type="application/x-www-form-urlencoded"))[0] == 422


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        (request("POST", body={"name": "a"}), 415),
        (request("POST"), 415),
        (request("POST", body=b"name=a", media_type="multipart/form-data"), 400),
        (request("POST", body=b"name=a", media_type="multipart/form-data; boundary=x"), 400),
        (request("POST", body=b"%FF=a", media_type="application/x-www-form-urlencoded"), 400),
        (request("POST", body=b"a=1&" * 1_001, media_type="application/x-www-form-urlencoded"), 400),
        (request("POST", body=b"a" * (1 << 20) + b"a", media_type="application/x-www-form-urlencoded"), 413),
    ],
    ids=["json", "nothing", "no boundary", "no form", "no text", "too many", "too long"],
)
def test_what_is_no_form_is_not_read(asked: Request, status: int) -> None:
    """Another type, another shape, too much of it."""
    assert refused(sign_up, asked)[0] == status


def test_a_file_is_an_upload_that_can_be_read_again() -> None:
    """With what the client says of it, and a safe name; it is closed when the function has answered."""
    reading = reader(picture, "POST")
    values = reading.read(form(("cover", b"\x89PNG", "../my cover.png", PNG), ("title", "x")), ())
    upload = values["cover"]
    assert (upload.filename, upload.content_type, upload.size_bytes) == ("../my cover.png", PNG, 4)
    assert upload.name.startswith("my cover_")
    assert (upload.file.read(), upload.file.read()) == (b"\x89PNG", b"")
    assert reading.again(values)["cover"].file.read() == b"\x89PNG"
    reading.close(values)
    assert upload.file.closed


def test_a_file_is_bounded_and_of_a_type() -> None:
    """413 as soon as there is too much, 422 for what it may not be, or where it is missing; no other type of form."""
    assert refused(picture, form(("cover", b"x" * 10, "a.png", PNG))) == (413, [("/cover", "content-too-large")])
    assert refused(picture, form(("cover", b"x", "a.txt", "text/plain"))) == (422, [("/cover", "invalid-type")])
    assert refused(picture, form(("cover", b"", "a.png", PNG))) == (422, [("/cover", "empty")])
    assert refused(picture, form(("cover", b"x"))) == (422, [("/cover", "invalid-value")])
    twice = form(("cover", b"x", "a.png", PNG), ("cover", b"x", "b.png", PNG), ("titel", "x"))
    assert refused(picture, twice) == (422, [("/cover", "repeated"), ("/titel", "unknown-member")])
    unknown = form(("cover", b"x", "a.png", PNG), ("covre", b"x", "b.png", PNG))
    assert refused(picture, unknown) == (422, [("/covre", "unknown-member")])
    assert refused(picture, form(("title", "x"))) == (422, [("/cover", "required")])
    assert refused(picture, encoded(title="x"))[0] == 415


def test_several_files_have_one_name() -> None:
    """As many as may be; a file that a browser sends for nothing chosen is none."""
    reading = reader(album, "POST")
    found = reading.read(form(("page", b"1", "a", "x/y"), ("page", b"2", "b", "x/y"), ("note", b"", "", "x/y")), ())
    assert ([each.file.read() for each in found["pages"]], list(found)) == ([b"1", b"2"], ["pages"])
    reading.close(found)
    three = form(*[("page", b"1", "a", "x/y")] * 3)
    assert refused(album, three) == (422, [("/page", "max-length")])


def test_no_file_outlives_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither one of the form itself, nor one of a header's beside it."""
    made: list[Upload] = []
    begin = Upload.__init__
    monkeypatch.setattr(Upload, "__init__", lambda self, *given: (made.append(self), begin(self, *given))[1])
    refused(picture, form(("cover", b"x", "a.png", PNG), ("titel", "x")))

    def both(cover: Upload, most: int) -> None: ...

    asked = form(("cover", b"x", "a.png", PNG))
    asked.query = "most=x"
    assert refused(both, asked) == (400, [("?most", "invalid-value")])
    assert [each.file.closed for each in made] == [True, True]


def test_a_bound_holds_in_a_form() -> None:
    """As msgspec.Meta says; and a form all of which has defaults may be absent."""

    def bounded(age: Annotated[int, msgspec.Meta(ge=18), Form()] = 18) -> None: ...

    assert refused(bounded, encoded(age=17)) == (422, [("/age", "invalid-value")])
    assert given(bounded, request("POST")) == {}
