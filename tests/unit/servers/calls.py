"""Call a WSGI or an ASGI application as a server would. No test lives here."""

import asyncio
import io
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    """What an application answered."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        """Look up a header in any case."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


def environ_of(path: str, method: str = "GET", **more: Any) -> dict[str, Any]:
    """Make a WSGI environ; `path` is latin-1, as PEP 3333 wants. HTTP_HOST=None leaves the header out."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "HTTP_HOST": "testserver",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        **more,
    }
    return {name: value for name, value in environ.items() if value is not None}


def made(more: Mapping[str, Any]) -> dict[str, Any]:
    """Make what a parameter of several tests only names: a stream that one of them has read is at its end."""
    return {name: value() if callable(value) else value for name, value in more.items()}


def call_wsgi(application: Any, environ: dict[str, Any]) -> Answer:
    """Answer an environ."""
    started: list[Any] = []
    chunks = application(environ, lambda *arguments: started.append(arguments))
    try:
        body = b"".join(chunks)
    finally:
        if hasattr(chunks, "close"):
            chunks.close()
    status, headers, *_ = started[0]
    return Answer(int(status.split()[0]), list(headers), body)


def scope_of(path: str, method: str = "GET", **more: Any) -> dict[str, Any]:
    """Make an ASGI scope."""
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"testserver")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8000),
        **more,
    }


def call_asgi(application: Any, scope: dict[str, Any], messages: Iterable[dict[str, Any]] = ()) -> list[dict[str, Any]]:
    """Run an application with what the client sends, and give what it sent; then the client goes away."""
    incoming = list(messages)
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return incoming.pop(0) if incoming else {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(application(scope, receive, send))
    return sent


def answer_of(sent: list[dict[str, Any]]) -> Answer:
    """Turn what an ASGI application sent into an answer."""
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in sent[0]["headers"]]
    return Answer(sent[0]["status"], headers, b"".join(message.get("body", b"") for message in sent[1:]))
