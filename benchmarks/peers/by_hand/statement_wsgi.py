"""granian WSGI + psycopg: one hand-written statement a request, its bytes sent as they come; a connection a thread."""

import threading

import msgspec
import psycopg
from psycopg.adapt import Loader

from by_hand import statements
from common.environment import CONNINFO
from common.questions import page_args, review_decoder, search_args
from common.tokens import is_valid

_own = threading.local()


class JsonBytes(Loader):
    """Leave JSON as the bytes that it is."""

    def load(self, data):
        return bytes(data)


def ask(text, *values):
    """Run a statement, prepared; gives the bytes of its one document, or None."""
    connection = getattr(_own, "connection", None)
    if connection is None:
        options = {"autocommit": True, "cursor_factory": psycopg.RawCursor, "prepare_threshold": 0}
        connection = _own.connection = psycopg.connect(CONNINFO, **options)
        connection.adapters.register_loader("json", JsonBytes)
    row = connection.execute(text, values).fetchone()
    return row[0] if row else None


def app(environ, start_response):
    """The WSGI application."""
    if environ["REQUEST_METHOD"] == "POST":
        status, body = write(environ["wsgi.input"].read())
    else:
        status, body = read(environ)
    start_response(status, [("content-type", "application/json"), ("content-length", str(len(body)))])
    return [body]


def write(raw):
    try:
        review = review_decoder.decode(raw)
        new = (review.book, review.user_name, review.stars, review.body)
        return "201 Created", ask(statements.NEW_REVIEW, *new)
    except (msgspec.MsgspecError, psycopg.errors.ForeignKeyViolation):
        return "422 Unprocessable Entity", b'{"detail":"invalid"}'


def read(environ):
    path = environ["PATH_INFO"]
    if path == "/hello":
        return "200 OK", b'{"hello":"world"}'
    if path == "/books":
        body = ask(statements.FLAT_PAGE, *page_args(environ["QUERY_STRING"]))
    elif path == "/books/full":
        body = ask(statements.FULL_PAGE, *page_args(environ["QUERY_STRING"]))
    elif path == "/books/search":
        text, values = statements.search(**search_args(environ["QUERY_STRING"]))
        body = ask(text, *values)
    elif path.startswith("/books/"):
        body = ask(statements.ONE_BOOK, int(path[7:]))
    elif path.startswith("/secure/books/"):
        if not is_valid(environ.get("HTTP_AUTHORIZATION")):
            return "401 Unauthorized", b'{"detail":"token"}'
        body = ask(statements.ONE_BOOK, int(path[14:]))
    else:
        body = None
    return ("200 OK", body) if body is not None else ("404 Not Found", b'{"detail":"not found"}')
