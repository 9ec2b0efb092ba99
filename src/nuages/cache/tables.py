"""Turn the text of a statement into the tables that it reads, or that it may change. Nothing here asks a database.

What cannot be told is taken for more, never for less: an entry too many is computed again, one too few would be wrong.
Functions that write when they are selected, and COPY through the driver's own cursor, cannot be seen here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from typing import Any

from django.apps import apps

EVERY_TABLE = "*"
"""Stands among the tables of a plan, too, so that what may have changed any of them reaches all."""
_WORD = re.compile(r"\w+")
_COMMENT = re.compile(r"/\*.*?\*/|--[^\n]*", re.DOTALL)
_CHANGE = re.compile(
    r"(?:INSERT\s+(?:OR\s+\w+\s+)?INTO|REPLACE\s+INTO|UPDATE(?:\s+OR\s+\w+)?|DELETE\s+FROM)\s+(?:ONLY\s+)?"
    r"(?P<table>[\w\".]+)",
    re.IGNORECASE,
)
_CHANGES_NOTHING = re.compile(
    r"(SELECT|VALUES|TABLE|SAVEPOINT|RELEASE|ROLLBACK|BEGIN|START|COMMIT|END|SET|RESET|SHOW|PRAGMA|ANALYZE|VACUUM|LOCK"
    r"|LISTEN|UNLISTEN|NOTIFY|DECLARE|FETCH|MOVE|CLOSE|DEALLOCATE|DISCARD|CHECKPOINT|CLUSTER|REINDEX|COMMENT|ATTACH)\b",
    re.IGNORECASE,
)
_EXPLAINS = re.compile(r"EXPLAIN\b(?!.*\bANALY[SZ]E\b)", re.IGNORECASE | re.DOTALL)
_MOVING = re.compile(  # the clock and chance answer otherwise each time
    r"\b(NOW|RANDOM|CLOCK_TIMESTAMP|STATEMENT_TIMESTAMP|TRANSACTION_TIMESTAMP|TIMEOFDAY|GEN_RANDOM_UUID|UUIDV[47]|RANDOMBLOB"
    r"|CURRENT_SETTING|CURRENT_USER|SESSION_USER|DJANGO_DATETIME_NOW|NEXTVAL|CURRVAL|LASTVAL|TXID_CURRENT)\b"
    r"|\bCURRENT_(DATE|TIME|TIMESTAMP)\b|\bLOCALTIME(STAMP)?\b|'NOW'",
    re.IGNORECASE,
)
_MOST_KEPT = 4_096
_LONGEST_KEPT = 20_000


@cache
def known_tables() -> Mapping[str, frozenset[str]]:
    """The tables of all models, with the words of each name; read once, when all models are loaded."""
    models = apps.get_models(include_auto_created=True, include_swapped=True)
    return {model._meta.db_table: words_of(model._meta.db_table) for model in models}


@lru_cache(maxsize=2_000)
def tables_read(text: str) -> tuple[str, ...] | None:
    """The tables that a statement reads, in order; None where its answer moves by itself: with the clock, by chance."""
    if _MOVING.search(text):
        return None
    return (*sorted(_mentioned(text)), EVERY_TABLE)


def tables_changed(text: str) -> frozenset[str]:
    """The tables that a statement may change: none, some, or EVERY_TABLE."""
    if text.startswith("SELECT ") and ";" not in text:  # nearly all that Django sends
        return frozenset()
    return _read(text) if len(text) > _LONGEST_KEPT else _read_and_keep(text)


def _read(text: str) -> frozenset[str]:
    plain = _COMMENT.sub(" ", text).strip().lstrip("( \t\r\n").rstrip("; \t\r\n")
    if ";" in plain or plain[:4].upper() == "WITH":
        return _of_many(plain)
    if not plain or _CHANGES_NOTHING.match(plain) or _EXPLAINS.match(plain):
        return frozenset()
    change = _CHANGE.match(plain)
    if change is None:
        return frozenset((EVERY_TABLE,))
    return _with_dependents(_mentioned(change["table"]), deletes=plain[:6].upper() == "DELETE")


_read_and_keep = lru_cache(maxsize=_MOST_KEPT)(_read)


def _of_many(plain: str) -> frozenset[str]:
    """Several statements, or one with parts that may change something: whatever is named is taken for changed."""
    if not re.search(r"\b(INSERT|UPDATE|DELETE|REPLACE|MERGE)\b", plain, re.IGNORECASE):
        is_question = re.fullmatch(r"WITH\b[^;]*", plain, re.IGNORECASE)
        return frozenset() if is_question else frozenset((EVERY_TABLE,))
    if re.search(r"\b(CALL|DO|EXECUTE|TRUNCATE|ALTER|DROP)\b", plain, re.IGNORECASE):
        return frozenset((EVERY_TABLE,))
    return _with_dependents(_mentioned(plain), deletes=True)


def _mentioned(text: str) -> set[str]:
    words = words_of(text)
    return {table for table, parts in known_tables().items() if parts <= words}


def words_of(text: str) -> frozenset[str]:
    """The words of a text, among which the names of tables are."""
    return frozenset(_WORD.findall(text))


def _with_dependents(tables: Iterable[str], *, deletes: bool) -> frozenset[str]:
    """Add the tables whose rows the database itself deletes or changes with those of others."""
    found, new = set(tables), set(tables) if deletes else set()
    while new:
        new = {each for table in new for each in _dependents().get(table, ())} - found
        found |= new
    return frozenset(found)


@cache
def _dependents() -> Mapping[str, frozenset[str]]:
    """By table, the tables whose foreign keys the database follows on a deletion.

    Source: docs.djangoproject.com/en/6.1/ref/models/fields, "DB_CASCADE".
    """
    found: dict[str, set[str]] = {}
    for model in apps.get_models(include_auto_created=True, include_swapped=True):
        for field in model._meta.local_fields:
            relation: Any = field.remote_field
            if relation is not None and hasattr(relation.on_delete, "on_delete_sql"):
                target = relation.model._meta.db_table
                found.setdefault(target, set()).add(model._meta.db_table)
    return {table: frozenset(others) for table, others in found.items()}
