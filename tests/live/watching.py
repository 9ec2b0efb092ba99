"""Clients that watch a list of a real server, and writers that change it. No test lives here.

Each change of a row gives it the next version, while the row is locked: so versions are the order in which changes were
committed, and what each client must hear follows from them alone.
"""

import http.client
import random
import sqlite3
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import psycopg

from tests.http.watching import Heard, Reader
from tests.live.processes import LIMIT_S, Server

COUNTRIES = ("AA", "BB", "CC")
FIRST = 1_000_000  # the first key of the rows that change


@dataclass(frozen=True)
class State:
    """A row after a change; without a country it was deleted."""

    version: int
    country: str
    born: str = ""


Histories = dict[int, list[State]]


class Client:
    """Watches until it is stopped, on one connection after the other, as a browser's EventSource does.

    Shapes: `leaves_after` is after how many events it goes away and comes again by itself, 0 for never.
    """

    def __init__(self, server: Server, question: str, country: str, *, leaves_after: int = 0) -> None:
        self.server, self.question, self.country = server, question, country
        self.events: list[Heard] = []
        self.connections = 0
        self.statuses: set[int] = set()
        self._leaves_after = leaves_after
        self._last_id = ""
        self._is_over = False
        self._connection: http.client.HTTPConnection | None = None
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Go away."""
        self._is_over = True
        connection = self._connection
        if connection is not None and connection.sock is not None:
            with suppress(OSError):
                connection.sock.shutdown(2)
        self._thread.join(LIMIT_S)
        assert not self._thread.is_alive()

    def _watch(self) -> None:
        while not self._is_over:
            with suppress(OSError, http.client.HTTPException, AttributeError):
                self._follow()
            time.sleep(0.01)

    def _follow(self) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=LIMIT_S)
        headers = {"Accept": "text/event-stream", "X-Country": self.country}
        if self._last_id:
            headers["Last-Event-ID"] = self._last_id
        self._connection.request("GET", f"/api/authors{self.question}", headers=headers)
        response = self._connection.getresponse()
        self.statuses.add(response.status)
        reader, taken = Reader(), 0
        reader.last_id = self._last_id
        self.connections += 1
        try:
            while response.status == 200 and not self._is_over and (piece := response.read1()):
                reader.read(piece)
                new = reader.events[taken:]
                if self._leaves_after and len(reader.events) >= self._leaves_after:
                    new = new[: self._leaves_after - taken]
                self.events += new
                taken += len(new)
                self._last_id = new[-1].id if taken < len(reader.events) else reader.last_id
                if self._leaves_after and taken >= self._leaves_after:
                    return
        finally:
            self._connection.close()


@dataclass
class Writing:
    """Writers at once, and what they have done."""

    url: str
    histories: Histories = field(default_factory=lambda: defaultdict(list))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def make(self, rows: int) -> None:
        """Make the rows that are changed."""
        with self._connected() as execute:
            for key in range(FIRST, FIRST + rows):
                self._insert(execute, key, random.Random(key))
            execute("COMMIT")

    def run(self, writers: range, writes: int, rows: int) -> None:
        """Let each writer make its share of the changes."""
        share = writes // len(writers)
        threads = [threading.Thread(target=self._write, args=(number, share, rows)) for number in writers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for history in self.histories.values():
            history.sort(key=lambda state: state.version)

    def end_connections(self) -> None:
        """Let PostgreSQL end every connection of the servers."""
        with self._connected() as execute:
            execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            )

    def _write(self, number: int, writes: int, rows: int) -> None:
        chance = random.Random(number)
        with self._connected() as execute:
            for index in range(writes):
                what = chance.choices(["insert", "update", "delete", "undo"], [10, 80, 5, 5])[0]
                key = FIRST + chance.randrange(rows)
                if what == "insert" or not self._change(execute, key, what, chance):
                    self._insert(execute, FIRST + rows + number * 1_000_000 + index, chance)
                if what != "undo":
                    execute("COMMIT")
                self._begin(execute)

    def _insert(self, execute: Callable[..., Any], key: int, chance: random.Random) -> None:
        state = State(1, chance.choice(COUNTRIES), "2000-01-01")
        text = "INSERT INTO shop_author (id, name, country, born) VALUES ({}, '1', {}, {})"
        execute(text, key, state.country, state.born)
        self._note(key, state)

    def _change(self, execute: Callable[..., Any], key: int, what: str, chance: random.Random) -> bool:
        """Change a row; whether it was there."""
        if what == "delete":
            found = execute("DELETE FROM shop_author WHERE id = {} RETURNING name", key)
            if found:
                self._note(key, State(int(found[0][0]) + 1, ""))
            return bool(found)
        country, born = chance.choice(COUNTRIES), f"20{chance.randrange(10, 99)}-01-01"
        text = (
            "UPDATE shop_author SET name = CAST(CAST(name AS integer) + 1 AS varchar), country = {}, born = {} "
            "WHERE id = {} RETURNING name"
        )
        found = execute(text, country, born, key)
        if what == "undo":
            execute("ROLLBACK")
            return True
        if found:
            self._note(key, State(int(found[0][0]), country, born))
        return bool(found)

    def _note(self, key: int, state: State) -> None:
        with self._lock:
            self.histories[key].append(state)

    @contextmanager
    def _connected(self) -> Any:
        """Give what executes a statement, inside a transaction that is begun."""
        is_sqlite = self.url.startswith("sqlite")
        if is_sqlite:
            connection: Any = sqlite3.connect(
                self.url.removeprefix("sqlite:///"), timeout=LIMIT_S, isolation_level=None
            )
        else:
            host = unquote(self.url.partition("@")[2].rpartition("/")[0])
            connection = psycopg.connect(f"host={host} user=postgres dbname=postgres", autocommit=True)
        mark = "?" if is_sqlite else "%s"

        def execute(text: str, *values: Any) -> list[Any]:
            cursor = connection.execute(text.replace("{}", mark), values)
            return list(cursor.fetchall()) if cursor.description else []

        try:
            self._begin(execute)
            yield execute
        finally:
            connection.close()

    def _begin(self, execute: Callable[..., Any]) -> None:
        with suppress(sqlite3.OperationalError):  # a transaction was rolled back or committed before
            execute("BEGIN IMMEDIATE" if self.url.startswith("sqlite") else "BEGIN")


def expected(history: Iterable[State], sees: Callable[[State], bool]) -> list[tuple[str, int]]:
    """What a client hears of a row from its beginning: kinds, and versions where the row is shown."""
    told: list[tuple[str, int]] = []
    before: State | None = None
    for state in history:
        was, now = before is not None and sees(before), sees(state)
        if now:
            told.append(("changed" if was else "inserted", state.version))
        elif was:
            told.append(("removed", 0))
        before = state
    return told


def heard(events: Iterable[Heard]) -> dict[int, list[tuple[str, int]]]:
    """What a client has heard, row by row."""
    found: dict[int, list[tuple[str, int]]] = defaultdict(list)
    for event in events:
        if event.kind != "page":
            found[event.data["id"]].append((event.kind, int(event.data.get("name", 0))))
    return found
