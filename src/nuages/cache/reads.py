"""Note what the statements of a call have read, and tell whether its answer may be kept, and on which tables it stands.

Every statement counts that the call sends through Django's connections, on whichever thread its context reaches. What
one thing alone spoils is spoilt: a change, a transaction, the clock, a view, a database that may be behind.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any

from django.apps import apps
from django.db import connections, router

from nuages.cache.tables import EVERY_TABLE, known_tables, tables_changed, tables_read, words_of
from nuages.cache.unkept import is_keepable

reads_under_way: ContextVar[Reads | None] = ContextVar("nuages.reads", default=None)
"""Where to note what is read now; None where nobody wants to know."""


class Reads:
    """What a call has read so far, by database."""

    def __init__(self) -> None:
        self._tables: dict[str, set[str]] = {}
        self._words: dict[str, set[str]] = {}  # a view that no model has is told by its name
        self._is_spoilt = False

    def note(self, alias: str, text: str, *, is_changing: bool) -> None:
        """Note a statement; `is_changing` where it runs inside a transaction."""
        read = tables_read(text)
        if is_changing or read is None or tables_changed(text):
            self._is_spoilt = True
        else:
            self._tables.setdefault(alias, set()).update(read)
            self._words.setdefault(alias, set()).update(words_of(text))

    @property
    def aliases(self) -> tuple[str, ...]:
        """The databases that were asked."""
        return tuple(self._tables)

    def tables(self) -> tuple[str, ...] | None:
        """The tables that an answer stands on; None where it must not be kept.

        Raises: django.db.Error where a database cannot be asked which of its tables are none.
        """
        if self._is_spoilt:
            return None
        for alias, read in self._tables.items():
            if not (_is_home(alias, read) and is_keepable(connections[alias], read | self._words[alias])):
                return None
        return (*sorted(set().union(*self._tables.values()) - {EVERY_TABLE}), EVERY_TABLE)


@contextmanager
def noting(reads: Reads) -> Iterator[None]:
    """Note what is read until the end."""
    token = reads_under_way.set(reads)
    try:
        yield
    finally:
        reads_under_way.reset(token)


def every_table() -> tuple[str, ...]:
    """All tables whose versions may matter, before anybody knows which do."""
    return (*sorted(known_tables()), EVERY_TABLE)


def _is_home(alias: str, tables: Iterable[str]) -> bool:
    """Whether these tables are changed where they were read: a replica, say, may be behind."""
    return not router.routers or all(_home(table) in ("", alias) for table in tables)


def _home(table: str) -> str:
    """The database where a table is changed; empty for what is no model's."""
    model = _models().get(table)
    return "" if model is None else str(router.db_for_write(model))


@cache
def _models() -> Mapping[str, Any]:
    return {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}
