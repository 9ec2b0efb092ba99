"""One line of JSON a request: what is in it, what is not, and what cannot get in."""

import json
import logging
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from nuages.http.request import Request
from nuages.logs import ACCESS
from nuages.servers import observed_wsgi, wsgi_app
from nuages.servers.access_log import AccessLog
from nuages.servers.front import Front
from nuages.servers.observing import front_of
from shop.models import Author, Book
from tests.http.observing import PROTOCOLS, ask_server, is_plain, kept_logger, read_lines, start_anew

FIELDS = [
    "time",
    "method",
    "path",
    "route",
    "status",
    "duration_ms",
    "bytes",
    "request_id",
    "address",
    "user",
    "agent",
]


class Stream:
    """What went to stdout so far."""

    def __init__(self, capsys: Any) -> None:
        self._capsys, self._text = capsys, ""

    def getvalue(self) -> str:
        """Give all of it."""
        self._text += self._capsys.readouterr().out
        return self._text


@pytest.fixture
def stream(capsys: Any, settings: Any, db: None) -> Iterator[Stream]:
    """What goes to stdout while the access log is on."""
    settings.NUAGES_ACCESS_LOG = True
    settings.MIDDLEWARE = [each for each in settings.MIDDLEWARE if "allauth" not in each]
    with kept_logger() as logger:
        logger.handlers = []
        start_anew()
        yield Stream(capsys)
    start_anew()


def test_it_is_off_unless_told(db: None) -> None:
    """Nothing stands around Django's handler nor in the front."""
    start_anew()
    assert is_plain(observed_wsgi.observed(wsgi_app.django_application))
    assert type(front_of(())) is Front


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_line_says_what_was_asked(protocol: str, stream: Stream) -> None:
    """Fields in a fixed order; the route is a template; the query is not told, and neither are credentials."""
    ask_server(
        protocol,
        "/api/books/7?search=secret-illness",
        user_agent="curl/8",
        x_request_id="mine",
        authorization="Bearer secret-token",
        cookie="a=secret-cookie",
    )
    (line,) = read_lines(stream.getvalue())
    assert list(line) == FIELDS
    shown = {name: line[name] for name in FIELDS if name not in {"time", "duration_ms", "bytes"}}
    assert shown == {
        "method": "GET",
        "path": "/api/books/7",
        "route": "/api/books/{key}",
        "status": 401,
        "request_id": "mine",
        "address": "127.0.0.1",
        "user": None,
        "agent": "curl/8",
    }
    assert line["duration_ms"] > 0
    assert line["bytes"] > 0
    assert line["time"].endswith("Z")
    assert datetime.fromisoformat(line["time"]).tzinfo is not None
    assert "secret" not in stream.getvalue()


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("is_straight", [True, False], ids=["straight", "through Django"])
def test_the_user_is_told_by_key(
    protocol: str, is_straight: bool, stream: Stream, settings: Any, transactional_db: None
) -> None:
    """Whoever a core has found, on the straight path and through Django, and whoever Django has: the same line."""
    settings.NUAGES_STRAIGHT = is_straight
    user = get_user_model().objects.create_superuser("ann", password="x")
    client = Client()
    client.force_login(user)
    cookie = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
    paths = ["/api/books/7", "/admin/", "/admin/nosuch/", "/nosuch"]
    answers = [ask_server(protocol, path, cookie=cookie) for path in paths]
    lines = read_lines(stream.getvalue())
    assert [answer.status for answer in answers] == [line["status"] for line in lines] == [404, 200, 404, 404]
    assert [line["route"] for line in lines[:2]] == ["/api/books/{key}", "/admin"]
    assert [line["user"] for line in lines[:3]] == [user.pk] * 3
    assert lines[3]["route"] == ""
    assert [line["bytes"] for line in lines] == [len(answer.body) for answer in answers]
    assert [answer.header("x-request-id") for answer in answers] == [line["request_id"] for line in lines]
    assert "ann" not in stream.getvalue()


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_nothing_that_is_sent_can_make_a_line(protocol: str, stream: Stream) -> None:
    """Line ends, escapes for terminals and what turns text around are escaped; a line is one line of ASCII then."""
    told = '\x1b[31m\x9b0m"}\u2028'.encode().decode("latin-1")
    ask_server(protocol, "/api/books/1\r\n{}", user_agent=told + "\x00" * 9)
    ask_server(protocol, "/nosuch\n{}", user_agent="\u0085".encode().decode("latin-1"))
    assert stream.getvalue().isascii()
    assert len(stream.getvalue().splitlines()) == 2
    assert [line["path"] for line in read_lines(stream.getvalue())] == ["/api/books/1\r\n{}", "/nosuch\n{}"]


