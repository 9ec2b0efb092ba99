"""Whoever changes a live table, and however: each change that is committed is in the feed once, and no other."""

from typing import Any

import pytest
from django.db import DatabaseError, connections, transaction
from django.db.models import F

from tests.unit.live.following import Follower, logged
from tests.zoo.models import Country, Food, Keeper, Shelf


class Undo(Exception):
    """Ends a transaction."""


def test_every_way_of_writing_is_seen_once(database: Any, transactional_db: None) -> None:
    """The ORM in each of its forms, and raw SQL; what changes nothing is no change."""
    with logged(database.alias, Food, Shelf) as feed:
        follower = Follower(feed, Food, Shelf)
        food = Food.objects.create(name="seed")
        key = (food.pk,)
        assert follower.seen() == [("insert", "zoo_food", None, key)]
        food.name = "nut"
        food.save()
        food.save()
        assert follower.seen() == [("update", "zoo_food", key, key)]
        Food.objects.update(name=F("name"))
        Food.objects.update(name="berry")
        assert follower.seen() == [("update", "zoo_food", key, key)]
        made = Food.objects.bulk_create([Food(name="a"), Food(name="b")])
        assert follower.seen() == [("insert", "zoo_food", None, (one.pk,)) for one in made]
        for one in made:
            one.name += "!"
        Food.objects.bulk_update(made, ["name"])
        assert follower.seen() == [("update", "zoo_food", (one.pk,), (one.pk,)) for one in made]
        Food.objects.bulk_create(
            [Food(pk=food.pk, name="c")], update_conflicts=True, update_fields=["name"], unique_fields=["id"]
        )
        Food.objects.bulk_create([Food(pk=food.pk, name="d")], ignore_conflicts=True)
        assert follower.seen() == [("update", "zoo_food", key, key)]
        with connections[database.alias].cursor() as cursor:
            cursor.execute("UPDATE zoo_food SET id = 77 WHERE id = %s", key)
            cursor.execute("DELETE FROM zoo_food WHERE id = 77")
        assert follower.seen() == [("update", "zoo_food", key, (77,)), ("delete", "zoo_food", (77,), None)]
        Food.objects.all().delete()
        assert sorted(follower.seen()) == [("delete", "zoo_food", (one.pk,), None) for one in made]
        Shelf.objects.create(room=1, place="a", label="")
        assert follower.seen() == [("insert", "zoo_shelf", None, (1, "a"))]


def test_cascades_are_seen(database: Any, transactional_db: None) -> None:
    """What goes with a row goes in the feed, also rows of the tables between many and many."""
    through = Keeper.likes.through
    with logged(database.alias, Keeper, through) as feed:
        country = Country.objects.create(code="fr", number=1, name="France")
        keeper = Keeper.objects.create(name="Jo", country=country)
        follower = Follower(feed, Keeper, through)
        keeper.likes.add(country)
        link = through.objects.get()
        assert follower.seen() == [("insert", through._meta.db_table, None, (link.pk,))]
        country.delete()
        assert sorted(follower.seen()) == [
            ("delete", "zoo_keeper", (keeper.pk,), None),
            ("delete", through._meta.db_table, (link.pk,), None),
        ]


def test_what_is_undone_is_not_seen(database: Any, transactional_db: None) -> None:
    """Neither a transaction nor a savepoint that was rolled back, nor what is not committed yet."""
    with logged(database.alias, Food) as feed:
        follower = Follower(feed, Food)
        try:
            with transaction.atomic(database.alias):
                Food.objects.create(name="never")
                raise Undo
        except Undo:
            pass
        with transaction.atomic(database.alias):
            first = Food.objects.create(name="first")
            try:
                with transaction.atomic(database.alias):
                    Food.objects.create(name="never")
                    raise Undo
            except Undo:
                pass
            last = Food.objects.create(name="last")
            if database.vendor == "postgresql":  # where one may ask inside a transaction that writes
                assert follower.seen() == []
        assert [key for _, _, _, key in follower.seen()] == [(first.pk,), (last.pk,)]


