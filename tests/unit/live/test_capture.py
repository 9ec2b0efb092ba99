"""Whoever changes a live table, and however: each change that is committed is in the feed once, and no other."""

from typing import Any

from django.db import connections, transaction
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
        assert [key for _, _, _, key in follower.seen()] == [(first.pk,), (last.pk,)]
