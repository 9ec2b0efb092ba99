"""Kept answers: found without a statement, equal to what would be computed, and computed once."""

import json
import threading
import time
from typing import Any

import pytest
from django.db import connections
from django.db.models import Value
from django.db.models.functions import Now

from nuages import Cache, kept_reads, value
from nuages.cache import keeper
from nuages.errors import DeclarationError
from nuages.http.request import Request
from tests.conftest import Statements
from tests.http.keeping import (
    BYPASS,
    HIT,
    STORED,
    ask,
    few_books,
    make_api,
    own_cache,  # noqa: F401  # a fixture
    status,
    warm,
)

pytestmark = pytest.mark.usefixtures("database", "transactional_db", "own_cache")


def test_a_kept_answer_costs_no_statement(statements: Statements) -> None:
    """The same bytes and headers, from memory; another question is another answer."""
    few_books()
    api = make_api()
    first = ask(api)
    statements.clear()
    again = ask(api)
    assert (status(first), status(again), list(statements)) == (STORED, HIT, [])
    assert again.body == first.body
    told = {"ETag", "Content-Type", "Content-Length", "Vary", "Cache-Control"}
    assert [each for each in again.headers if each[0] in told] == [each for each in first.headers if each[0] in told]
    assert status(ask(api, query="price__gte=11")) == STORED
    assert len(statements) == 1


def test_members_are_kept_too() -> None:
    """One by one; one that is not there is no answer to keep."""
    _, book, _ = few_books()
    api = make_api()
    warm(api, f"/books/{book.pk}")
    missing = [ask(api, "/books/999999") for _ in range(2)]
    assert [(each.status, each.header("Cache-Status")) for each in missing] == [(404, None)] * 2


def test_the_client_that_has_it_gets_a_304_without_a_statement(statements: Statements) -> None:  # K12, K13
    """By its entity tag; HEAD has the headers of GET and shares its entry."""
    few_books()
    api = make_api()
    etag = warm(api).header("ETag") or ""
    statements.clear()
    known = ask(api, if_none_match=etag)
    head = ask(api, method="HEAD")
    assert (known.status, known.body, known.header("ETag"), status(known)) == (304, b"", etag, HIT)
    assert (head.status, head.body, head.header("ETag"), status(head)) == (200, b"", etag, HIT)
    assert head.header("Content-Length") == ask(api).header("Content-Length")
    assert list(statements) == []
    fresh = ask(api, query="limit=1", if_none_match='"other"')
    assert (fresh.status, status(fresh)) == (200, STORED)
    first = ask(api, query="limit=2", if_none_match=ask(make_api(cache=None), query="limit=2").header("ETag") or "")
    assert (first.status, status(first)) == (304, STORED)
    whole = ask(api, query="limit=2")
    assert (whole.status, status(whole), len(json.loads(whole.body)["items"])) == (200, HIT, 2)


def test_caches_on_the_way_ask_again_and_know_whose_it_is() -> None:  # K02
    """`no-cache` for all, `private` where a credential was there, and `Vary` by what is read."""
    few_books()
    api = make_api()
    assert warm(api).header("Cache-Control") == "no-cache"
    mine = ask(api, x_name="ann")
    assert (status(mine), mine.header("Cache-Control")) == (HIT, "private, no-cache")
    assert mine.header("Vary") == "Accept, X-Name"


def test_a_question_in_a_body_is_not_kept() -> None:  # K03
    """QUERY is computed each time."""
    few_books()
    api = make_api()
    answers = [
        api.handle(
            Request(
                "QUERY", "/books", "", {"content-type": "application/json", "content-length": "2"}, read=lambda _: b"{}"
            )
        )
        for _ in range(2)
    ]
    assert [(each.status, each.header("Cache-Status")) for each in answers] == [(200, None)] * 2


def test_what_moves_by_itself_is_not_kept() -> None:
    """A statement that asks the clock answers otherwise each time."""
    few_books()
    fields = ["id", value("now", Now()), value("one", Value(1))]
    api = make_api(fields=fields, writable=[])
    assert [status(ask(api)) for _ in range(2)] == [BYPASS, BYPASS]
    assert status(warm(make_api(fields=["id", value("one", Value(1))], writable=[]))) == HIT


