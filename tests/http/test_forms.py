"""A form's texts are values as a query string spells them; a body that is no form, or a hostile one, stores nothing."""

from pathlib import Path
from typing import Any

import pytest

from tests.http.asking import send
from tests.http.forms import (
    BOUNDARY,
    body_of,
    exhibits,
    files_in,
    media,
    part,
    photo,
    send_form,
    send_raw,
    sheet,
)
from tests.http.writing import JSON, change, faults, shown
from tests.http.written import served
from tests.zoo.models import Country, Exhibit, Paper

api = exhibits()
LABEL = part("label", "one")
__all__ = ["media"]  # a fixture


def _nothing_is_stored(media: Path) -> bool:
    return not files_in(media) and not Exhibit.objects.exists()


def test_texts_are_spelled_as_in_a_query_string(database: Any, media: Path) -> None:
    """Numbers, dates, booleans, UUIDs, and references by repeating their part."""
    for code in ("FR", "JP"):
        Country.objects.create(code=code, number=len(code) + ord(code[0]), name=code)
    uid = "01234567-89ab-cdef-0123-456789abcdef"
    response = send_form(
        api,
        "POST",
        "/things",
        part("label", " Été \r\n", media_type="text/plain; charset=UTF-8"),
        part("price", "12.5"),
        part("is_open", "true"),
        part("seen_on", "2024-05-31"),
        part("uid", uid),
        part("countries", "FR"),
        part("countries", "JP"),
        sheet(),
    )
    assert response.status == 201, response.body
    made = shown(response)
    assert (made["label"], made["price"], made["is_open"]) == (" Été \r\n", "12.50", True)
    assert (made["seen_on"], made["uid"]) == ("2024-05-31", uid)
    row = Exhibit.objects.get()
    assert sorted(row.countries.values_list("code", flat=True)) == ["FR", "JP"]
    assert send_form(api, "PATCH", f"/things/{row.pk}", part("countries", "JP")).status == 200
    assert list(row.countries.values_list("code", flat=True)) == ["JP"]


@pytest.mark.parametrize(
    ("wrong", "pointer", "code"),
    [
        (part("price", "ten"), "/price", "invalid-value"),
        (part("price", "1.234"), "/price", "max-decimal-places"),
        (part("is_open", "yes"), "/is_open", "invalid-value"),
        (part("seen_on", ""), "/seen_on", "invalid-value"),
        (part("seen_on", "null"), "/seen_on", "invalid-value"),
        (part("countries", "XX"), "/countries/0", "no-such-row"),
        (part("data", '{"a": 1}'), "/data", "invalid-value"),
        (part("data", "{}", media_type=JSON), "/data", "invalid-value"),
        (part("lable", "x"), "/lable", "unknown-member"),
        (part("width", "3"), "/width", "read-only"),
        (part("id", "3"), "/id", "read-only"),
        (part("x" * 3000, "3"), "/" + "x" * 57 + "...", "unknown-member"),
        (part("uid", b"\xff\xfe"), "/uid", "invalid-value"),
        (part("uid", "a\x00b"), "/uid", "invalid-value"),
        (part("price", "1", media_type=JSON), "/price", "invalid-value"),
        (part("price", "1", "price.txt"), "/price", "invalid-value"),
        (part("lable", b"x" * 100, "x.txt"), "/lable", "unknown-member"),
        (part("width", b"x" * 100, "x.txt"), "/width", "read-only"),
        (part("countries", b"x", "x.txt"), "/countries", "invalid-value"),
        (part("price", "1") + b"\r\n--" + BOUNDARY.encode() + b"\r\n" + part("price", "2"), "/price", "repeated"),
        (photo() + b"\r\n--" + BOUNDARY.encode() + b"\r\n" + photo(), "/photo", "repeated"),
        (part("photo", b"\xff\xd8", media_type="image/jpeg"), "/photo", "invalid-value"),
        (part("photo", "/media/photos/x.png"), "/photo", "invalid-value"),
    ],
    ids=lambda value: repr(value)[:50],
)
def test_a_fault_stands_at_its_part(database: Any, media: Path, wrong: bytes, pointer: str, code: str) -> None:
    """422 with a pointer, and nothing is stored."""
    response = send_form(api, "POST", "/things", LABEL, sheet(), wrong)
    assert (response.status, faults(response)) == (422, [(pointer, code)])
    assert _nothing_is_stored(media)


