"""What a statement reads and changes: never less than it does."""

import pytest
from django.apps import apps

from nuages.cache.tables import EVERY_TABLE, tables_changed, tables_read

BOOK, REVIEW = "shop_book", "shop_review"

CHANGED = {
    'SELECT "shop_book"."id" FROM "shop_book"': set(),
    'SELECT "shop_book"."id" FROM "shop_book" FOR UPDATE': set(),
    "  select 1 ": set(),
    "(SELECT 1) UNION (SELECT 2)": set(),
    'WITH b AS (SELECT * FROM "shop_book") SELECT * FROM b': set(),
    'INSERT INTO "shop_book" ("title") VALUES (%s) RETURNING "shop_book"."id"': {BOOK},
    'INSERT OR IGNORE INTO "shop_book_tags" VALUES (1)': {"shop_book_tags"},
    "REPLACE INTO shop_book VALUES (1)": {BOOK},
    'UPDATE "shop_book" SET "price" = (SELECT 1 FROM "shop_review")': {BOOK},
    "UPDATE ONLY shop_book SET price = 1": {BOOK},
    'update "public"."shop_book" set price = 1': {BOOK},
    'DELETE FROM "shop_book" WHERE "id" IN (1)': {BOOK},
    "-- by hand\n/* all\nof it */ DELETE FROM shop_book": {BOOK},
    "UPDATE elsewhere SET a = 1": set(),
    'WITH old AS (DELETE FROM "shop_review" RETURNING *) SELECT * FROM old': {REVIEW},
    "WITH b AS (SELECT 1 FROM shop_book) INSERT INTO shop_review SELECT * FROM b": {BOOK, REVIEW},
    "UPDATE shop_book SET price = 1; DELETE FROM shop_review": {BOOK, REVIEW},
    "SELECT 1; DROP TABLE shop_book": {EVERY_TABLE},
    "UPDATE shop_book SET price = 1; TRUNCATE shop_review": {EVERY_TABLE},
    "TRUNCATE shop_book CASCADE": {EVERY_TABLE},
    "ALTER TABLE shop_book ADD x int": {EVERY_TABLE},
    "CALL restock()": {EVERY_TABLE},
    "DO $$ BEGIN DELETE FROM shop_book; END $$": {EVERY_TABLE},
    "MERGE INTO shop_book USING x ON true WHEN MATCHED THEN DELETE": {EVERY_TABLE},
    "COPY shop_book FROM STDIN": {EVERY_TABLE},
    "EXPLAIN SELECT 1 FROM shop_book": set(),
    "EXPLAIN ANALYZE DELETE FROM shop_book": {EVERY_TABLE},
    'SAVEPOINT "s1"': set(),
    "ROLLBACK TO SAVEPOINT s1": set(),
    "BEGIN IMMEDIATE": set(),
    "SET search_path = a": set(),
    "PRAGMA foreign_keys = ON": set(),
    "": set(),
    "-- nothing": set(),
}


@pytest.mark.parametrize(("text", "tables"), CHANGED.items(), ids=[str(n) for n in range(len(CHANGED))])
def test_what_a_statement_may_change(text: str, tables: set[str]) -> None:
    """The tables it writes to; all of them where that cannot be told."""
    assert tables_changed(text) == tables


def test_what_a_statement_reads() -> None:
    """Every table that it names, wherever; and whatever changes everything."""
    text = 'SELECT (SELECT json_group_array(1) FROM "shop_review" U0) FROM "shop_book" JOIN "shop_author" ON true'
    assert tables_read(text) == ("shop_author", BOOK, REVIEW, EVERY_TABLE)


@pytest.mark.parametrize(
    "part",
    ["NOW()", "STATEMENT_TIMESTAMP()", "CURRENT_DATE", "random()", "STRFTIME('%%Y', 'NOW')", "current_setting('a.b')"],
)
def test_what_moves_by_itself_has_no_tables(part: str) -> None:
    """The clock, chance and the session's own settings are told of by no change."""
    assert tables_read(f'SELECT {part} FROM "shop_book"') is None


def test_a_word_inside_another_names_nothing() -> None:
    """`shop_book` is not read where `shop_bookshop` is, nor by a column of its name's part."""
    assert tables_read("SELECT shop_books.shop FROM shop_books") == (EVERY_TABLE,)


def test_what_the_database_deletes_by_itself_is_changed_too() -> None:
    """Foreign keys that the database follows are, where Django has them (6.1)."""
    for model in apps.get_models():
        for field in model._meta.local_fields:
            follows = getattr(field.remote_field, "on_delete", None)
            if hasattr(follows, "on_delete_sql"):
                other = field.remote_field.model._meta.db_table
                assert model._meta.db_table in tables_changed(f'DELETE FROM "{other}"')
