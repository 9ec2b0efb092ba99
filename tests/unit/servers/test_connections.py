"""A thread's connections are kept or given back as Django's request signals would do it."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, InterfaceError, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.test import override_settings

from nuages.servers.connections import kept_connections

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "postgres"])


@pytest.fixture(params=["default", "postgres"])
def alias(request: pytest.FixtureRequest) -> str:
    """Each database in turn; the connections are those of threads made for the test."""
    return str(request.param)


@pytest.fixture
def max_age(request: pytest.FixtureRequest, alias: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Set CONN_MAX_AGE to the parameter, for connections made from now on."""
    monkeypatch.setitem(connections.settings[alias], "CONN_MAX_AGE", request.param)
    return request.param


def _in_thread(work: Callable[[], Any]) -> Any:
    """Run in a thread of its own, whose connections are new, and give what it gives."""
    given: list[Any] = []

    def run() -> None:
        try:
            given.append(work())
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return given[0]


def _ask(alias: str) -> BaseDatabaseWrapper:
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT 1")
    return connections[alias]


@pytest.mark.parametrize(("max_age", "is_kept"), [(0, False), (60, True), (None, True)], indirect=["max_age"])
def test_connection_is_kept_as_long_as_its_age_allows(alias: str, max_age: int | None, is_kept: bool) -> None:
    """After the block a connection is closed with CONN_MAX_AGE=0, and kept with a number or None."""

    def work() -> bool:
        with kept_connections():
            connection = _ask(alias)
        return connection.connection is not None

    assert _in_thread(work) is is_kept


@pytest.mark.parametrize("max_age", [60], indirect=True)
def test_connection_too_old_is_closed_before_the_block(alias: str, max_age: int) -> None:
    """A connection that has grown too old between two requests is not used for the second one."""

    def work() -> bool:
        with kept_connections():
            connection = _ask(alias)
        connection.close_at = time.monotonic() - 1
        with kept_connections():
            return connection.connection is None

    assert _in_thread(work)


@pytest.mark.parametrize("max_age", [None], indirect=True)
def test_broken_connection_is_closed_after_the_block(max_age: None) -> None:
    """What the server has ended is not kept; an exception in the block goes on, and the next request has a new one."""

    def work() -> int:
        with kept_connections():
            first = _ask("postgres").connection
        with pytest.raises(OperationalError), kept_connections(), connections["postgres"].cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        assert connections["postgres"].connection is None
        with kept_connections():
            return int(_ask("postgres").connection is first)

    assert _in_thread(work) == 0


@pytest.mark.parametrize("alias", ["postgres"])
@pytest.mark.parametrize("max_age", [None], indirect=True)
def test_connection_left_without_autocommit_is_closed(alias: str, max_age: None) -> None:
    """A view that leaves a transaction open costs its connection, not the next request's correctness."""

    def work() -> bool:
        with kept_connections():
            _ask(alias).set_autocommit(False)
        return connections[alias].connection is None

    assert _in_thread(work)


def test_logged_queries_are_those_of_the_present_request(alias: str) -> None:
    """With DEBUG on, the log of queries does not grow from request to request."""

    def work() -> list[int]:
        lengths = []
        for _ in range(3):
            with kept_connections():
                lengths.append(len(_ask(alias).queries_log))
        return lengths

    with override_settings(DEBUG=True):
        assert len(set(_in_thread(work)[1:])) == 1


@pytest.mark.parametrize("error", [DatabaseError, InterfaceError])
def test_connection_that_cannot_be_closed_harms_no_answer(error: Any, caplog: pytest.LogCaptureFixture) -> None:
    """An error while closing is logged; the answer is made already."""

    class Stuck(BaseDatabaseWrapper):
        alias = "stuck"
        queries_log: Any = []
        connection = object()
        close_at = 0.0  # long past

        def __init__(self) -> None:
            """Open nothing."""
            self.execute_wrappers: list[Any] = []

        def close_if_unusable_or_obsolete(self) -> None:
            raise error("no way")

    def work() -> str:
        connection_created.send(Stuck, connection=Stuck())
        with kept_connections():
            return "answered"

    assert _in_thread(work) == "answered"
    assert "The connection stuck could not be closed" in caplog.text
