"""Whatever is accepted is read back equal, by its own URL and in the list; the rest leaves no row. Both databases."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.http.asking import ask, send
from tests.http.client import on_each_database
from tests.http.writing import MERGE, change, faults, shown
from tests.http.written import (
    ARRAYS,
    FIRM,
    VALUES,
    WRITTEN,
    api,
    postgres_api,
    read_back,
    same,
    write,
)
from tests.support.router import choose_database
from tests.zoo.models import Firm, Listing, Specimen

PAYLOADS = json.loads((Path(__file__).parent.parent / "data" / "payloads.json").read_text())
TEXTS = [*PAYLOADS["values"], *PAYLOADS["texts"], *PAYLOADS["names"]]
NOTHING = dict.fromkeys(WRITTEN)
FULL: dict[str, Any] = {
    "integer": 7,
    "text": "a",
    "boolean": True,
    "decimal": "12.500",
    "float": 1.5,
    "date": "2024-05-31",
    "datetime": "2024-05-31T12:00:00+00:00",
    "time": "12:30:00",
    "duration": "P3DT00H00M00S",
    "uuid": "01234567-89ab-cdef-0123-456789abcdef",
    "binary": "aGVsbG8=",
    "json": {"a": [1, 2.5, None, {"b": "c"}]},
    "address": "10.0.0.7",
}
FUZZ = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)

documents = st.fixed_dictionaries({}, optional={name: st.none() | VALUES[name] for name in WRITTEN})
firms = st.fixed_dictionaries({name: VALUES[name] for name in FIRM})


def _demand_same(document: dict[str, Any], found: dict[str, Any]) -> None:
    for name, written in document.items():
        assert same(name, written, found[name]), (name, written, found[name])


@pytest.mark.django_db(databases="__all__")
@FUZZ
@given(document=documents)
def test_what_is_created_is_read_back(document: dict[str, Any]) -> None:  # X10
    """Every kind that both databases have, null too."""
    for _ in on_each_database():
        found = read_back(api, "/specimens", write(api, "POST", "/specimens", document))
        _demand_same(document, found)
        assert found["doubled"] == (None if document.get("integer") is None else 2 * document["integer"])


@pytest.mark.django_db(databases="__all__")
@FUZZ
@given(whole=st.fixed_dictionaries({name: st.none() | VALUES[name] for name in WRITTEN}), patch=documents)
def test_what_is_replaced_and_merged_is_read_back(whole: dict[str, Any], patch: dict[str, Any]) -> None:  # X10
    """PUT gives all, PATCH what it names; what it does not name stays."""
    patch.pop("json", None)  # whose objects are merged: a test of its own
    for _ in on_each_database():
        row = Specimen.objects.create()
        found = read_back(api, "/specimens", write(api, "PUT", f"/specimens/{row.pk}", whole))
        _demand_same(whole, found)
        merged = read_back(api, "/specimens", write(api, "PATCH", f"/specimens/{row.pk}", patch))
        _demand_same(patch, merged)
        assert {name: merged[name] for name in WRITTEN if name not in patch} == {
            name: found[name] for name in WRITTEN if name not in patch
        }


@pytest.mark.django_db(databases="__all__")
@FUZZ
@given(document=firms)
def test_what_cannot_be_null_is_read_back(document: dict[str, Any]) -> None:  # X10
    """Fields of every kind without null; a null is refused, each at its place."""
    for _ in on_each_database():
        _demand_same(document, read_back(api, "/firms", write(api, "POST", "/firms", document)))
    response = change(api, "POST", "/firms", dict.fromkeys(document))
    assert (response.status, faults(response)) == (422, [(f"/{name}", "null") for name in document])


@pytest.mark.django_db(databases="__all__")
@FUZZ
@given(document=documents)
def test_putting_back_what_get_gave_changes_nothing(document: dict[str, Any]) -> None:
    """Not a byte, and no entity tag; neither does an empty patch."""
    for _ in on_each_database():
        key = write(api, "POST", "/specimens", document)["id"]
        before = send(api, f"/specimens/{key}")
        for method, body in (("PUT", before.body), ("PATCH", b"{}")):
            after = change(api, method, f"/specimens/{key}", body)
            assert (after.status, after.body) == (200, before.body), method
            assert after.header("ETag") == before.header("ETag")


_integers = st.none() | st.lists(st.integers(-(2**31), 2**31 - 1), min_size=1, max_size=5)
_prices = st.decimals(-999_999, 999_999, places=2).map(lambda value: f"{value:f}")


@pytest.mark.django_db(databases=["postgres"])
@FUZZ
@given(numbers=_integers, prices=st.none() | st.lists(_prices, min_size=1, max_size=5))
def test_lists_are_read_back(numbers: Any, prices: Any) -> None:  # X10
    """PostgreSQL's arrays, of whole numbers and of decimals."""
    with choose_database("postgres"):
        document = {"numbers": numbers, "prices": prices}
        found = read_back(postgres_api, "/listings", write(postgres_api, "POST", "/listings", document))
        assert found["numbers"] == numbers
        assert found["prices"] is prices is None or all(map(same, ["decimal"] * 5, prices, found["prices"]))
        again = write(postgres_api, "PUT", f"/listings/{found['id']}", found)
        assert again == found


