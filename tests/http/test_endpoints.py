"""An endpoint is a function of the author's behind a URL: permitted, given what it takes, called, and answered."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import path

from nuages import API, anyone, authenticated, owner
from nuages.errors import DeclarationError
from nuages.limit import limiter
from nuages.limit.counts import Counts
from nuages.limit.table import Table
from nuages.testing import checked_answers
from shop.models import Author, Book, Tag
from tests.http.acting import as_user
from tests.http.asking import send
from tests.http.calling import api, given_back
from tests.http.writing import change, faults, shown


@pytest.fixture
def books(database: Any) -> Any:
    """Two books of one author."""
    author = Author.objects.create(id=1, name="Colette", country="FR")
    first = Book.objects.create(id=5, title="Chéri", isbn="9780000000005", price="12.50", author=author)
    first.tags.add(Tag.objects.create(name="novel"))
    Book.objects.create(id=6, title="La Chatte", price=100, author=author)
    return database


CHERI = {
    "id": 5,
    "title": "Chéri",
    "price": "12.50",
    "inPrint": True,
    "author": {"id": 1, "name": "Colette"},
    "tags": [{"name": "novel"}],
}


def test_values_of_path_and_query_are_typed(books: Any) -> None:
    """By the signature."""
    assert shown(send(api, "/stats/FR?least=50")) == {"country": "FR", "books": 1}


def test_rows_fill_what_the_annotation_names(books: Any) -> None:
    """A queryset a list, a row a Struct, also inside another; its relations by their rows."""
    assert shown(send(api, "/shelf"))[0] == CHERI
    assert shown(send(api, "/shelf/5")) == {"book": CHERI}


def test_nothing_is_a_204(books: Any) -> None:
    """Where the annotation says that it may be."""
    response = send(api, "/shelf/7")
    assert (response.status, response.body, response.header("Content-Type")) == (204, b"", None)


def test_reads_have_validators(books: Any) -> None:
    """As every read has: the same again is a 304."""
    response = send(api, "/shelf/5")
    again = send(api, "/shelf/5", if_none_match=response.header("ETag") or "")
    assert (again.status, again.body) == (304, b"")


def test_exceptions_are_those_of_every_operation(books: Any) -> None:
    """Django's own have their status; of a failure nothing is shown."""
    assert send(api, "/lost").status == 404
    response = send(api, "/fails")
    assert response.status == 500
    assert b"secret" not in response.body


def test_dependencies_are_made_once_and_given_back(books: Any) -> None:
    """In the order of who takes whom; what a generator holds also after a failure."""
    given_back.clear()
    assert shown(send(api, "/who")) == {"of": "nobody", "same": True, "path": "/who", "known": False}
    send(api, "/fails")
    assert given_back == ["/who", "/fails"]


def test_what_the_annotation_does_not_name_is_not_sent(books: Any, settings: Any) -> None:
    """The client learns that the server failed."""
    assert send(api, "/wrong").status == 500


def test_answers_are_checked_in_development_and_in_tests(books: Any, settings: Any) -> None:
    """A Struct that holds more than its annotation names is a failure there."""
    assert send(api, "/wider").status == 200
    with checked_answers():
        assert send(api, "/wider").status == 500
        assert send(api, "/shelf/5").status == 200
    settings.DEBUG = True
    assert send(api, "/wider").status == 500


def test_a_rule_is_asked_first(books: Any) -> None:
    """401, 403, and the answer."""
    assert send(api, "/staff").status == 401
    assert shown(send(api, "/staff", cookie=as_user("ada", is_staff=True)["cookie"])) == "yes"


def test_a_response_is_sent_as_it_is(books: Any) -> None:
    """Whatever the client accepts."""
    response = send(api, "/plain", accept="text/csv")
    assert (response.status, response.body, response.header("Content-Type")) == (200, b"a,b\n", "text/csv")
    assert send(api, "/who", accept="text/csv").status == 406


