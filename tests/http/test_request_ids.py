"""Every answer names its request, and the client's own name for it is taken where it is one."""

import json
import logging
import re
import subprocess
import sys
from typing import Any

import pytest

from nuages import API, Resource, anyone
from nuages.http.request import Request
from nuages.http.request_id import under_way
from nuages.servers.asgi_app import AsgiApplication
from nuages.servers.front import Front
from nuages.servers.guards import Guards
from nuages.servers.mounts import Mount
from nuages.servers.wsgi_app import WsgiApplication
from shop.api import api as shop_api
from shop.models import Tag
from tests.http.asking import send
from tests.http.asking_as import ask_as, assert_problem
from tests.http.writing import change
from tests.unit.servers.calls import answer_of, call_asgi, call_wsgi, environ_of, scope_of

OWN = re.compile(r"[0-9a-f]{32}")
GIVEN = ["a", "A-1", "0123-abcdef", "x" * 64, "-", "7d1c2b1e-9f5b-4d0e-8f5e-3f1e2d3c4b5a"]
REFUSED = [
    *("", "x" * 65, "x" * 10_000, "a b", "a_b", "a.b", "a\r\nSet-Cookie: b=c", "a\n", "\x1b[31ma", "${jndi:ldap://x}"),
    *('{"a":1}', "a,b", "a;b", "é", "\u0661", "a\u2028", "a\x00", "../a", "%0d%0a", "<b>"),
]

api = API(title="Named")


@api.resource(Tag)
class Tags(Resource):
    fields = ["id", "name"]
    writable = ["name"]
    rules = {"read": anyone, "write": anyone}


def _say(values: dict[str, Any], principal: Any) -> Any:
    logging.getLogger("shop").warning("%s", under_way.get())


@pytest.mark.parametrize("given", GIVEN)
def test_a_clients_own_id_is_taken(given: str) -> None:
    """Letters, digits and hyphens, 64 at most; in the header and in the problem."""
    response = send(api, "/nosuch", x_request_id=given)
    assert response.header("X-Request-ID") == given == json.loads(response.body)["request_id"]


@pytest.mark.parametrize("given", REFUSED, ids=lambda given: ascii(given[:20]))
def test_what_is_no_id_is_replaced(given: str) -> None:  # I07, I08
    """And is nowhere in the answer."""
    response = send(api, "/nosuch", x_request_id=given)
    own = response.header("X-Request-ID") or ""
    assert OWN.fullmatch(own)
    assert json.loads(response.body)["request_id"] == own
    assert [name for name, _ in response.headers].count("X-Request-ID") == 1
    assert not given or given.encode() not in response.body