@pytest.mark.parametrize("start", range(0, len(TEXTS), 150))
def test_any_text_is_stored_as_it_is(start: int, database: Any, statements: Any) -> None:  # I01, X10
    """Payloads are data: bound, stored and shown letter by letter."""
    chosen = TEXTS[start : start + 150]
    for text in chosen:
        document = {"text": text or "-", "json": {"key": text, text: [text]}, "char": (text or "-")[:100]}
        statements.clear()
        found = write(api, "POST", "/specimens", document)
        assert not [sql for sql in statements if len(text) > 12 and text in sql], text
        _demand_same(document, found)
    listed: list[Any] = []
    url: str | None = "/specimens?limit=200"
    while url:
        page = ask(api, url)
        listed, url = [*listed, *page["items"]], page["next"]
    assert [item["text"] for item in listed] == [text or "-" for text in chosen]


@pytest.mark.parametrize("text", TEXTS[::3])
def test_any_text_in_another_kind_is_refused_or_read_back(text: str, database: Any) -> None:  # I01, X08 to X11
    """422 at its place, or stored and shown; never a fault of the server's."""
    for name in WRITTEN:
        response = change(api, "POST", "/specimens", {name: text})
        assert response.status in {201, 422}, (name, text, response.body)
        if response.status == 422:
            assert {pointer for pointer, _ in faults(response)} == {f"/{name}"}
        else:
            read_back(api, "/specimens", shown(response))


