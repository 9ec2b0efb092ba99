"""`offset=` and `page=`: slices of the ordered list, linked to one another, within a bound."""

import json
import re
from itertools import pairwise
from typing import Any

import pytest

from nuages import API
from tests.http.asking import ask, refusal, send, serve
from tests.zoo.models import Specimen

ROWS = 23


@pytest.fixture
def api(database: Any) -> API:
    """Twenty-three rows behind every kind of paging."""
    Specimen.objects.bulk_create(Specimen(id=n, integer=None if n % 7 == 0 else n % 5) for n in range(1, ROWS + 1))
    common: dict[str, Any] = {"fields": ["id"], "filters": ["integer"], "ordering": ["integer"], "limit": 5}
    kinds = {
        "offsets": {"paging": ["offset"]},
        "pages": {"paging": ["page"]},
        "every": {"paging": ["cursor", "offset", "page"]},
        "usual": {},
        "short": {"paging": ["page", "offset"], "max_offset": 10, "max_limit": 8},
        "first": {"paging": ["offset"], "max_offset": 0},
    }
    return serve(**{name: (Specimen, {**common, **kind}) for name, kind in kinds.items()})


def _order(order: str) -> list[int]:
    rows = sorted(range(1, ROWS + 1))
    keys = {n: None if n % 7 == 0 else n % 5 for n in rows}
    if order == "integer":
        rows.sort(key=lambda n: (keys[n] is None, keys[n] or 0))
    if order == "-integer":
        rows.sort(key=lambda n: (keys[n] is not None, -(keys[n] or 0)))
    return rows


def _ids(page: Any) -> list[int]:
    return [row["id"] for row in page["items"]]


@pytest.mark.parametrize("order", ["", "integer", "-integer"])
def test_a_window_is_a_slice(order: str, api: API) -> None:
    """Whichever limit, also behind the end."""
    whole = _order(order)
    for limit in (1, 4, 5, 23, 24):
        for offset in (0, 1, 3, 5, 22, 23, 24, 10_000):
            page = ask(api, f"/every?order={order}&limit={limit}&offset={offset}")
            assert _ids(page) == whole[offset : offset + limit]
            assert (page["next"] is not None) == (offset + limit < ROWS)
            assert (page["previous"] is not None) == (offset > 0)
        for number in (1, 2, 5, 23, 24):
            page = ask(api, f"/every?order={order}&limit={limit}&page={number}")
            assert _ids(page) == whole[(number - 1) * limit : number * limit]


@pytest.mark.parametrize(("path", "place"), [("/offsets", "offset"), ("/pages", "page"), ("/short", "page")])
def test_links_lead_through_the_list_and_back(path: str, place: str, api: API) -> None:
    """The first kind declared makes them where none is asked for; with the rest of the question in them."""
    url: str | None = f"{path}?order=integer&limit=4&integer__gte=0"
    pages, seen = [], list[int]()
    expected = [n for n in _order("integer") if n % 7]
    while url:
        response = send(api, url)
        page = ask(api, url)
        pages.append(page)
        seen += _ids(page)
        links = dict(re.findall(r'<([^>]+)>; rel="(\w+)"', response.header("Link") or ""))
        assert {name: at for at, name in links.items()} == {n: page[n] for n in ("next", "previous") if page[n]}
        url = page["next"]
        assert url is None or re.fullmatch(rf"{path}\?order=integer&limit=4&integer__gte=0&{place}=\d+", url)
    assert seen == (expected if path != "/short" else expected[:12])
    for before, after in pairwise(pages):
        assert ask(api, after["previous"]) | {"next": 0} == before | {"next": 0}
    assert pages[0]["previous"] is None


def test_the_way_back_from_an_odd_offset_ends_at_the_start(api: API) -> None:
    """Not before it."""
    page = ask(api, "/offsets?offset=3&limit=5")
    assert page["previous"] == "/offsets?limit=5&offset=0"
    assert ask(api, page["previous"])["previous"] is None


