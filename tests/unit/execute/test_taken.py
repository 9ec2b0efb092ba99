"""An export has the connection of its request, whole, and gives it back; the thread goes on with another one."""

from typing import Any

import pytest
from django.db import Error, connections, transaction

from nuages.execute.rows import Rows
from nuages.execute.taken import Taken
from shop.models import Tag

NAMES = "SELECT name FROM shop_tag ORDER BY id"


@pytest.fixture
def tags(database: Any, transactional_db: None) -> Any:
    """Some rows that other connections see, and the thread's connection."""
    Tag.objects.bulk_create([Tag(name=f"tag {number}") for number in range(100)])
    database.ensure_connection()
    yield database
    database.close()


def _names(rows: Rows) -> list[str]:
    found: list[str] = []
    while documents := rows.next():
        found += [document if isinstance(document, str) else document.decode() for document in documents]
    return found


def _open_transactions(connection: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'")
        return int(cursor.fetchone()[0])


def test_the_thread_goes_on_with_another_one(tags: Any) -> None:
    """What it changes meanwhile is not in what is read, which is one moment of the database."""
    raw = tags.connection
    rows = Rows(tags, NAMES, [])
    assert tags.connection is None
    Tag.objects.all().delete()
    assert tags.connection is not raw
    assert _names(rows) == [f"tag {number}" for number in range(100)]
    rows.close()
    rows.close()


def test_it_brings_along_what_was_set_on_it(tags: Any) -> None:
    """Such as the name by which row-level security knows who asks."""
    if tags.vendor != "postgresql":
        pytest.skip("SQLite's connections have no settings of this kind.")
    with tags.cursor() as cursor:
        cursor.execute("SELECT set_config('nuages.who', 'ann', false)")
    rows = Rows(tags, "SELECT current_setting('nuages.who', true)", [])
    assert _names(rows) == ["ann"]
    rows.close()


def test_nothing_is_left_open(tags: Any) -> None:
    """Neither after the end, nor where it was left in the middle."""
    for reads in (0, 1):
        rows = Rows(tags, NAMES, [])
        for _ in range(reads):
            rows.next()
        if tags.vendor == "postgresql":
            assert _open_transactions(tags) == 1
        rows.close()
        if tags.vendor == "postgresql":
            assert _open_transactions(tags) == 0
    Tag.objects.create(name="written afterwards")


def test_a_statement_that_fails_leaves_nothing_open(tags: Any) -> None:
    """And the next one works."""
    with pytest.raises(Error, match="nosuch"):
        Rows(tags, "SELECT nosuch FROM shop_tag", [])
    rows = Rows(tags, NAMES, [])
    assert len(_names(rows)) == 100
    rows.close()
    if tags.vendor == "postgresql":
        assert _open_transactions(tags) == 0


def test_in_a_transaction_it_is_a_new_one(tags: Any) -> None:
    """As with ATOMIC_REQUESTS: the transaction ends before the file is sent, and takes its connection along."""
    with transaction.atomic(using=tags.alias):
        raw = tags.connection
        taken = Taken(tags)
        assert tags.connection is raw
        assert taken.connection.connection not in (None, raw)
        assert not taken.is_lent
    taken.give_back()
    assert connections[tags.alias] is tags


def test_a_kept_connection_that_has_died_is_replaced(tags: Any) -> None:
    """The server ended it while nobody looked; nothing was sent yet."""
    if tags.vendor != "postgresql":
        pytest.skip("SQLite's connections do not die.")
    other = tags.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [tags.connection.info.backend_pid])
    other.close()
    rows = Rows(tags, NAMES, [])
    assert len(_names(rows)) == 100
    rows.close()
