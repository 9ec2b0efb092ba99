"""A statement that takes too long is ended, on both databases, and its connection goes on."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import Error, OperationalError, connections, transaction

from nuages import API
from nuages.errors import DeclarationError
from nuages.execute import postgresql
from nuages.execute.failures import problem_of
from nuages.execute.limits import DEFAULT_S, OutOfTime, milliseconds, statement_timeout_s
from nuages.execute.run import execute

# Without a limit they end after seconds, so that a missing one is a failure and not a wait for ever.
SLOW = {
    "sqlite": """
        SELECT '1' FROM (WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 20000000)
                         SELECT count(*) FROM c)
        """,
    "postgresql": "SELECT '1' FROM pg_sleep(6)",
}
SLOW_SQLITE_ROWS = """
    WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 1000000) SELECT count(*) FROM c
    """
CAUSES = {"default": "OperationalError", "postgres": "QueryCanceled"}
both = pytest.mark.parametrize("alias", ["default", "postgres"])
pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)

Limit = Callable[[Any], None]


@pytest.fixture
def limit(settings: Any) -> Iterator[Limit]:
    """Set the limit, on connections that have never heard of one."""

    def choose(limit_s: Any) -> None:
        settings.NUAGES_STATEMENT_TIMEOUT_S = limit_s
        statement_timeout_s.cache_clear()
        for connection in connections.all():
            connection.close()

    yield choose
    connections.close_all()
    statement_timeout_s.cache_clear()


@pytest.fixture
def pooled(settings: Any) -> Iterator[None]:
    """Say that connections go through a transaction pooler."""
    settings.NUAGES_PREPARED_STATEMENTS = False
    postgresql.may_prepare_statements.cache_clear()
    yield
    postgresql.may_prepare_statements.cache_clear()


def ask(alias: str, text: str = "SELECT '1'") -> Any:
    return execute(connections[alias], text, []).documents


def ask_slowly(alias: str) -> OutOfTime:
    """Ask what takes too long; the error that came of it."""
    started_s = time.perf_counter()
    with pytest.raises(OutOfTime) as caught:
        ask(alias, SLOW[connections[alias].vendor])
    assert time.perf_counter() - started_s < 5, "it ended by itself"
    return caught.value


def do(text: str) -> None:
    with connections["postgres"].cursor() as cursor:
        cursor.execute(text)


def server_limit() -> str:
    """The limit that PostgreSQL has for this connection."""
    with connections["postgres"].cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        return str(cursor.fetchone()[0])


def cancelled(error: Exception) -> Any:
    """The problem that an error is; it must be one."""
    problem = problem_of(error)
    assert problem is not None
    assert (problem.status, problem.headers) == (503, (("Retry-After", "1"),))
    return problem


@both
def test_a_slow_statement_is_ended_and_its_connection_answers_the_next(alias: str, limit: Limit) -> None:
    limit(0.2)
    assert ask(alias)
    raw = connections[alias].connection
    error = ask_slowly(alias)
    assert (error.limit_s, type(error.__cause__).__name__) == (0.2, CAUSES[alias])
    assert len(ask(alias)) == 1
    assert connections[alias].connection is raw, "the connection was closed"


@both
def test_the_client_is_told_how_long_and_what_to_do(alias: str, limit: Limit) -> None:
    limit(0.2)
    problem = cancelled(ask_slowly(alias))
    assert problem.code == "statement-timeout"
    assert problem.detail == "This took longer than 0.2 s. Narrow it with a filter, fewer fields or a smaller page."


@both
def test_a_statement_in_a_transaction_is_ended_too(alias: str, limit: Limit) -> None:
    """The transaction is undone as after any error, and the connection goes on."""
    limit(0.2)
    with pytest.raises(OutOfTime), transaction.atomic(using=alias):
        ask(alias, SLOW[connections[alias].vendor])
    assert len(ask(alias)) == 1
    ask_slowly(alias)


@both
@pytest.mark.parametrize("none", [None, 0])
def test_there_is_no_limit_where_none_is_set(alias: str, none: Any, limit: Limit) -> None:
    limit(0.2)
    ask_slowly(alias)
    limit(none)
    assert ask(alias, "SELECT '1' FROM pg_sleep(0.4)" if alias == "postgres" else SLOW_SQLITE_ROWS)
    assert statement_timeout_s() is None
    assert server_limit() == "0"


def test_a_limit_is_ten_seconds_unless_said_otherwise() -> None:
    statement_timeout_s.cache_clear()
    assert statement_timeout_s() == DEFAULT_S == 10


@pytest.mark.parametrize("wrong", ["soon", -1, float("nan"), [1]])
def test_a_limit_that_is_no_number_of_seconds_is_refused(wrong: Any, limit: Limit) -> None:
    limit(wrong)
    with pytest.raises(ImproperlyConfigured, match="NUAGES_STATEMENT_TIMEOUT_S is no number of seconds"):
        statement_timeout_s()


@pytest.mark.parametrize(
    ("limit_s", "expected_ms"), [(10.0, 10_000), (0.25, 250), (0.0001, 1), (1e9, 2**31 - 1), (float("inf"), 2**31 - 1)]
)
def test_a_limit_is_never_none_nor_too_large_for_postgresql(limit_s: float, expected_ms: int) -> None:
    assert milliseconds(limit_s) == expected_ms


@pytest.mark.parametrize("is_ended", [False, True], ids=["answered", "ended"])
def test_other_statements_on_sqlite_take_as_long_as_they_do(is_ended: bool, limit: Limit) -> None:
    """The limit of a statement of ours does not outlive it to reach a query of Django's."""
    limit(0.05)
    if is_ended:
        ask_slowly("default")
    assert ask("default")
    started_s = time.perf_counter()
    with connections["default"].cursor() as cursor:
        cursor.execute(SLOW_SQLITE_ROWS)
        assert cursor.fetchone() == (1_000_000,)
    assert time.perf_counter() - started_s > 0.05, "too fast to show anything"


