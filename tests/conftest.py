"""Fixtures that every test shares: both databases, and a count of the statements sent to them."""

import ctypes
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from tests.support.postgres import temp_postgres
from tests.support.router import choose_database


def pytest_configure(config: pytest.Config) -> None:
    """Let a worker of pytest-xdist end with the run that started it, even on kill -9, and its PostgreSQL with it."""
    if hasattr(config, "workerinput") and sys.platform == "linux":
        pr_set_pdeathsig = 1  # linux/prctl.h
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """Give this process databases of its own before pytest-django makes them; a worker of pytest-xdist is a process.

    SQLite in a file: one in memory cannot be closed, and its threads would wait for each other as no server's do.
    PostgreSQL is started only if any of the chosen tests wants it.
    """
    settings.DATABASES["default"]["TEST"]["NAME"] = str(tmp_path_factory.mktemp("sqlite") / "test.sqlite3")
    if not any(_wants_postgres(item) for item in request.session.items):
        yield
        return
    with temp_postgres() as cluster:
        settings.DATABASES["postgres"]["HOST"] = str(cluster.directory)
        yield


def _wants_postgres(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("django_db")
    databases = marker.kwargs.get("databases") or () if marker else ()
    return databases == "__all__" or "postgres" in databases


@pytest.fixture(
    params=[
        pytest.param("default", id="sqlite", marks=pytest.mark.django_db(databases=["default"])),
        pytest.param("postgres", id="postgres", marks=pytest.mark.django_db(databases=["postgres"])),
    ]
)
def database(request: pytest.FixtureRequest, db: None) -> Iterator[BaseDatabaseWrapper]:
    """Run the test once on each database, inside a transaction that is rolled back; yield Django's connection.

    Queries go to that database by the router, and Django refuses them to the other one.
    A test that needs real commits asks for the fixture `transactional_db` beside this one.
    A `django_db` mark of its own would hide the one given here.
    """
    with choose_database(request.param):
        yield connections[request.param]


class Statements(list[str]):
    """The SQL of the statements sent so far, in order; `clear()` starts again."""

    def record(self, execute: Callable[..., Any], sql: str, *arguments: Any) -> Any:
        """Note the statement and execute it. Source: Django's documentation, database instrumentation."""
        self.append(sql)
        return execute(sql, *arguments)


@pytest.fixture
def statements() -> Iterator[Statements]:
    """Record every statement that this thread sends through Django's connections, to whichever database.

    `assert len(statements) == 1`, or compare with a list of SQL texts. Savepoints count; they are statements too.
    """
    sent = Statements()
    with ExitStack() as stack:
        for connection in connections.all():
            stack.enter_context(connection.execute_wrapper(sent.record))
        yield sent


@pytest.fixture
def no_token_key(settings: Any) -> None:
    """A project without a key for access tokens, such as those tests want that give it one."""
    del settings.NUAGES_TOKEN_KEY