def test_whoever_may_write_is_logged(database: Any, transactional_db: None) -> None:
    """A role that may write the table and nothing else, and one that has put functions of its own into the path."""
    if database.vendor == "sqlite":
        pytest.skip("SQLite knows no users.")
    with logged(database.alias, Food) as feed, database.cursor() as cursor:
        follower = Follower(feed, Food)
        cursor.execute("CREATE ROLE zoo_keeper")
        cursor.execute("GRANT INSERT, SELECT ON zoo_food TO zoo_keeper; GRANT USAGE ON zoo_food_id_seq TO zoo_keeper")
        cursor.execute("CREATE SCHEMA trap AUTHORIZATION zoo_keeper; SET ROLE zoo_keeper")
        try:
            cursor.execute(TRAP)
            cursor.execute("INSERT INTO public.zoo_food (name) VALUES ('x') RETURNING id")
            [key] = cursor.fetchall()
            with pytest.raises(DatabaseError, match="permission denied"):
                cursor.execute("SELECT * FROM public.nuages_change")
        finally:
            cursor.execute("RESET ROLE; RESET search_path; DROP SCHEMA trap CASCADE")
            cursor.execute("DROP OWNED BY zoo_keeper; DROP ROLE zoo_keeper")
        assert follower.seen() == [("insert", "zoo_food", None, key)]


TRAP = """
CREATE FUNCTION trap.to_jsonb(anyelement) RETURNS jsonb LANGUAGE sql AS 'SELECT 1 / 0; SELECT NULL::jsonb';
CREATE FUNCTION trap.lower(text) RETURNS text LANGUAGE sql AS 'SELECT (1 / 0)::text';
SET search_path = trap, pg_catalog, public
"""


def test_all_at_once_is_told(database: Any, transactional_db: None) -> None:
    """TRUNCATE leaves no row to tell of: whoever follows begins again, and what came before is not judged."""
    if database.vendor == "sqlite":
        pytest.skip("SQLite has no TRUNCATE.")
    with logged(database.alias, Food) as feed, database.cursor() as cursor:
        follower = Follower(feed, Food)
        Food.objects.create(name="gone")
        cursor.execute("TRUNCATE zoo_food CASCADE")
        food = Food.objects.create(name="first")
        assert follower.seen() == [("truncate", "zoo_food", None, None), ("insert", "zoo_food", None, (food.pk,))]


def test_a_trigger_of_the_projects_comes_after(database: Any, transactional_db: None) -> None:
    """What one changes of the row that it was called for stands after the change that called it."""
    if database.vendor == "sqlite":
        pytest.skip("SQLite says nothing of the order of triggers.")
    with logged(database.alias, Food) as feed, database.cursor() as cursor:
        follower = Follower(feed, Food)
        cursor.execute(FOLLOW_UP)
        try:
            food = Food.objects.create(name="x")
        finally:
            cursor.execute("DROP TRIGGER a_first ON zoo_food; DROP FUNCTION zoo_follow_up()")
        assert follower.seen() == [
            ("insert", "zoo_food", None, (food.pk,)),
            ("update", "zoo_food", (food.pk,), (food.pk,)),
        ]


FOLLOW_UP = """
CREATE FUNCTION zoo_follow_up() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN UPDATE zoo_food SET name = name || '!' WHERE id = NEW.id; RETURN NULL; END $$;
CREATE TRIGGER a_first AFTER INSERT ON zoo_food FOR EACH ROW EXECUTE FUNCTION zoo_follow_up()
"""


def test_a_missing_log_stops_nothing_silently(database: Any, transactional_db: None) -> None:
    """PostgreSQL writes on, and warns; SQLite, whose triggers cannot ask, refuses the write."""
    with logged(database.alias, Food), database.cursor() as cursor:
        if database.vendor == "sqlite":
            cursor.execute("PRAGMA legacy_alter_table = ON")
        cursor.execute("ALTER TABLE nuages_change RENAME TO nuages_gone")
        try:
            if database.vendor == "sqlite":
                with pytest.raises(DatabaseError, match="nuages_change"):
                    Food.objects.create(name="x")
            else:
                heard: list[str] = []
                database.connection.add_notice_handler(lambda notice: heard.append(notice.message_primary))
                Food.objects.create(name="x")
                assert heard == ["nuages: a change of zoo_food is not logged: there is no table public.nuages_change"]
        finally:
            cursor.execute("ALTER TABLE nuages_gone RENAME TO nuages_change")
            if database.vendor == "sqlite":
                cursor.execute("PRAGMA legacy_alter_table = OFF")