EXTREMES: list[tuple[str, str]] = [
    *(("integer", text) for text in ("9223372036854775808", "-9223372036854775809", "1" + "0" * 30)),
    *(("big", text) for text in ("9223372036854775808", "-9223372036854775809", "18446744073709551616")),
    *(("small", text) for text in ("-1", "9223372036854775808")),
    *(("integer", text) for text in ("1.0", "1.5", "1e2", "1e400", "-1e400", '"7"', "true", "[1]", "{}", "9" * 65)),
    *(("decimal", text) for text in ("1e1000000", "1e-1000000", "9" * 64, '"sNaN"', '"1_000"', '"1e3"', '"0.0001"')),
    *(("decimal", text) for text in ("1e3", '"1000000000"', "true", '"Infinity"', '""', '" 1"', "0.0001")),
    *(("float", text) for text in ('"NaN"', '"Infinity"', "NaN", "Infinity", "-Infinity", "1e400", "true", '""')),
    *(("boolean", text) for text in ("1", "0", '"true"', '""', "[]")),
    *(("date", text) for text in ('"0000-01-01"', '"10000-01-01"', '"2024-02-30"', "20240101", '""')),
    *(("datetime", text) for text in ('"0000-01-01T00:00Z"', '"10000-01-01T00:00Z"', '"2024-01-01T00:00:60Z"')),
    *(("datetime", text) for text in ('"2024-01-01T24:00:00Z"', '"2024-01-01T00:00+99:99"', "1e12", "1000000000000")),
    *(("datetime", text) for text in ('"0001-01-01T00:00+01:00"', '"9999-12-31T23:59-01:00"')),
    *(("time", text) for text in ('"24:00"', '"12:00:60"', '"12:00Z"', "12", '""')),
    *(("duration", text) for text in ('"P999999999999D"', '"P1Y"', "3", '""')),
    *(("uuid", text) for text in ('"g"', "1", '""', '"{01234567-89ab-cdef-0123-456789abcdef}"')),
    *(("binary", text) for text in ('"!"', '"YQ"', '"é"', "1", '"YQ==YQ=="', '"_-=="')),
    *(("address", text) for text in ('"1.2.3.4/24"', '"fe80::1%eth0"', "1", '""')),
    *(("size", text) for text in ('"x"', '"sl"', "1")),
    *((name, text) for name in ("char", "slug") for text in ('"' + "x" * 101 + '"', "1", "true", "[]", "{}")),
    *((name, text) for name in ("email", "url", "slug") for text in ('"a b"', '"a@"', '"' + "x" * 5_000 + '"')),
    *((name, text) for name in ("text", "json") for text in (r'"\u0000"', r'"\ud800"', r'{"\ud800": 1}', "NaN")),
    *(("json", text) for text in ('{"a": 1, "a": 2}', r'{"a": 1, "\u0061": 2}', "[" * 64 + "]" * 64, "9" * 65)),
]


@pytest.mark.parametrize(("name", "text"), EXTREMES)
def test_a_value_that_cannot_be_is_refused_and_leaves_nothing(
    name: str, text: str, database: Any
) -> None:  # X02 to X04, X06 to X09, X11
    """400 for what is no JSON, 422 with its pointer for what is no value of the field."""
    row = Specimen.objects.create(id=1)
    for method, url in (("POST", "/specimens"), ("PATCH", "/specimens/1")):
        response = change(api, method, url, f'{{"{name}": {text}}}'.encode())
        assert response.status in {400, 422}, response.body
        if response.status == 422:
            assert {pointer for pointer, _ in faults(response)} == {f"/{name}"}
    assert (Specimen.objects.count(), getattr(row, name)) == (1, None)


ODD: list[tuple[str, str]] = [
    *(("big", text) for text in ("9223372036854775807", "-9223372036854775808", "-0")),
    *(("json", text) for text in ("9" * 64, "-" + "9" * 63, "9007199254740993", "18446744073709551616", "0.1", "-0.0")),
    *(("json", text) for text in ("true", '"text"', "[1, 1.0, true, null]", '{"": 0}', '{"a": {"": [[[]]]}}')),
    *(("float", text) for text in ("5e-324", "1.5e300", "-0.0", "1e-999", "0.1", "7", '"1.5"')),
    *(("decimal", text) for text in ('"-0"', '"-0.000"', '"999999999.999"', '".5"', '"5."', '"+1.0"', "12.5", "7")),
    *(("datetime", text) for text in ('"0001-01-01T00:00Z"', '"9999-12-31T23:59:59.999999Z"', '"2024-01-01"')),
    *(("datetime", text) for text in ('"2024-10-27T02:30:00"', '"2024-01-01T00:00:00.5-0530"')),
    *(("date", text) for text in ('"0001-01-01"', '"9999-12-31"')),
    *(("time", text) for text in ('"00:00"', '"23:59:59.999999"')),
    *(("duration", text) for text in ('"P106751991D"', '"-P106751991D"', '"-PT1S"', '"PT0.000001S"', '"P0D"')),
    *(("address", text) for text in ('"::"', '"::ffff:1.2.3.4"', '"FFFF::1"', '"0.0.0.0"')),
    *(("uuid", text) for text in ('"' + "F" * 32 + '"',)),
]


