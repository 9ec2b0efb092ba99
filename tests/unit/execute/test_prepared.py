"""Statements are prepared on PostgreSQL, once a connection, and survive what happens to a connection meanwhile."""

import threading

import pytest
from django.db import connections, transaction

from nuages.execute import postgresql
from nuages.execute.libpq import MAX_PREPARED
from nuages.execute.limits import OutOfTime, statement_timeout_s
from nuages.execute.run import connection_for, execute
from tests.support.router import choose_database
from tests.zoo.models import Note

pytestmark = pytest.mark.django_db(databases=["postgres"], transaction=True)


@pytest.fixture
def connection():
    with choose_database("postgres"):
        found = connection_for(Note)
        found.ensure_connection()
        yield found
        found.close()


def prepared(connection):
    """The statements of ours that the server holds for this connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements WHERE name LIKE 'nuages_%'")
        return [statement for (statement,) in cursor.fetchall()]


def ask(connection, text="SELECT $1::text", value="a"):
    return execute(connection, text, [value]).documents


def test_a_statement_is_prepared_once(connection):
    assert [ask(connection, value=value) for value in "abc"] == [[b"a"], [b"b"], [b"c"]]
    assert prepared(connection) == ["SELECT $1::text"]


def test_nothing_is_prepared_where_a_setting_says_so(connection, settings):
    settings.NUAGES_PREPARED_STATEMENTS = False
    postgresql.may_prepare_statements.cache_clear()
    try:
        assert ask(connection) == [b"a"]
        assert prepared(connection) == []
    finally:
        del settings.NUAGES_PREPARED_STATEMENTS
        postgresql.may_prepare_statements.cache_clear()


def test_connections_on_loan_are_given_back_as_they_were(connection, settings, monkeypatch):
    """Behind a transaction pooler no statement stays on them, and a limit holds for its statement alone."""
    monkeypatch.setitem(settings.DATABASES["postgres"], "DISABLE_SERVER_SIDE_CURSORS", True)
    settings.NUAGES_STATEMENT_TIMEOUT_S = 0.2
    for cached in (postgresql.may_prepare_statements, statement_timeout_s):
        cached.cache_clear()
    connection.close()
    connection.ensure_connection()
    try:
        assert ask(connection) == [b"a"]
        assert prepared(connection) == []
        with pytest.raises(OutOfTime):
            ask(connection, "SELECT pg_sleep(30), $1::text")
        assert ask(connection, "SELECT current_setting('statement_timeout') || $1::text", "") == [b"200ms"]
        with connection.cursor() as cursor:
            cursor.execute("SHOW statement_timeout")
            assert cursor.fetchone() == ("0",)
        with transaction.atomic("postgres"):
            assert ask(connection, value="b") == [b"b"]
    finally:
        monkeypatch.undo()
        del settings.NUAGES_STATEMENT_TIMEOUT_S
        for cached in (postgresql.may_prepare_statements, statement_timeout_s):
            cached.cache_clear()


def test_a_statement_that_a_pooler_dropped_is_prepared_again(connection):
    ask(connection)
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    assert ask(connection) == [b"a"]
    assert prepared(connection) == ["SELECT $1::text"]


def test_a_statement_whose_table_has_changed_is_prepared_again(connection):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE shifting AS SELECT 'x' AS a")
    text = "SELECT s FROM (SELECT * FROM shifting WHERE a = $1) s"
    first = ask(connection, text, "x")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE shifting ADD COLUMN b text DEFAULT 'y'")
    assert (first, ask(connection, text, "x")) == ([b"(x)"], [b"(x,y)"])
    star = "SELECT * FROM shifting WHERE a = $1"
    ask(connection, star, "x")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE shifting ADD COLUMN c text")
    assert ask(connection, star, "x") == [b"x"]


def test_a_connection_holds_so_many_statements_and_no_more(connection):
    for number in range(MAX_PREPARED + 5):
        ask(connection, f"SELECT $1::text, {number}")
    assert len(prepared(connection)) == MAX_PREPARED
    assert ask(connection, "SELECT $1::text, 0") == [b"a"]


def test_a_transaction_is_begun_before_a_statement_in_it(connection):
    with transaction.atomic(using="postgres"):
        pids = [execute(connection, "SELECT txid_current()::text", []).documents for _ in range(2)]
    assert pids[0] == pids[1]


def test_an_error_inside_a_transaction_is_said_and_not_asked_again(connection):
    ask(connection)
    with transaction.atomic(using="postgres"):
        ask(connection)
        with connection.cursor() as cursor:
            cursor.execute("DEALLOCATE ALL")
        with pytest.raises(Exception, match="does not exist"):
            ask(connection)
        transaction.set_rollback(True, using="postgres")
    connections["postgres"].close()
    assert ask(connection) == [b"a"]


def test_a_waiting_statement_lets_other_threads_run(connection):
    turns, done = [], threading.Event()

    def wait():
        with choose_database("postgres"):
            mine = connection_for(Note)
            execute(mine, "SELECT pg_sleep($1)::text", [0.5])
            mine.close()
        done.set()

    thread = threading.Thread(target=wait)
    thread.start()
    while not done.wait(0.01):
        turns.append(1)
    thread.join()
    assert len(turns) > 5, "the interpreter was held while PostgreSQL worked"
