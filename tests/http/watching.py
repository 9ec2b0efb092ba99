"""Watch lists as a browser's EventSource does, on a loop of their own. No test lives here."""

import asyncio
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connections

from nuages import API
from nuages.http.response import Flow, Response
from tests.http.asking import send

EVENTS = "text/event-stream"
LIMIT_S = 60.0


@dataclass(frozen=True)
class Heard:
    """One event."""

    kind: str
    data: Any
    id: str


class Reader:
    """Turns what is sent into events. Source: html.spec.whatwg.org, "Server-sent events", section 9.2.6."""

    def __init__(self) -> None:
        self.events: list[Heard] = []
        self.last_id = ""
        self._rest = ""

    def read(self, piece: bytes) -> None:
        """Take a piece."""
        *blocks, self._rest = (self._rest + piece.decode()).split("\n\n")
        for block in blocks:
            self._block(block)

    def _block(self, block: str) -> None:
        kind, lines = "message", []
        for line in block.split("\n"):
            name, _, text = line.partition(":")
            text = text.removeprefix(" ")
            if name == "id":
                self.last_id = text
            elif name == "event":
                kind = text
            elif name == "data":
                lines.append(text)
        if lines:
            self.events.append(Heard(kind, json.loads("\n".join(lines)), self.last_id))


class Watcher:
    """One client that watches; `with` ends it."""

    def __init__(self, api: API, url: str, **headers: str) -> None:
        self.response: Response = send(api, url, accept=EVENTS, **headers)
        self.reader = Reader()
        self.has_ended = False
        self.may_read = threading.Event()
        self.may_read.set()
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Watcher":
        assert self.response.status == 200, self.response.body
        self._thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(LIMIT_S)
        assert not self._thread.is_alive()

    @property
    def events(self) -> list[Heard]:
        """What has come."""
        return self.reader.events

    def wait_for(self, condition: Callable[[list[Heard]], bool]) -> list[Heard]:
        """Wait until what has come is enough."""
        deadline_s = time.monotonic() + LIMIT_S
        while not condition(self.events):
            assert time.monotonic() < deadline_s, self.events
            time.sleep(0.005)
        return self.events

    def wait(self, number: int) -> list[Heard]:
        """Wait for so many events."""
        return self.wait_for(lambda events: len(events) >= number)

    def wait_until_ended(self) -> list[Heard]:
        """Wait until the server has ended it."""
        return self.wait_for(lambda _: self.has_ended)

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._follow())
        finally:
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
            self._loop.close()

    async def _follow(self) -> None:
        flow = self.response.flow
        assert flow is not None
        reading = asyncio.ensure_future(self._read(flow))
        stopping = asyncio.ensure_future(self._stop.wait())
        await asyncio.wait((reading, stopping), return_when=asyncio.FIRST_COMPLETED)
        for task in (reading, stopping):
            task.cancel()
        await asyncio.wait((reading, stopping))
        await flow.aclose()

    async def _read(self, flow: Flow) -> None:
        async for piece in flow:
            while not self.may_read.is_set():
                await asyncio.sleep(0.01)
            self.reader.read(piece)
        self.has_ended = True


def wait_until_nobody_watches(alias: str) -> None:
    """Wait until the hub of a database has given everything back."""
    deadline_s = time.monotonic() + LIMIT_S
    while any(thread.name.startswith("nuages-live") for thread in threading.enumerate()):
        assert time.monotonic() < deadline_s, threading.enumerate()
        time.sleep(0.01)
    connections[alias].close()
