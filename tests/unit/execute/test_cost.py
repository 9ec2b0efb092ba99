"""A statement's cost is what the planner expects of it, with the values that it is given."""

from typing import Any

import pytest
from django.db import DatabaseError, connections, transaction

from nuages.execute.cost import estimated_cost
from nuages.execute.run import execute

KEY, VALUE = "SELECT a FROM costed WHERE id = $1", "SELECT a FROM costed WHERE a LIKE $1"
MANY = "SELECT a FROM costed WHERE id > $1 ORDER BY a"

pytestmark = pytest.mark.django_db(databases=["default", "postgres"], transaction=True)


@pytest.fixture
def connection() -> Any:
    found = connections["postgres"]
    with found.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE costed AS SELECT n AS id, 'row ' || n AS a FROM generate_series(1, 20000) n")
        cursor.execute("ALTER TABLE costed ADD PRIMARY KEY (id)")
        cursor.execute("ANALYZE costed")
    yield found
    found.close()


def cost(connection: Any, text: str, value: Any) -> float:
    found = estimated_cost(connection, text, [value])
    assert found is not None
    return found


def prepared(connection: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements")
        return int(cursor.fetchone()[0])


def test_a_key_is_cheap_and_a_scan_is_dear(connection: Any) -> None:
    assert 0 < cost(connection, KEY, 7) < 20 < 200 < cost(connection, VALUE, "%9")


def test_the_values_count(connection: Any) -> None:
    """The same text costs more where it selects more: the plan is of these values, not of any."""
    assert cost(connection, MANY, 19_990) * 20 < cost(connection, MANY, 0)


def test_a_statement_is_neither_run_nor_prepared_nor_seen(connection: Any, statements: list[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP SEQUENCE runs")
    statements.clear()
    for _ in range(8):
        cost(connection, "SELECT nextval('runs') + $1", 1)
    assert statements == []
    assert prepared(connection) == 0
    assert execute(connection, "SELECT nextval('runs')::text", []).documents == [b"1"]


def test_a_transaction_may_ask_first_and_in_between(connection: Any) -> None:
    with transaction.atomic(using="postgres"):
        first = cost(connection, KEY, 7)
        execute(connection, KEY, [7])
        assert cost(connection, KEY, 7) == first
    assert cost(connection, KEY, 7) == first


def test_a_connection_that_is_closed_or_has_died_is_opened(connection: Any) -> None:
    connection.close()
    assert cost(connection, "SELECT $1::int", 1) < 1
    with connections["postgres"].cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    other = connections["postgres"].copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    other.close()
    assert cost(connection, "SELECT $1::int", 1) < 1


def test_a_statement_that_cannot_be_planned_fails_as_it_would_running(connection: Any) -> None:
    with pytest.raises(DatabaseError, match="nowhere"):
        estimated_cost(connection, "SELECT * FROM nowhere", [])


def test_sqlite_estimates_nothing(statements: list[str]) -> None:
    assert estimated_cost(connections["default"], "SELECT nonsense", []) is None
    assert statements == []