def test_an_answer_has_its_lifetime(monkeypatch: pytest.MonkeyPatch) -> None:
    """For what nothing tells of; a list and a member may have their own."""
    _, book, _ = few_books()
    api = make_api(cache={"list": 10, "detail": 100})
    warm(api)
    warm(api, f"/books/{book.pk}")
    passed_s = time.monotonic() + 11
    monkeypatch.setattr(keeper.time, "monotonic", lambda: passed_s)
    assert status(ask(api, f"/books/{book.pk}")) == HIT
    assert status(ask(api)) == STORED


def test_one_computes_for_all_who_ask_at_once(database: Any, monkeypatch: pytest.MonkeyPatch) -> None:  # K09
    """Sixteen at once, one statement; the others get its answer."""
    few_books()
    api = make_api()
    api.build()
    asked: list[str] = []
    execute = kept_reads.execute
    ready = threading.Barrier(16)

    def slow(connection: Any, text: str, parameters: Any) -> Any:
        asked.append(text)
        time.sleep(0.3)
        return execute(connection, text, parameters)

    monkeypatch.setattr(kept_reads, "execute", slow)
    seen: list[str] = []

    def one() -> None:
        ready.wait()
        try:
            seen.append(status(ask(api)))
        finally:
            connections[database.alias].close()

    threads = [threading.Thread(target=one) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(asked), sorted(seen)) == (1, sorted([STORED, *[HIT] * 15]))


def test_a_failure_frees_those_who_wait() -> None:
    """What could not be computed is nobody's answer, and the next one computes it."""
    few_books()

    def cover(_row: Any) -> str:
        raise RuntimeError("no cover")

    broken = make_api(fields=["id", value("cover", python=cover)], writable=[])
    assert [ask(broken).status for _ in range(2)] == [500, 500]


def test_past_its_lifetime_an_answer_serves_while_another_computes(monkeypatch: pytest.MonkeyPatch) -> None:
    """`stale_s`: the first who comes computes anew; whoever comes meanwhile gets what there is."""
    few_books()
    api = make_api(cache=Cache(10, stale_s=20))
    warm(api)
    passed_s = time.monotonic() + 11
    monkeypatch.setattr(keeper.time, "monotonic", lambda: passed_s)
    execute, meanwhile = kept_reads.execute, []

    def slow(*arguments: Any) -> Any:
        if not meanwhile:
            meanwhile.append("")
            meanwhile[0] = status(ask(api))
        return execute(*arguments)

    monkeypatch.setattr(kept_reads, "execute", slow)
    assert (status(ask(api)), meanwhile) == (STORED, [HIT])


@pytest.mark.parametrize(
    ("cache", "message"),
    [
        ("60", "cache '60' is no number of seconds."),
        (-1, "cache -1 is no number of seconds."),
        (True, "cache True is no number of seconds."),
        (Cache(60, stale_s="x"), "cache stale_s='x' is no number of seconds."),
        ({"lists": 60}, "cache names no read: 'lists'."),
        ({"list": "x"}, "cache ['list'] 'x' is no number of seconds."),
    ],
    ids=str,
)
def test_a_wrong_lifetime_does_not_start(cache: Any, message: str) -> None:
    """E060, with the nearest right name."""
    with pytest.raises(DeclarationError) as caught:
        make_api(cache=cache).build()
    assert [(mistake.id, mistake.message) for mistake in caught.value.mistakes] == [("nuages.E060", message)]


def test_with_no_bytes_nothing_is_kept(settings: Any) -> None:
    """NUAGES_CACHE_BYTES = 0 turns it all off; what is no number does not start (E061)."""
    few_books()
    settings.NUAGES_CACHE_BYTES = 0
    api = make_api()
    assert [ask(api).header("Cache-Status") for _ in range(2)] == [None, None]
    settings.NUAGES_CACHE_BYTES = "many"
    with pytest.raises(DeclarationError) as caught:
        make_api().build()
    assert [mistake.id for mistake in caught.value.mistakes] == ["nuages.E061"]