def test_all_faults_are_told_at_once(database: Any, media: Path) -> None:
    """Those of files beside those of values."""
    document = part("document", '{"price": "x", "uid": null}', None, JSON)
    response = send_form(api, "POST", "/things", document, sheet(b""), photo(b"no image"), part("is_open", "x"))
    assert sorted(faults(response)) == [
        ("/is_open", "invalid-value"),
        ("/label", "required"),
        ("/photo", "invalid-image"),
        ("/price", "invalid-value"),
        ("/sheet", "empty"),
    ]


@pytest.mark.parametrize(
    ("document", "status"),
    [
        (part("document", "[]", None, JSON), 415),
        (part("document", '[{"label": "two"}]', None, JSON), 415),
        (part("document", "7", None, JSON), 400),
        (part("document", "{", None, JSON), 400),
        (part("document", '{"label": "x", "label": "y"}', None, JSON), 400),
        (part("document", "{}"), 400),
        (part("document", "{}", None, "text/plain"), 400),
        (part("document", "{}", "x.json", JSON), 400),
        (part("document", '{"items": []}', None, JSON), 422),
        (part("document", '{"label": "two"}', None, JSON), 422),
        (part("document", '{"sheet": null}', None, JSON), 422),
        (part("document", "{}", None, JSON) + b"\r\n--" + BOUNDARY.encode() + b"\r\n" + part("document", "{}"), 400),
    ],
    ids=lambda value: repr(value)[-60:],
)
def test_a_document_that_is_none(database: Any, media: Path, document: bytes, status: int) -> None:
    """A list of many, no object, no JSON, no JSON by its type, a file, two, or a member that a part says too."""
    many = exhibits(max_bulk=10)
    response = send_form(many, "POST", "/things", LABEL, sheet(), document)
    assert response.status == status, response.body
    assert _nothing_is_stored(media)


def test_many_members_come_without_files(database: Any, media: Path) -> None:
    """PATCH of a list is JSON alone, and says so."""
    many = exhibits(max_bulk=10)
    response = send_form(many, "PATCH", "/things", LABEL)
    assert (response.status, response.header("Accept-Patch")) == (415, "application/json")
    assert send(many, "/things", "OPTIONS").header("Accept-Patch") == "application/json"


_GOOD = body_of(LABEL, sheet(b"x" * 5000))
_SHEET = b'Content-Disposition: form-data; name="sheet"; filename="s.txt"\r\n'


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\r\n",
        b"no form",
        b"--other\r\n",
        _GOOD.replace(b"\r\n", b"\n"),
        _GOOD[:-4],  # without the last mark's end
        _GOOD[:-100],
        _GOOD[: len(_GOOD) // 2],
        body_of(LABEL, b"no header\r\n\r\nx"),
        body_of(LABEL, b"\r\nx"),
        body_of(LABEL, b'Content-Disposition: attachment; name="sheet"; filename="s.txt"\r\n\r\nx'),
        body_of(LABEL, b'Content-Disposition: form-data; filename="s.txt"\r\n\r\nx'),
        body_of(LABEL, b'Content-Disposition: form-data; name=""; filename="s.txt"\r\n\r\nx'),
        body_of(LABEL, _SHEET + _SHEET + b"\r\nx"),
        body_of(LABEL, _SHEET + b"X-A: " + b"a" * 10_000 + b"\r\n\r\nx"),
        body_of(LABEL, _SHEET + b"X-A: a\r\n" * 50 + b"\r\nx"),
        body_of(LABEL, _SHEET + b"".join(b"X-%d: a\r\n" % number for number in range(50)) + b"\r\nx"),
        body_of(LABEL, _SHEET + b"X" * 100_000),
        body_of(LABEL, _SHEET + b"X-\xff: a\r\n\r\nx"),
        body_of(LABEL, _SHEET + b"Content-Transfer-Encoding: base64\r\n\r\neA=="),
        body_of(LABEL, _SHEET + b"Content-Length: 999\r\n\r\nx"),
        body_of(LABEL, _SHEET + b"Content-Type: multipart/mixed; boundary=inner\r\n\r\n--inner--"),
        body_of(LABEL, b"Content-Disposition: form-data; name=\"sheet\"; filename*=UTF-8''s.txt\r\n\r\nx"),
        body_of(
            LABEL, b'Content-Disposition: form-data; name="uid"\r\nContent-Type: text/plain; charset=utf-7\r\n\r\nx'
        ),
        body_of(*(part(f"label{number}", "x") for number in range(10_000))),
        body_of(*(part("sheet", "x", "x.txt") for _ in range(10_000))),
        body_of(boundary="x" * 71),
    ],
    ids=lambda body: repr(body[-40:]),
)
def test_a_body_that_is_no_form_stores_nothing(database: Any, media: Path, body: bytes) -> None:
    """Cut off, garbled, with parts without a name, with two names, with headers without end, or with too many parts."""
    response = send_raw(api, "POST", "/things", body)
    assert (response.status, shown(response)["type"]) == (400, "urn:nuages:problem:invalid-multipart"), response.body
    assert _nothing_is_stored(media)