def test_nothing_leads_beyond_the_bound(api: API) -> None:
    """Neither a link nor a client."""
    assert ask(api, "/short?offset=10&limit=3")["next"] is None
    assert ask(api, "/short?offset=7&limit=3")["next"] == "/short?limit=3&offset=10"
    assert ask(api, "/short?offset=8&limit=3")["next"] is None
    assert _ids(ask(api, "/short?page=3&limit=5")) == [11, 12, 13, 14, 15]
    for query in ("offset=11", "page=4&limit=5", "page=12&limit=1"):
        assert refusal(api, f"/short?{query}")[:2] == (400, f"invalid-{query.partition('=')[0]}"), query
    page = ask(api, "/first?limit=5")
    assert (len(page["items"]), page["next"]) == (5, None)
    assert refusal(api, "/first?offset=1")[0] == 400


@pytest.mark.parametrize("place", ["offset", "page"])
@pytest.mark.parametrize(
    "text",
    [
        "1000000000",
        "99999999999999999999",
        "10002",
        "-1",
        "abc",
        "",
        "%20",
        "1.0",
        "+1",
        "1e3",
        "0x1",
        "%C2%B2",
        "%D9%A1",
        "1,2",
    ],
)
def test_a_text_that_is_no_place_is_refused_unasked(place: str, text: str, api: API, statements: Any) -> None:
    """With the bounds."""
    statements.clear()
    status, code, detail = refusal(api, f"/every?{place}={text}&limit=1")
    assert (status, code, statements) == (400, f"invalid-{place}", [])
    assert detail.endswith("from 0 to 10000." if place == "offset" else "from 1 to 10001.")


def test_pages_count_from_one(api: API) -> None:
    """Offsets from nought."""
    assert refusal(api, "/every?page=0")[:2] == (400, "invalid-page")
    assert _ids(ask(api, "/every?page=1&limit=2")) == _ids(ask(api, "/every?offset=0&limit=2")) == [1, 2]


def test_a_kind_that_is_not_declared_is_refused(api: API, statements: Any) -> None:
    """Naming those that are."""
    statements.clear()
    for url, known in {
        "/usual?offset=0": "cursor",
        "/usual?page=1": "cursor",
        "/offsets?page=1": "offset",
        "/offsets?cursor=A": "offset",
        "/pages?offset=5": "page",
        "/short?cursor=A": "page and offset",
    }.items():
        status, code, detail = refusal(api, url)
        assert (status, code) == (400, "unknown-parameter"), url
        assert f"paged by {known}" in detail
    assert statements == []


def test_two_places_at_once_are_refused(api: API) -> None:
    """Whichever two, and one twice."""
    cursor = ask(api, "/every?limit=2")["next"].partition("cursor=")[2]
    for query in (f"cursor={cursor}&offset=1", f"cursor={cursor}&page=1", "offset=1&page=1", "offset=1&offset=1"):
        assert refusal(api, f"/every?{query}")[:2] == (400, "repeated-parameter"), query


def test_a_question_that_began_by_offset_goes_on_by_offset(api: API) -> None:
    """Though the first kind is another."""
    assert ask(api, "/every?offset=5&limit=5")["next"] == "/every?limit=5&offset=10"
    assert ask(api, "/every?limit=5&page=2")["previous"] == "/every?limit=5&page=1"
    assert "cursor=" in ask(api, "/every?limit=5")["next"]


def test_one_statement(api: API, statements: Any) -> None:
    """Also with a count, also behind the end."""
    for query in ("offset=5", "page=2&count=exact", "offset=9999&count=capped"):
        statements.clear()
        ask(api, f"/every?{query}")
        assert len(statements) == 1


def test_a_page_without_neighbours_has_no_link_header(api: API) -> None:
    """A header without a value would be there for nothing."""
    assert send(api, "/pages?page=1&limit=1").header("Link") is not None
    whole = send(api, "/pages?limit=200")
    assert json.loads(whole.body)["next"] is None
    assert whole.header("Link") is None
