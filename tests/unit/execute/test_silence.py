"""Connections to a server that answers nobody are ended; one that answers may take its time."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connections

from nuages.execute import silence
from nuages.execute.silence import Watch
from tests.support.fault_proxy import FaultProxy, fault_proxy

pytestmark = pytest.mark.django_db(databases=["postgres"])
LIMIT_S = 20


@pytest.fixture
def proxy(db: None) -> Iterator[FaultProxy]:
    """A proxy before the tests' PostgreSQL."""
    given = connections["postgres"].settings_dict
    with fault_proxy(Path(given["HOST"]) / f".s.PGSQL.{given['PORT'] or 5432}") as proxy:
        yield proxy


def _connect(**where: Any) -> Any:
    given = connections["postgres"].settings_dict
    named = {"host": given["HOST"], "port": given["PORT"] or 5432, "user": given["USER"], "dbname": given["NAME"]}
    return psycopg.connect(autocommit=True, **named | where)


class _Waiting(threading.Thread):
    """Somebody who has asked something."""

    def __init__(self, raw: Any, statement: str) -> None:
        super().__init__(daemon=True)
        self.found: Any = None
        self._raw, self._statement = raw, statement
        self.start()

    def run(self) -> None:
        """Keep what came."""
        try:
            self.found = self._raw.execute(self._statement).fetchone()
        except psycopg.OperationalError as error:
            self.found = error


def test_a_server_that_is_silent(proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch) -> None:  # F02
    """Whoever waits for it is told, and what is at rest is over too; other servers are not concerned."""
    monkeypatch.setattr(silence, "PATIENCE_S", 0.3)
    watch = Watch()
    busy, idle = (_connect(host="127.0.0.1", port=proxy.port) for _ in range(2))
    raws = [busy, idle, other := _connect()]
    for raw in raws:
        watch.add(raw)
    proxy.hold()
    waiting, elsewhere = _Waiting(busy, "SELECT 1"), _Waiting(other, "SELECT pg_sleep(3)")
    deadline_s = time.monotonic() + LIMIT_S
    while waiting.is_alive() and time.monotonic() < deadline_s:
        time.sleep(silence.LOOK_S)
        watch.look()
    is_told = not waiting.is_alive()
    proxy.release()  # or nobody could close a connection on which somebody waits
    for each in (waiting, elsewhere):
        each.join(LIMIT_S)
    for raw in raws:
        raw.close()
    assert is_told
    assert isinstance(waiting.found, psycopg.OperationalError)
    assert [watch.has_ended(raw) for raw in raws] == [True, True, False]
    assert elsewhere.found == ("",)


def test_a_server_that_answers_may_take_its_time(proxy: FaultProxy) -> None:  # F02
    """A statement that takes long is left alone."""
    watch = Watch()
    with _connect(host="127.0.0.1", port=proxy.port) as raw:
        watch.add(raw)
        waiting = _Waiting(raw, "SELECT pg_sleep(3)")
        while waiting.is_alive():
            time.sleep(silence.LOOK_S)
            watch.look()
        assert waiting.found == ("",)
        assert not watch.has_ended(raw)