def test_a_statement_that_somebody_else_interrupts_is_not_out_of_time(limit: Limit) -> None:
    """SQLite has one code for both."""
    limit(60)
    ask("default")
    timer = threading.Timer(0.2, connections["default"].connection.interrupt)
    timer.start()
    with pytest.raises(OperationalError, match="interrupted") as caught:
        ask("default", SLOW["sqlite"])
    timer.join()
    assert cancelled(caught.value).code == "unavailable"


def test_an_error_of_another_kind_is_not_out_of_time_however_late_it_comes(limit: Limit) -> None:
    limit(0.000001)
    with pytest.raises(OperationalError, match="integer overflow") as caught:
        ask("default", "SELECT abs(-9223372036854775808)")
    assert not isinstance(caught.value, OutOfTime)


def test_a_statement_that_somebody_else_cancels_is_not_out_of_time(limit: Limit) -> None:
    """PostgreSQL has one code for both."""
    limit(60)
    ask("postgres")
    timer = threading.Timer(0.2, connections["postgres"].connection.cancel)
    timer.start()
    with pytest.raises(OperationalError, match="user request") as caught:
        ask("postgres", SLOW["postgresql"])
    timer.join()
    assert cancelled(caught.value).code == "unavailable"


def test_a_limit_is_known_by_the_clock_whatever_language_the_server_speaks(limit: Limit) -> None:
    limit(0.2)
    do("""
        CREATE FUNCTION pg_temp.stop(wait float) RETURNS text LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_sleep(wait);
            RAISE EXCEPTION 'storniere Anfrage wegen Zeitüberschreitung' USING ERRCODE = '57014';
        END $$
        """)
    with pytest.raises(Error) as early:
        ask("postgres", "SELECT pg_temp.stop(0)")
    assert cancelled(early.value).code == "unavailable"
    do("SET statement_timeout = 0")  # so that the function's own error is what comes
    with pytest.raises(OutOfTime):
        ask("postgres", "SELECT pg_temp.stop(0.3)")


def test_a_limit_is_set_once_a_connection(limit: Limit) -> None:
    limit(20)
    for _ in range(2):
        ask("postgres")
        assert server_limit() == "20s"
    do("SET statement_timeout = '30s'")
    ask("postgres")
    assert server_limit() == "30s"
    connections["postgres"].close()
    ask("postgres")
    assert server_limit() == "20s"


@pytest.mark.parametrize(
    ("given", "kept"),
    [("0", "10s"), ("250ms", "250ms"), ("9999", "9999ms"), ("10001", "10s"), ("3min", "10s"), ("2d", "10s")],
)
def test_the_stricter_of_two_limits_is_kept(given: str, kept: str, limit: Limit) -> None:
    limit(10)
    do(f"SET statement_timeout = '{given}'")
    ask("postgres")
    assert server_limit() == kept


def test_a_stricter_limit_is_the_one_that_the_client_is_told(limit: Limit) -> None:
    limit(10)
    do("SET statement_timeout = '100ms'")
    assert ask_slowly("postgres").limit_s == 0.1


def test_a_limit_that_a_transaction_took_along_is_set_again(limit: Limit) -> None:
    """What is set inside goes with the transaction, whether that is undone or not, and is not taken for lasting."""
    limit(0.2)
    for is_undone in (True, False):
        with transaction.atomic(using="postgres"):
            ask("postgres")
            assert server_limit() == "200ms"
            transaction.set_rollback(is_undone, using="postgres")
        assert server_limit() == "0"
    with transaction.atomic(using="postgres"):
        with transaction.atomic(using="postgres"):
            ask("postgres")
            transaction.set_rollback(True, using="postgres")
        assert server_limit() == "0"
        ask("postgres")
        assert server_limit() == "200ms"
    ask_slowly("postgres")
    assert server_limit() == "200ms"


def test_a_transaction_that_was_begun_by_hand_is_one(limit: Limit) -> None:
    limit(20)
    do("BEGIN")
    ask("postgres")
    do("ROLLBACK")
    assert server_limit() == "0"
    ask("postgres")
    assert server_limit() == "20s"


def test_nothing_is_set_on_a_connection_that_others_share(limit: Limit, pooled: None) -> None:
    """Behind a transaction pooler the limit is a role's, and told as such."""
    limit(0.2)
    ask("postgres")
    assert server_limit() == "0"
    do("SET statement_timeout = '100ms'")
    with pytest.raises(OperationalError) as caught:
        ask("postgres", SLOW["postgresql"])
    assert isinstance(caught.value.__cause__, psycopg.errors.QueryCanceled)
    problem = cancelled(caught.value)
    assert problem.code == "statement-timeout"
    assert problem.detail.startswith("This took longer than the database allows. Narrow it")


def test_nobody_sees_the_limit_being_set(limit: Limit, statements: list[str]) -> None:
    """It is no statement of a read's, and counts as none."""
    limit(20)
    ask("postgres")
    assert statements == ["SELECT '1'"]


def test_a_wrong_timeout_is_refused_at_start_up(settings: Any) -> None:
    settings.NUAGES_STATEMENT_TIMEOUT_S = "soon"
    statement_timeout_s.cache_clear()
    try:
        with pytest.raises(DeclarationError, match=r"nuages\.E025.*soon"):
            API(title="Late").build()
    finally:
        statement_timeout_s.cache_clear()