@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/form-data",
        'multipart/form-data; boundary=""',
        "multipart/form-data; boundary=x; boundary=y",
        f"multipart/form-data; boundary={'x' * 71}",
    ],
)
def test_a_boundary_that_is_none(database: Any, media: Path, content_type: str) -> None:
    """Nothing is read then."""
    response = send_raw(api, "POST", "/things", _GOOD, content_type=content_type)
    assert (response.status, shown(response)["type"]) == (400, "urn:nuages:problem:invalid-multipart")


@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/mixed; boundary=x",
        "multipart/related; boundary=x",
        "application/x-www-form-urlencoded",
        f"multipart/form-data; boundary={BOUNDARY}; charset=utf-16",
        f"multipart/form-data; boundary={BOUNDARY}, application/json",
    ],
)
def test_other_types_are_not_read(database: Any, media: Path, content_type: str) -> None:
    """Other forms, other charsets, two types."""
    assert send_raw(api, "POST", "/things", _GOOD, content_type=content_type).status == 415


def test_a_body_needs_its_length(database: Any, media: Path) -> None:
    """As every change's does: 411, and 400 where it is longer than what comes."""
    headers = {"content_type": f"multipart/form-data; boundary={BOUNDARY}"}
    assert send(api, "/things", "POST", body=_GOOD, **headers).status == 411
    response = send_raw(api, "POST", "/things", _GOOD, content_length=str(len(_GOOD) + 1))
    assert (response.status, shown(response)["type"]) == (400, "urn:nuages:problem:incomplete-body")
    assert _nothing_is_stored(media)


def test_texts_are_bound_as_json_is(database: Any, media: Path, settings: Any) -> None:
    """NUAGES_MAX_BODY_BYTES is for all of them together; files have bounds of their own."""
    settings.NUAGES_MAX_BODY_BYTES = 1000
    assert send_form(api, "POST", "/things", LABEL, sheet(b"x" * 50_000)).status == 201
    response = send_form(api, "POST", "/things", LABEL, *(part("data", "x" * 300) for _ in range(4)))
    assert (response.status, shown(response)["type"]) == (413, "urn:nuages:problem:content-too-large")


def test_what_stands_around_the_parts_is_passed_over(database: Any, media: Path) -> None:
    """RFC 2046 allows a preamble and an epilogue."""
    assert send_raw(api, "POST", "/things", b"hello\r\n" + _GOOD + b"\r\nbye").status == 201


def test_the_same_form_with_its_key_is_answered_again(database: Any, media: Path) -> None:
    """Whatever its boundary is; another file, or another name of it, is another request."""

    def post(*parts: bytes, boundary: str = BOUNDARY) -> Any:
        return send_form(api, "POST", "/things", *parts, boundary=boundary, idempotency_key="k-1")

    first, again = post(LABEL, sheet()), post(LABEL, sheet(), boundary="another")
    assert (first.status, again.status, again.body) == (201, 201, first.body)
    assert again.header("Idempotency-Replayed") == "true"
    assert (Exhibit.objects.count(), len(files_in(media))) == (1, 1)
    for other in (
        [LABEL, sheet(b"other")],
        [LABEL, sheet(file_name="other.txt")],
        [LABEL, sheet(media_type="text/csv")],
        [LABEL],
        [part("label", "two"), sheet()],
        [sheet(), LABEL],
    ):
        response = post(*other)
        assert (response.status, shown(response)["type"]) == (422, "urn:nuages:problem:idempotency-key-reused")
    assert change(api, "POST", "/things", {"label": "one"}, idempotency_key="k-1").status == 422
    assert len(files_in(media)) == 1


def test_a_field_named_document_is_the_fields(database: Any, media: Path) -> None:
    """Where a resource has such a name to write, there is no part for JSON."""
    papers = served(Paper, ["id", "title", "document"], ["title", "document"])
    made = send_form(papers, "POST", "/things", part("title", "one"), part("document", "x", "x.pdf", "application/pdf"))
    assert made.status == 201, made.body
    refused = send_form(papers, "POST", "/things", part("title", "two"), part("document", "{}", None, JSON))
    assert faults(refused) == [("/document", "invalid-value")]