def test_limits_are_an_endpoints_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """The third is too many, and counts for no other one."""
    table = Table()
    monkeypatch.setattr(limiter, "counts", lambda: Counts(table, table))
    limited = API(title="Limited")
    limited.get("/rare", rule=anyone, throttle="2/day")(_answer)
    limited.get("/often", rule=anyone)(_answer)
    assert [send(limited, "/rare").status for _ in range(3)] == [200, 200, 429]
    assert send(limited, "/often").status == 200


def test_a_change_is_whole_or_not_at_all(books: Any) -> None:
    """Unless it is declared to be otherwise."""
    assert change(api, "POST", "/tags", {"name": "new"}).status == 201
    assert change(api, "POST", "/tags", {"name": "half"}).status == 409
    assert change(api, "POST", "/tags", {"name": "broken"}).status == 500
    assert sorted(Tag.objects.values_list("name", flat=True)) == ["new", "novel"]


def test_a_constraint_is_a_conflict(books: Any) -> None:
    """Never a 500."""
    response = change(api, "POST", "/tags", {"name": "novel"})
    assert (response.status, shown(response)["type"]) == (409, "urn:nuages:problem:taken")


def test_faults_of_a_body_are_told_with_pointers(books: Any) -> None:
    """Nothing is called."""
    response = change(api, "POST", "/tags", {"name": "", "nome": 1})
    assert response.status == 422
    assert {pointer for pointer, *_ in faults(response)} == {"/name", "/nome"}


def test_a_request_that_comes_again_is_answered_as_before(books: Any) -> None:
    """By its Idempotency-Key; another one under the same key is refused, as is one that nobody could keep."""
    sent = [change(api, "POST", "/tags", {"name": "once"}, idempotency_key="k1") for _ in range(2)]
    assert [(each.status, each.body) for each in sent] == [(201, b'{"name":"once"}')] * 2
    assert sent[1].header("Idempotency-Replayed") == "true"
    assert change(api, "POST", "/tags", {"name": "twice"}, idempotency_key="k1").status == 422
    assert Tag.objects.filter(name="once").count() == 1


def test_each_answer_has_its_status(books: Any) -> None:
    """By its class, or by the reply around it."""
    assert (send(api, "/orders/3", "PUT").status, send(api, "/orders/11", "PUT").status) == (200, 202)
    Author.objects.create(id=9, name="Nobody")
    response = send(api, "/authors/9", "DELETE")
    assert (response.status, response.header("X-Forgotten")) == (204, "9")


@pytest.fixture
def client(books: Any, settings: Any) -> Client:
    """A client of Django's, through whose view coroutines and streams run to their end."""
    settings.ROOT_URLCONF = __name__
    given_back.clear()
    return Client()


urlpatterns = [path("calling/", api.urls)]


def test_coroutines_are_endpoints_as_others_are(client: Client) -> None:
    """Typed, with the ORM, with problems; a key that nobody could keep is refused."""
    assert client.get("/calling/later?number=2").json() == {"number": 2, "books": 2}
    assert client.get("/calling/later?number=9").status_code == 409
    assert client.get("/calling/later?number=x").status_code == 400
    sent = client.post("/calling/later", {"name": "new"}, content_type="application/json")
    assert (sent.status_code, sent.json()) == (200, {"name": "new"})
    refused = client.post("/calling/later", {"name": "k"}, "application/json", headers={"idempotency-key": "k"})
    assert (refused.status_code, Tag.objects.filter(name="k").exists()) == (400, False)
    again = client.post("/calling/later", {"name": "new"}, content_type="application/json")
    assert again.status_code == 409


