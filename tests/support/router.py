"""Send every query to the database that the running test has chosen. No connection is opened here."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

# One value for the whole process, not a ContextVar: a process runs one test at a time,
# and the threads a test starts must see the same database as the test.
_alias = "default"


@contextmanager
def choose_database(alias: str) -> Iterator[None]:
    """Let reads and writes go to the database `alias` until the block ends."""
    global _alias
    before, _alias = _alias, alias
    try:
        yield
    finally:
        _alias = before


class ChosenDatabase:
    """Django's router protocol: reads and writes go to the chosen alias.

    Migrations and relations are left to Django: every database gets every table,
    and two objects may be related if they come from the same database.
    """

    def db_for_read(self, model: type[Any], **hints: Any) -> str:
        """Return the chosen alias."""
        return _alias

    def db_for_write(self, model: type[Any], **hints: Any) -> str:
        """Return the chosen alias."""
        return _alias