def test_replacing_is_seen_with_recursive_triggers(database: Any, transactional_db: None) -> None:
    """SQLite tells of the row that INSERT OR REPLACE has deleted only so; of the new row always."""
    if database.vendor != "sqlite":
        pytest.skip("PostgreSQL has no such statement.")
    with logged(database.alias, Food) as feed, database.cursor() as cursor:
        follower = Follower(feed, Food)
        food = Food.objects.create(name="x")
        key = (food.pk,)
        follower.read()
        cursor.execute("INSERT OR REPLACE INTO zoo_food (id, name) VALUES (%s, 'y')", key)
        assert follower.seen() == [("insert", "zoo_food", None, key)]
        cursor.execute("PRAGMA recursive_triggers = ON")
        try:
            cursor.execute("REPLACE INTO zoo_food (id, name) VALUES (%s, 'z')", key)
        finally:
            cursor.execute("PRAGMA recursive_triggers = OFF")
        assert follower.seen() == [("delete", "zoo_food", key, None), ("insert", "zoo_food", None, key)]


def test_writers_notice_nothing(database: Any, transactional_db: None) -> None:
    """Neither in the key of the row that was inserted last, nor in how many rows were changed."""
    with logged(database.alias, Food), database.cursor() as cursor:
        cursor.execute("INSERT INTO zoo_food (id, name) VALUES (5000, 'x')")
        if database.vendor == "sqlite":
            assert cursor.lastrowid == 5000
            cursor.execute("SELECT last_insert_rowid()")
            assert cursor.fetchone() == (5000,)
        cursor.execute("UPDATE zoo_food SET name = 'y'")
        assert cursor.rowcount == 1
        assert Food.objects.filter(pk=5000).delete() == (1, {"zoo.Food": 1})


def test_a_log_that_begins_again_stops_no_write(database: Any, transactional_db: None) -> None:
    """`flush` lets the numbers of all tables begin again; rows of the old ones are then in the way of nobody."""
    with logged(database.alias, Food) as feed:
        Food.objects.create(name="old").delete()
        with database.cursor() as cursor:
            cursor.execute("DELETE FROM nuages_change")
            if database.vendor == "sqlite":
                cursor.execute("UPDATE sqlite_sequence SET seq = 0 WHERE name = 'nuages_change'")
            else:
                cursor.execute("ALTER TABLE nuages_change ALTER seq RESTART WITH 1")
        follower = Follower(feed, Food)
        food = Food.objects.create(name="new")
        Food.objects.update(name="newer")
        assert follower.seen() == [
            ("insert", "zoo_food", None, (food.pk,)),
            ("update", "zoo_food", (food.pk,), (food.pk,)),
        ]


def test_a_change_of_letters_alone_is_one(database: Any, transactional_db: None) -> None:
    """Also where a column takes them for the same; and a number that is spelled in another way, on PostgreSQL."""
    kind = "text COLLATE nocase" if database.vendor == "sqlite" else "numeric"
    values = ("'a'", "'A'") if database.vendor == "sqlite" else ("1.0", "1.00")
    with database.cursor() as cursor:
        cursor.execute(f"ALTER TABLE zoo_food ADD COLUMN kind {kind}")
        try:
            with logged(database.alias, Food) as feed:
                follower = Follower(feed, Food)
                cursor.execute(f"INSERT INTO zoo_food (name, kind) VALUES ('x', {values[0]})")
                cursor.execute(f"UPDATE zoo_food SET kind = {values[1]}")
                assert [change.op for change in follower.read()] == ["insert", "update"]
        finally:
            cursor.execute("ALTER TABLE zoo_food DROP COLUMN kind")