def test_generators_are_streams(client: Client) -> None:
    """Lines or events, as the client likes; what dependencies hold is given back at the end."""
    lines = client.get("/calling/ticks?most=2")
    assert lines.headers["Content-Type"] == "application/x-ndjson"
    assert given_back == []
    assert b"".join(lines.streaming_content) == b'{"name":"t0"}\n{"name":"t1"}\n'
    assert given_back == ["/ticks"]
    answer = client.get("/calling/events", headers={"accept": "text/event-stream"})
    assert b'event: book\nid: 5\ndata: {"title":"Ch' in b"".join(answer.streaming_content)
    assert given_back == ["/ticks", "/events"]
    assert client.get("/calling/ticks", headers={"accept": "image/png"}).status_code == 406


def test_a_failure_in_a_stream_is_told_as_an_event(client: Client) -> None:
    """The problem document, and the end."""
    answer = client.get("/calling/ticks?most=6", headers={"accept": "text/event-stream"})
    last = b"".join(answer.streaming_content).rstrip().rpartition(b"\n\n")[2]
    assert last.startswith(b"event: problem\n")
    assert b"Too many." in last


def test_methods_and_paths_are_those_of_the_router(books: Any) -> None:
    """405 with Allow, HEAD beside GET."""
    response = send(api, "/tags", "PATCH")
    assert (response.status, response.header("Allow")) == (405, "OPTIONS, POST")
    assert (send(api, "/shelf", "HEAD").status, send(api, "/shelf", "HEAD").body) == (200, b"")


def _mistakes(declare: Any) -> list[tuple[str, str]]:
    wrong = API(title="Wrong")
    declare(wrong)
    with pytest.raises(DeclarationError) as raised:
        wrong.build()
    return [(each.id.removeprefix("nuages."), each.message) for each in raised.value.mistakes]


def _answer() -> int:
    return 1


def _answer_for(number: int) -> int:
    return number


@pytest.mark.parametrize(
    ("declare", "code", "said"),
    [
        (lambda wrong: wrong.get("/x")(_answer), "E062", "has no rule"),
        (lambda wrong: wrong.get("x", rule=anyone)(_answer), "E062", "no path below"),
        (lambda wrong: wrong.get("/a b", rule=anyone)(_answer), "E062", "'a b'"),
        (lambda wrong: wrong.get("/{a}/{a}", rule=anyone)(_answer), "E062", "two parameters"),
        (lambda wrong: wrong.get("/x", rule=owner("user"))(_answer), "E062", "about rows"),
        (lambda wrong: wrong.get("/x", rule=7)(_answer), "E017", "/x"),
        (lambda wrong: wrong.get("/x", rule=anyone, status=404)(_answer), "E062", "status 404"),
        (lambda wrong: wrong.get("/x", rule=anyone, staus=201)(_answer), "E062", "'staus'"),
        (lambda wrong: wrong.get("/x", rule=anyone, throttle="often")(_answer), "E049", "throttle"),
        (lambda wrong: wrong.get("/x", rule=anyone)(lambda: 1), "E063", "answers"),
        (lambda wrong: [wrong.get("/x", rule=anyone)(_answer) for _ in "ab"], "E062", "address of"),
        (lambda wrong: wrong.dependency(_answer) and wrong.dependency(_answer), "E064", "as another one does"),
    ],
)
def test_a_wrong_declaration_does_not_start(declare: Any, code: str, said: str) -> None:
    """It names the function and what to write."""
    assert [(each, said in message) for each, message in _mistakes(declare)] == [(code, True)]


def test_an_endpoint_may_not_stand_where_a_resource_does() -> None:
    """The first would be served, or the last, unsaid."""
    from nuages import Resource  # noqa: PLC0415

    def declare(wrong: API) -> None:
        class Books(Resource):
            fields = ["id"]
            rules = {"read": authenticated}

        wrong.resource(Book)(Books)
        wrong.get("/books/{number}", rule=anyone)(_answer_for)

    assert _mistakes(declare) == [("E062", "the endpoint GET /books/{number} has the address of GET /books/{key}.")]


def test_prices_are_texts(books: Any) -> None:
    """As resources show them."""
    assert Decimal(shown(send(api, "/shelf/6"))["book"]["price"]) == 100
