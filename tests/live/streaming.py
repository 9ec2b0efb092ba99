"""Servers that stream, and clients that read, that leave, and that come by the hundred. No test lives here."""

import asyncio
import http.client
import json
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Any

from tests.live.exporting import SERVERS
from tests.live.processes import LIMIT_S, SHOP, Server, children_of, held_port, serve_command, started

_GRANIAN = [sys.executable, "-m", "granian", "--port", "{}", "--blocking-threads", "4"]
KINDS = {**SERVERS, "granian wsgi": [*_GRANIAN, "--interface", "wsgi", "nuages.wsgi:application"]}
EVENTS, LINES = "text/event-stream", "application/x-ndjson"


@contextmanager
def streaming(kind: str, directory: Path, **environment: str) -> Iterator[Server]:
    """A server of one process, for the length of the block."""
    with held_port() as port:
        serve, _, interface = kind.partition(" ")
        given = ["--quiet", "--workers", "1", *(["--interface", interface] if interface else [])]
        command = serve_command(port, *given) if serve == "serve" else [part.format(port) for part in KINDS[kind]]
        told = {"DJANGO_SETTINGS_MODULE": "tests.live.project.streams", **environment}
        with started(command, directory, port=port, cwd=SHOP, environment=told) as server:
            server.wait_until_up()
            yield server


@contextmanager
def opened(server: Server, name: str, accept: str = EVENTS) -> Iterator[http.client.HTTPResponse]:
    """Open a stream, with its headers read; it is left at the end of the block."""
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=LIMIT_S)) as connection:
        connection.request("GET", f"/streams/{name}", headers={"Accept": accept})
        with connection.getresponse() as response:
            yield response


def told(server: Server) -> dict[str, Any]:
    """What has become of the streams of a server."""
    document: dict[str, Any] = json.loads(server.get("/streams/told").body)
    return document


async def read_until(reader: asyncio.StreamReader, text: bytes) -> None:
    """Read a stream until a text has come."""
    await asyncio.wait_for(reader.readuntil(text), LIMIT_S)


@asynccontextmanager
async def crowd(server: Server, name: str, number: int, until: bytes) -> Any:
    """So many streams, open at once, each of which has given an event; all are left at the end of the block."""
    async with AsyncExitStack() as stack:
        readers = []
        for _ in range(number):
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            stack.callback(writer.close)
            asked = f"GET /streams/{name} HTTP/1.1\r\nHost: localhost\r\nAccept: {EVENTS}\r\n\r\n"
            writer.write(asked.encode())
            readers.append(reader)
        for reader in readers:
            await read_until(reader, until)
        yield readers


def memory_bytes(server: Server) -> int:
    """The resident memory of the process that serves."""
    pid = (children_of(server.process.pid) or [server.process.pid])[-1]
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:"))
