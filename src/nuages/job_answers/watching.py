"""Tell those who watch a job what becomes of it: the whole representation at first and at every change, until its end.

One thread for all of a process looks at the rows of all who watch. It begins with the first and ends with the last.
Source: html.spec.whatwg.org, "Server-sent events", section 9.2 (an answer of 204 keeps a client from coming again).
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator
from time import monotonic
from typing import Any, TypeAlias

import msgspec
from django.db import connections

from nuages.http.request import Request
from nuages.http.response import Response
from nuages.job_answers.document import HIDDEN, UNFINISHED, document_of
from nuages.jobs.enqueue import alias_of_jobs, job_rows
from nuages.live.hub import own_connection
from nuages.live.watching import until_s
from nuages.logs import log_entry
from nuages.per_process import PerProcess
from nuages.streams.answer import stream_flow
from nuages.streams.event import Event
from nuages.streams.framing import EVENT_STREAM

EVERY_S = 0.5
_MOST_ROWS = 500  # of one statement
_LAST = "last"
_HEADERS = (("Content-Type", EVENT_STREAM), ("Cache-Control", "private, no-store"), ("X-Accel-Buffering", "no"))
_MARKS = ("status", "attempts", "run_at", "started_at", "finished_at", "expires_at")
_PROGRESS = ("progress_done", "progress_total", "progress_note")
Mark: TypeAlias = tuple[Any, ...]


def watch(job: Any, request: Request) -> Response:
    """Answer with a stream of events; a client that has had the last one is told that no more will come.

    Raises: Unavailable where too many streams are open.
    """
    if request.header("last-event-id") == _LAST and job.status not in UNFINISHED:
        return Response(204)
    response = Response(200, headers=list(_HEADERS))
    if request.method != "HEAD":
        response.flow = stream_flow(request, _events(job, request))
    return response


async def _events(job: Any, request: Request) -> AsyncIterator[Event]:
    first = _event(job, request.prefix)
    yield first
    if first.id:
        return
    watcher, ends_s = Watcher(job, request.prefix), until_s(request.asked_by)
    hub = hub_of(alias_of_jobs())
    hub.join(watcher)
    try:
        while (event := await watcher.next(ends_s - monotonic())) is not None:
            yield event
            if event.id:
                return
    finally:
        hub.leave(watcher)


def _event(job: Any, prefix: str) -> Event:
    """The state of a job; the id of the last one is what its client comes again with."""
    document = msgspec.json.encode(document_of(job, prefix)).decode()
    return Event(document, event="status", id="" if job.status in UNFINISHED else _LAST)


def _mark(job: Any) -> Mark:
    return tuple([getattr(job, name) for name in (*_MARKS, *_PROGRESS)])


class Watcher:
    """One client that watches a job, on its event loop."""

    def __init__(self, job: Any, prefix: str) -> None:
        self.key, self.prefix, self.mark = job.pk, prefix, _mark(job)
        self._loop = asyncio.get_running_loop()
        self._come = asyncio.Event()
        self._event: Event | None = None

    async def next(self, patience_s: float) -> Event | None:
        """Wait for the next state; of several that came meanwhile the last. None where nothing more will come."""
        try:
            await asyncio.wait_for(self._come.wait(), max(0.0, patience_s))
        except TimeoutError:
            return None
        self._come.clear()
        return self._event

    def tell(self, event: Event | None) -> None:
        """Hand over a state, from any thread; None ends the watch."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._take, event)

    def _take(self, event: Event | None) -> None:
        self._event = event
        self._come.set()


class Hub:
    """Everybody who watches jobs of one database, in one process; `hub_of` gives it."""

    def __init__(self, alias: str) -> None:
        self._alias = alias
        self._lock = threading.Lock()
        self._watchers: set[Watcher] = set()
        self._left = threading.Event()
        self._thread: threading.Thread | None = None

    def join(self, watcher: Watcher) -> None:
        """Let somebody hear of what changes from the state on that they know."""
        with self._lock:
            self._watchers.add(watcher)
            self._left.clear()
            if self._thread is None:
                self._thread = threading.Thread(target=self._go_on, name=f"nuages-jobs-{self._alias}", daemon=True)
                self._thread.start()

    def leave(self, watcher: Watcher) -> None:
        """Let them hear of nothing any more."""
        with self._lock:
            self._watchers.discard(watcher)
            if not self._watchers:
                self._left.set()

    def _go_on(self) -> None:
        own_connection(self._alias)
        try:
            while watchers := self._present():
                self._look(watchers)
                self._left.wait(EVERY_S)
        except Exception as error:  # noqa: BLE001  # whatever it is, nobody may wait for what will not come
            log_entry(logging.ERROR, "Jobs are watched no more; their clients come again.", error=error)
            self._give_up()
        finally:
            connections[self._alias].close()

    def _present(self) -> list[Watcher]:
        with self._lock:
            if not self._watchers:
                self._thread = None
            return list(self._watchers)

    def _give_up(self) -> None:
        with self._lock:
            watchers, self._watchers, self._thread = self._watchers, set(), None
        for watcher in watchers:
            watcher.tell(None)

    def _look(self, watchers: list[Watcher]) -> None:
        keys = list({watcher.key for watcher in watchers})
        found: dict[Any, Any] = {}
        for start in range(0, len(keys), _MOST_ROWS):
            found |= _rows(keys[start : start + _MOST_ROWS], self._alias)
        for watcher in watchers:
            job = found.get(watcher.key)
            mark = None if job is None else _mark(job)
            if mark != watcher.mark:
                watcher.mark = mark or ()
                watcher.tell(None if job is None else _event(job, watcher.prefix))


def _rows(keys: list[Any], alias: str) -> dict[Any, Any]:
    """The jobs of some keys; what may be long of them is read when it is told, which is once."""
    found: dict[Any, Any] = job_rows().using(alias).defer(*HIDDEN, "result", "problem").in_bulk(keys)
    return found


_hubs = PerProcess(Hub)


def hub_of(alias: str) -> Hub:
    """The hub of a database: one in each process."""
    return _hubs.of(alias)