@pytest.mark.parametrize(
    ("method", "url", "status"),
    [
        *(("GET", "/api/", 200), ("GET", "/api/books?limit=1", 200), ("HEAD", "/api/books/1", 200)),
        *(("OPTIONS", "/api/books", 204), ("GET", "/api/books/0", 404), ("GET", "/api/nosuch", 404)),
        *(("BREW", "/api/books", 405), ("GET", "/api/books?x=1", 400), ("POST", "/api/books", 401)),
    ],
)
def test_every_answer_has_one(method: str, url: str, status: int, shop: Any) -> None:
    """Another for each request."""
    answers = [ask_as(method, url) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [status] * 2
    ids = {answer.headers["X-Request-ID"] for answer in answers}
    assert len(ids) == 2
    assert all(OWN.fullmatch(each) for each in ids)


def test_a_change_and_a_304_have_one_and_the_same_tag(database: Any) -> None:
    """The id is no part of what is shown: it is in no body, no tag, and in no answer that is kept to be repeated."""
    made = change(api, "POST", "/tags", {"name": "novel"}, idempotency_key="k", x_request_id="one")
    again = change(api, "POST", "/tags", {"name": "novel"}, idempotency_key="k", x_request_id="two")
    assert (made.body, made.header("X-Request-ID")) == (again.body, "one")
    assert [text for name, text in again.headers if name == "X-Request-ID"] == ["two"]
    etag = made.header("ETag") or ""
    url = (made.header("Location") or "").removeprefix("/api")
    answer = send(api, url, if_none_match=etag, x_request_id="three")
    assert (answer.status, answer.header("ETag"), answer.header("X-Request-ID")) == (304, etag, "three")


@pytest.mark.parametrize("given", ["mine", "not mine"])
def test_a_host_that_is_not_ours_has_an_id_too(given: str, settings: Any) -> None:
    """Refused before any pipeline: by Django's view, and on the straight path under WSGI and ASGI."""
    settings.MIDDLEWARE = []
    response = ask_as("GET", "/api/books", host="evil.example", x_request_id=given)
    document = assert_problem(response, 400, "unknown-host")
    front = Front([Mount("/api/", shop_api.handle)], Guards())
    wsgi = WsgiApplication(front, lambda *_: [])
    asgi = AsgiApplication(front, _no_django, threads=1)
    raw = [(b"host", b"evil.example"), (b"x-request-id", given.encode())]
    answers = [
        call_wsgi(wsgi, environ_of("/api/books", HTTP_HOST="evil.example", HTTP_X_REQUEST_ID=given)),
        answer_of(call_asgi(asgi, scope_of("/api/books", headers=raw))),
    ]
    call_asgi(asgi, {"type": "lifespan"}, [{"type": "lifespan.shutdown"}])
    ids = [document["request_id"], *(json.loads(answer.body)["request_id"] for answer in answers)]
    assert [answer.header("x-request-id") for answer in answers] == ids[1:]
    assert all((each == given) == (given == "mine") for each in ids)


async def _no_django(scope: Any, receive: Any, send: Any) -> None:
    raise AssertionError("Django was asked")


def test_an_id_sent_twice_is_none() -> None:
    """ASGI hands over both."""
    asgi = AsgiApplication(Front([Mount("/api/", shop_api.handle)], Guards()), _no_django, threads=1)
    raw = [(b"host", b"testserver"), (b"x-request-id", b"a"), (b"x-request-id", b"b")]
    answer = answer_of(call_asgi(asgi, scope_of("/api/nosuch", headers=raw)))
    call_asgi(asgi, {"type": "lifespan"}, [{"type": "lifespan.shutdown"}])
    assert OWN.fullmatch(answer.header("x-request-id") or "")


def test_an_authors_own_log_lines_can_name_the_request(database: Any, caplog: Any) -> None:
    """While it is under way, and not after it."""

    def create(self: Any, values: dict[str, Any], principal: Any) -> Any:
        _say(values, principal)
        return Resource.create(self, values, principal)

    own = API(title="Logging")
    own.resource(Tag)(type("Tags", (Tags,), {"create": create}))
    assert change(own, "POST", "/tags", {"name": "novel"}, x_request_id="mine").status == 201
    assert [record.getMessage() for record in caplog.records if record.name == "shop"] == ["mine"]
    assert under_way.get() == ""


def test_a_request_inside_another_has_a_name_of_its_own(database: Any) -> None:
    """What an author asks of another API within a hook, or of the same one, takes nothing from the one under way."""
    seen: list[str] = []

    def queryset(self: Any, principal: Any) -> None:
        seen.append(under_way.get())
        send(api, "/tags", x_request_id="inner")
        seen.append(under_way.get())

    own = API(title="Nesting")
    own.resource(Tag)(type("Tags", (Tags,), {"queryset": queryset}))
    assert send(own, "/tags", x_request_id="outer").header("X-Request-ID") == "outer"
    assert seen == ["outer", "outer"]


FORK = """
import os
from nuages.http.request import Request
from nuages.http.request_id import name_request
name_request(Request("GET", "/", "", {}))
reading, writing = os.pipe()
if os.fork() == 0:
    os.write(writing, name_request(Request("GET", "/", "", {})).encode())
    os._exit(0)
os.wait()
print(os.read(reading, 100).decode(), name_request(Request("GET", "/", "", {})))
"""


def test_processes_that_were_one_give_different_ids() -> None:
    """A server may load the application and fork then: gunicorn with --preload."""
    done = subprocess.run([sys.executable, "-c", FORK], capture_output=True, text=True, check=True)
    childs, own = done.stdout.split()
    assert OWN.fullmatch(childs)
    assert childs != own


def test_a_request_is_named_once() -> None:
    """Whoever asks later hears the same."""
    request = Request("GET", "/nosuch", "", {})
    first = api.handle(request).header("X-Request-ID")
    assert (request.id, api.handle(request).header("X-Request-ID")) == (first, first)
