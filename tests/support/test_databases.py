"""The promises of the fixtures that give a test its database."""

import threading

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from tests.conftest import Statements


@pytest.mark.parametrize("time", ["first", "second"])
def test_rows_go_to_the_chosen_database_and_are_rolled_back(database: BaseDatabaseWrapper, time: str) -> None:
    """Reads and writes meet in the chosen database, which is empty again for the next test."""
    assert Group.objects.count() == 0
    group = Group.objects.create(name=time)
    group.permissions.add(Permission.objects.earliest("id"))
    assert group._state.db == Group.objects.get()._state.db == database.alias
    assert database.vendor == ("sqlite" if database.alias == "default" else "postgresql")


def test_other_database_is_refused(database: BaseDatabaseWrapper) -> None:
    """A query that does not ask the router is found out."""
    other = "postgres" if database.alias == "default" else "default"
    with pytest.raises(AssertionError, match="not allowed"):
        Group.objects.using(other).count()


@pytest.mark.parametrize("time", ["first", "second"])
def test_threads_see_what_a_transactional_test_commits(
    database: BaseDatabaseWrapper, transactional_db: None, time: str
) -> None:
    """With real commits, a thread that the test starts reads the same rows from the same database."""
    assert not database.in_atomic_block
    seen: list[str] = []
    Group.objects.create(name=time)

    def read() -> None:
        seen.extend(Group.objects.values_list("name", flat=True))
        connections.close_all()

    thread = threading.Thread(target=read)
    thread.start()
    thread.join()
    assert seen == [time]


def test_statements_are_recorded_in_order(database: BaseDatabaseWrapper, statements: Statements) -> None:
    """Every statement is recorded once, a savepoint's among them, until the record is cleared."""
    with transaction.atomic(using=database.alias):
        Group.objects.create(name="readers")
    assert [sql.split()[0] for sql in statements] == ["SAVEPOINT", "INSERT", "RELEASE"]
    statements.clear()
    assert Group.objects.exists()
    assert len(statements) == 1


@pytest.mark.django_db(databases=["default", "postgres"])
def test_both_databases_may_be_asked_at_once() -> None:
    """A test that names both aliases gets both, with the same tables."""
    assert [Permission.objects.using(alias).count() > 0 for alias in ("default", "postgres")] == [True, True]
