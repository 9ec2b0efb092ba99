"""The tests' project as a server runs it, observed as the settings of a test say. No test lives here."""

import asyncio
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.handlers.wsgi import WSGIHandler

from nuages.counting.cells import Cells
from nuages.counting.counters import count_in
from nuages.logs import ACCESS
from nuages.servers import asgi_app, observed_asgi, observed_wsgi, wsgi_app
from nuages.servers.asgi_app import AsgiApplication
from nuages.servers.observing import find_observer, front_of
from nuages.servers.start import find_straight
from nuages.servers.wsgi_app import WsgiApplication
from tests.unit.servers.calls import Answer, answer_of, call_asgi, call_wsgi, environ_of, scope_of

PROTOCOLS = ("wsgi", "asgi")


def start_anew() -> None:
    """Forget who observed, and what was counted."""
    find_observer.cache_clear()
    count_in(Cells())


def ask_server(protocol: str, path: str, method: str = "GET", *, peer: str = "127.0.0.1", **headers: str) -> Answer:
    """Ask the project as it would be after a start with the present settings; `x_a` is the header `X-A`."""
    find_observer.cache_clear()
    path, _, query = path.partition("?")
    if protocol == "wsgi":
        wsgi = WsgiApplication(front_of(find_straight()), observed_wsgi.observed(wsgi_app.django_application))
        named = {f"HTTP_{name.upper()}": text for name, text in headers.items()}
        return call_wsgi(wsgi, environ_of(path, method, REMOTE_ADDR=peer, QUERY_STRING=query, **named))
    asgi = AsgiApplication(front_of(find_straight()), observed_asgi.observed(asgi_app.django_application), threads=1)
    given = {"host": "testserver", **headers}
    raw = [(name.replace("_", "-").encode(), text.encode("latin-1")) for name, text in given.items()]
    try:
        return asyncio.run(
            _ask(asgi, scope_of(path, method, client=(peer, 1), query_string=query.encode(), headers=raw))
        )
    finally:
        call_asgi(asgi, {"type": "lifespan"}, [{"type": "lifespan.shutdown"}])


async def _ask(application: Any, scope: dict[str, Any]) -> Answer:
    """Ask as a client does that stays until the answer is there."""
    sent: list[dict[str, Any]] = []
    coming = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> dict[str, Any]:
        return coming.pop() if coming else await asyncio.get_running_loop().create_future()

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await application(scope, receive, send)
    return answer_of(sent)


def is_plain(application: Any) -> bool:
    """Whether Django's own handler stands there, and nothing around it."""
    return type(application) is WSGIHandler


@contextmanager
def access_log() -> Iterator[list[Any]]:
    """Collect the entries of the access log, which must be on."""
    seen: list[Any] = []
    handler, logger = logging.Handler(), logging.getLogger(ACCESS)
    handler.emit = lambda record: seen.append(vars(record)["entry"])  # type: ignore[method-assign]
    logger.addHandler(handler)
    try:
        yield seen
    finally:
        logger.removeHandler(handler)


@contextmanager
def kept_logger() -> Iterator[logging.Logger]:
    """Leave the logger of accesses as it was, whatever a log does to it."""
    logger = logging.getLogger(ACCESS)
    kept = (logger.handlers[:], logger.propagate, logger.level)
    try:
        yield logger
    finally:
        logger.handlers, logger.propagate, logger.level = kept


def read_lines(text: str) -> list[Any]:
    """The lines of a log, each read as JSON."""
    return [json.loads(line) for line in text.splitlines()]