def test_long_words_are_cut(stream: Stream) -> None:
    """A line stays below what the system writes at once."""
    ask_server("wsgi", "/api/" + "x" * 9_000, user_agent="y" * 9_000)
    (line,) = read_lines(stream.getvalue())
    assert (len(line["path"]), len(line["agent"])) == (1_024, 200)
    assert len(stream.getvalue()) < 4_096


def test_the_query_is_told_where_that_is_wanted(stream: Stream, settings: Any) -> None:
    """NUAGES_ACCESS_LOG_QUERY."""
    settings.NUAGES_ACCESS_LOG_QUERY = True
    ask_server("wsgi", "/api/books/7?fields=id")
    assert read_lines(stream.getvalue())[0]["query"] == "fields=id"
    ask_server("wsgi", "/api/books/7?fields=\x1b")
    assert json.loads(stream.getvalue().splitlines()[1])["query"] == "fields=\x1b"


def test_the_address_is_the_clients(stream: Stream, settings: Any) -> None:
    """As far as proxies are trusted, and no further."""
    ask_server("wsgi", "/api/books/7", x_forwarded_for="192.0.2.1, 192.0.2.2")
    settings.NUAGES_TRUSTED_PROXIES = 1
    ask_server("wsgi", "/api/books/7", x_forwarded_for="192.0.2.1, 192.0.2.2")
    ask_server("wsgi", "/nosuch", x_forwarded_for="192.0.2.1, 192.0.2.2")
    assert [line["address"] for line in read_lines(stream.getvalue())] == ["127.0.0.1", "192.0.2.2", "192.0.2.2"]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_an_export_is_told_of_when_it_was_sent(protocol: str, stream: Stream, transactional_db: None) -> None:
    """With the bytes that went, not before the last of them."""
    author = Author.objects.create(name="Colette")
    for number in range(3):
        Book.objects.create(title=f"Book {number}", price=1, author=author)
    answer = ask_server(protocol, "/api/books", accept="text/csv")
    assert (answer.status, answer.header("content-type")) == (200, "text/csv; charset=utf-8; header=present")
    (line,) = read_lines(stream.getvalue())
    assert (line["route"], line["status"], line["bytes"]) == ("/api/books", 200, len(answer.body))
    assert b"Book 2" in answer.body


def test_probes_are_not_logged(stream: Stream) -> None:
    """A balancer asks every few seconds."""
    assert ask_server("wsgi", "/-/live").status == 200
    assert stream.getvalue() == ""


def _fail(*_: Any) -> Any:
    raise RuntimeError("the disk is full")


@pytest.mark.parametrize("spoiled", ["emit", "filter", "format"])
@pytest.mark.parametrize("path", ["/api/books/7", "/nosuch"])
def test_a_broken_log_breaks_nothing(spoiled: str, path: str, stream: Stream, capsys: Any) -> None:  # F17
    """A handler or a filter that raises: the answer is the same."""
    expected = ask_server("wsgi", path).status
    setattr(logging.getLogger(ACCESS).handlers[0], spoiled, _fail)
    assert ask_server("wsgi", path).status == expected
    assert "the disk is full" in capsys.readouterr().err


def test_a_user_without_a_key_breaks_nothing(stream: Stream, capsys: Any) -> None:
    """A user model of the project's may raise."""

    class Odd:
        @property
        def pk(self) -> Any:
            raise RuntimeError("no key")

    asked = Request("GET", "/", "", {})
    asked.asked_by = type("Asking", (), {"user": Odd()})()
    AccessLog(proxies=0, has_query=False).write(asked, "/", 200, size_bytes=0, took_s=0.0)
    written = capsys.readouterr()
    assert written.out == ""
    assert "no key" in written.err


def test_a_handler_of_the_project_gets_the_entry(stream: Stream) -> None:
    """Where `nuages.access` has a handler, nothing is written to stdout, and its records carry the fields."""
    seen: list[logging.LogRecord] = []
    handler = logging.Handler()
    handler.emit = seen.append  # type: ignore[method-assign]
    logging.getLogger(ACCESS).addHandler(handler)
    ask_server("wsgi", "/api/books/7", x_request_id="mine", authorization="Bearer none")
    (record,) = seen
    assert (record.request_id, record.entry.status) == ("mine", 401)  # type: ignore[attr-defined]
    assert stream.getvalue() == ""
