"""A change is one transaction: whole or not at all, again where the database gave way, and never again elsewhere."""

import logging
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connections, transaction

from nuages.change.transactions import MOST_ATTEMPTS, run_change
from shop.models import Author, Book, Tag
from tests.support.router import choose_database


class _Cause(Exception):
    """What a driver raises: psycopg puts the code there."""

    def __init__(self, sqlstate: str | None) -> None:
        self.sqlstate = sqlstate


def _error(sqlstate: str | None, kind: type[Exception] = OperationalError) -> Exception:
    error = kind("the database said so")
    error.__cause__ = _Cause(sqlstate)
    return error


class Attempts:
    """A change that stores a row and then fails, so many times."""

    def __init__(self, error: Exception, failures: int) -> None:
        self.error = error
        self.failures = failures
        self.count = 0

    def __call__(self) -> str:
        self.count += 1
        Tag.objects.create(name=f"attempt {self.count}")
        if self.count <= self.failures:
            raise self.error
        return "done"


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nuages.change.transactions._PAUSE_S", 0.0)


@pytest.fixture
def committed(transactional_db: None, database: Any) -> Any:
    """A connection on which transactions are real."""
    assert not database.in_atomic_block
    return database


def _names() -> list[str]:
    return sorted(Tag.objects.values_list("name", flat=True))


@pytest.mark.parametrize("sqlstate", ["40001", "40P01"])
@pytest.mark.parametrize("failures", range(MOST_ATTEMPTS))
def test_a_change_that_gave_way_is_run_again(sqlstate: str, failures: int, committed: Any) -> None:
    """A serialization failure and a deadlock; what the lost attempts had stored is gone."""
    change = Attempts(_error(sqlstate), failures)
    assert run_change(committed, change) == "done"
    assert (change.count, _names()) == (failures + 1, [f"attempt {failures + 1}"])


def test_a_change_that_always_gives_way_ends(committed: Any) -> None:
    """After the last attempt its error goes up, and nothing is stored."""
    change = Attempts(_error("40P01"), 100)
    with pytest.raises(OperationalError):
        run_change(committed, change)
    assert (change.count, _names()) == (MOST_ATTEMPTS, [])


@pytest.mark.parametrize(
    "error",
    [
        *(_error(state) for state in ("57014", "55P03", "53300", "08006", None)),
        _error("40001", IntegrityError),
        OperationalError("database is locked"),
        ValueError("of the author's"),
        KeyError(),
    ],
    ids=repr,
)
def test_no_other_error_is_tried_again(error: Exception, committed: Any) -> None:
    """Once, and nothing is stored: a request is not known to be repeatable after any other."""
    change = Attempts(error, 100)
    with pytest.raises(type(error)):
        run_change(committed, change)
    assert (change.count, _names()) == (1, [])


@pytest.mark.parametrize("sqlstate", ["40001", "40P01"])
def test_nothing_is_tried_again_inside_an_open_transaction(sqlstate: str, committed: Any) -> None:
    """It is the whole transaction that the database has ended, and who opened it has to begin again."""
    change = Attempts(_error(sqlstate), 100)
    with transaction.atomic(using=committed.alias):
        Tag.objects.create(name="before")
        with pytest.raises(OperationalError):
            run_change(committed, change)
        assert (change.count, _names()) == (1, ["before"]), "the savepoint is taken back"
    assert _names() == ["before"]


def test_a_change_is_whole_or_not_at_all(committed: Any) -> None:
    """Rows and their relations: an error behind them takes them back."""

    def change() -> None:
        author = Author.objects.create(name="Colette")
        Book.objects.create(title="Gigi", price=1, author=author).tags.add(Tag.objects.create(name="novel"))
        raise LookupError

    with pytest.raises(LookupError):
        run_change(committed, change)
    assert (Author.objects.count(), Book.objects.count(), Tag.objects.count()) == (0, 0, 0)