@pytest.mark.parametrize(("name", "text"), ODD)
def test_a_value_at_the_far_end_is_refused_or_read_back(name: str, text: str, database: Any) -> None:  # X08 to X11
    """Either a 422, or a row that is shown with the value, by its URL and in the list; a second PUT changes nothing."""
    response = change(api, "POST", "/specimens", f'{{"{name}": {text}}}'.encode())
    assert response.status in {201, 422}, response.body
    if response.status == 422:
        assert faults(response)
        assert Specimen.objects.count() == 0
        return
    found = read_back(api, "/specimens", shown(response))
    written = json.loads(text)
    assert same(name, written, found[name]) or (name == "float" and float(found[name]) == pytest.approx(float(written)))
    assert write(api, "PUT", f"/specimens/{found['id']}", found) == found


def test_whole_numbers_of_a_json_field_are_exact(database: Any) -> None:  # X08
    """Also those that no double holds."""
    number = 2**200 + 1
    found = write(api, "POST", "/specimens", {"json": {"big": [number, 2**53 + 1]}})
    assert read_back(api, "/specimens", found)["json"] == {"big": [number, 2**53 + 1]}


# RFC 7396, appendix A: what there is, what is sent, what comes out. What is null stands in the JSON field as null.
APPENDIX_A: list[tuple[str, str, str]] = [
    ('{"a":"b"}', '{"a":"c"}', '{"a":"c"}'),
    ('{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'),
    ('{"a":"b"}', '{"a":null}', "{}"),
    ('{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'),
    ('{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'),
    ('{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'),
    ('{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'),
    ('{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'),
    ('["a","b"]', '["c","d"]', '["c","d"]'),
    ('{"a":"b"}', '["c"]', '["c"]'),
    ('{"a":"foo"}', "null", "null"),
    ('{"a":"foo"}', '"bar"', '"bar"'),
    ('{"e":null}', '{"a":1}', '{"e":null,"a":1}'),
    ("[1,2]", '{"a":"b","c":null}', '{"a":"b"}'),
    ('{"a":"foo"}', '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'),
    ("null", '{"a":{"b":null}}', '{"a":{}}'),
]


@pytest.mark.parametrize(("target", "patch", "result"), APPENDIX_A)
def test_a_json_field_is_merged_as_the_rfc_says(target: str, patch: str, result: str, database: Any) -> None:  # X16
    """The cases of RFC 7396, appendix A, one level down; stored, and shown by the list as well."""
    Specimen.objects.create(id=1, json=json.loads(target))
    response = change(api, "PATCH", "/specimens/1", f'{{"json": {patch}}}'.encode(), media_type=MERGE)
    assert response.status == 200, response.body
    assert read_back(api, "/specimens", shown(response))["json"] == json.loads(result)


@pytest.mark.parametrize("body", [b"[]", b'"bar"', b"null", b"1", b"true", b'["c"]'])
def test_a_patch_that_is_no_object_is_refused(body: bytes, database: Any) -> None:  # X16
    """RFC 7396 would put it in the member's place; a member is an object."""
    Specimen.objects.create(id=1, char="a")
    response = change(api, "PATCH", "/specimens/1", body, media_type=MERGE)
    assert (response.status, shown(response)["type"]) == (400, "urn:nuages:problem:invalid-document")
    assert Specimen.objects.get().char == "a"


NAMES = [
    *("id", "pk", "file", "image", "notes", "_state", "__class__", "__dict__", "objects", "save", "integer_"),
    *(
        "Integer",
        "INTEGER",
        "integer__exact",
        "char.text",
        "keeper_id",
        "keeperId",
        "owner",
        "is_staff",
        "is_superuser",
    ),
    *("tenant", "created_at", "password", "author.is_staff", "", " ", "a" * 10_000, "json__a", "pk__in"),
]