def test_a_hook_that_fails_after_the_commit_leaves_the_answer_right(  # Y13
    committed: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """What it followed is stored; the failure is logged once, with its traceback."""
    seen: list[str] = []

    def fail() -> None:
        seen.append("failed")
        raise RuntimeError("of a mail server")

    def change() -> str:
        Tag.objects.create(name="novel")
        transaction.on_commit(lambda: seen.append("before"), using=committed.alias)
        transaction.on_commit(fail, using=committed.alias)
        return "done"

    with caplog.at_level(logging.ERROR, "nuages.request"):
        assert run_change(committed, change) == "done"
    assert (_names(), seen) == (["novel"], ["before", "failed"])
    [record] = [record for record in caplog.records if record.name == "nuages.request"]
    assert record.exc_info
    assert "of a mail server" in str(record.exc_info[1])


def test_a_hook_runs_once_and_only_after_the_commit(committed: Any) -> None:
    """Those of lost attempts never do."""
    ran: list[int] = []
    change = Attempts(_error("40001"), 2)

    def noted() -> str:
        number = change.count + 1
        transaction.on_commit(lambda: ran.append(number), using=committed.alias)
        done = change()
        assert ran == []
        return done

    assert run_change(committed, noted) == "done"
    assert ran == [3]


def test_a_hook_waits_for_the_outer_transaction(committed: Any) -> None:
    """Whoever opened it decides."""
    ran: list[str] = []
    with transaction.atomic(using=committed.alias):
        run_change(committed, lambda: transaction.on_commit(lambda: ran.append("ran"), using=committed.alias))
        assert ran == []
    assert ran == ["ran"]


@pytest.mark.django_db(transaction=True)
def test_sqlite_takes_its_lock_at_once_and_keeps_its_mode() -> None:
    """A project whose settings do not say IMMEDIATE is served safely, and finds its connection as it left it."""
    connection = connections["default"]
    connection.ensure_connection()
    before = connection.transaction_mode
    connection.transaction_mode = None
    try:
        sent: list[str] = []
        connection.connection.set_trace_callback(sent.append)
        run_change(connection, Tag.objects.count)
        with pytest.raises(ZeroDivisionError):
            run_change(connection, lambda: 1 // 0)
        assert [sql for sql in sent if sql.startswith("BEGIN")] == ["BEGIN IMMEDIATE", "BEGIN IMMEDIATE"]
        assert connection.transaction_mode is None
    finally:
        connection.connection.set_trace_callback(None)
        connection.transaction_mode = before


@pytest.fixture
def two_books() -> Iterator[list[int]]:
    """Two rows on PostgreSQL, which two changes will want in opposite order."""
    with choose_database("postgres"):
        author = Author.objects.create(name="Colette")
        yield [Book.objects.create(title=title, price=0, author=author).pk for title in ("Gigi", "Chéri")]


@pytest.mark.django_db(databases=["postgres"], transaction=True)
def test_two_that_wait_for_each_other_both_get_through(two_books: list[int]) -> None:  # Y05
    """PostgreSQL ends one of them, which is run again."""
    meet = threading.Barrier(2, timeout=30)
    tries: list[int] = []
    failures: list[BaseException] = []

    def move(keys: list[int], meets: list[bool]) -> None:
        for key in keys:
            book = Book.objects.select_for_update().get(pk=key)
            Book.objects.filter(pk=key).update(price=book.price + 1)
            if meets:
                meets.clear()
                meet.wait()
        tries.append(1)

    def run(keys: list[int]) -> None:
        meets = [True]
        try:
            run_change(connections["postgres"], lambda: move(keys, meets))
        except BaseException as error:  # noqa: BLE001  # told by the test
            failures.append(error)
        finally:
            connections["postgres"].close()

    threads = [threading.Thread(target=run, args=(keys,)) for keys in (two_books, two_books[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert (failures, len(tries)) == ([], 2)
    assert sorted(Book.objects.values_list("price", flat=True)) == [2, 2]