@pytest.mark.parametrize("name", NAMES)
def test_no_other_name_can_be_written(name: str, database: Any) -> None:  # Z07
    """422 at the name, whatever its value, and nothing changes."""
    Specimen.objects.create(id=1, integer=1)
    before = send(api, "/specimens/1").body
    for value in (None, 2, True, "x", {"is_staff": True}, [2]):
        for method, url in (("POST", "/specimens"), ("PUT", "/specimens/1"), ("PATCH", "/specimens/1")):
            response = change(api, method, url, {**(NOTHING if method == "PUT" else {}), name: value})
            assert response.status == 422, (method, value, response.body)
            [(pointer, code)] = faults(response)
            assert pointer.startswith(f"/{name[:50]}")
            assert code in {"read-only", "unknown-member"}
    assert (Specimen.objects.count(), send(api, "/specimens/1").body) == (1, before)


def test_a_body_cut_short_changes_nothing(database: Any) -> None:  # X17
    """Though what came is a document."""
    body = b'{"integer": 1}'
    response = send(api, "/specimens", "POST", body=body, content_type="application/json", content_length="50")
    assert (response.status, shown(response)["type"]) == (400, "urn:nuages:problem:incomplete-body")
    assert Specimen.objects.count() == 0


@pytest.mark.parametrize(("depth", "status"), [(61, 201), (64, 400), (255, 400), (100_000, 400)])
def test_depth_is_bounded(depth: int, status: int, database: Any) -> None:  # X02
    """What is accepted is read back."""
    body = b'{"json": ' + b"[" * depth + b"1" + b"]" * depth + b"}"
    response = change(api, "POST", "/specimens", body)
    assert response.status == status, response.body[:300]
    if status == 201:
        read_back(api, "/specimens", shown(response))


def test_a_body_has_a_bound(database: Any, settings: Any) -> None:  # X01
    """NUAGES_MAX_BODY_BYTES, to the byte, said by Content-Length or not."""
    body = json.dumps({"text": "x" * 100}).encode()
    settings.NUAGES_MAX_BODY_BYTES = len(body)
    assert change(api, "POST", "/specimens", body).status == 201
    for headers in ({}, {"content_length": str(len(body) + 1)}):
        response = change(api, "POST", "/specimens", body + b" ", **headers)
        assert (response.status, shown(response)["type"]) == (413, "urn:nuages:problem:content-too-large")
    assert Specimen.objects.count() == 1


@pytest.mark.parametrize("media_type", ["", "text/json", "application/json; charset=latin-1", "x" * 10_000])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_a_wrong_content_type(method: str, media_type: str, database: Any) -> None:  # X13
    """415 before the body is read, which names the right ones."""
    Specimen.objects.create(id=1)
    url = "/specimens" if method == "POST" else "/specimens/1"
    response = change(api, method, url, b"{}", media_type=media_type)
    assert response.status == 415
    assert Specimen.objects.count() == 1


@pytest.mark.parametrize("value", [2, "x", True, {"a": 1}, [None]])
def test_what_only_reading_shows_cannot_be_written(value: Any, database: Any) -> None:  # Z07
    """A generated field may be repeated as it is, and not otherwise."""
    Specimen.objects.create(id=1, integer=4)
    for method, url in (("POST", "/specimens"), ("PUT", "/specimens/1"), ("PATCH", "/specimens/1")):
        response = change(api, method, url, {**(NOTHING if method == "PUT" else {}), "doubled": value})
        assert (response.status, faults(response)) == (422, [("/doubled", "read-only")])
    assert change(api, "PATCH", "/specimens/1", {"doubled": 8, "integer": 3}).status == 200
    assert ask(api, "/specimens/1")["doubled"] == 6


@pytest.mark.parametrize(("model", "written"), [(Specimen, WRITTEN), (Firm, FIRM), (Listing, ARRAYS)])
def test_no_kind_is_forgotten(model: Any, written: list[str]) -> None:
    """A field added to the zoo is written here, unless there is no JSON for it."""
    unwritten = {"id", "file", "image", "doubled", "span", "days"}
    assert {field.name for field in model._meta.fields} - unwritten == set(written)
