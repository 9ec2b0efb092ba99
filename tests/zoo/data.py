"""A small zoo with every relation in it, absent ones included."""

import datetime as dt
import uuid
from decimal import Decimal

from django.db import connections, router

from tests.zoo.models import Animal, Badge, Bird, Box, Country, Food, Keeper, Meal, Odd, Shelf, Specimen


def fill_zoo() -> None:
    """Make the rows, with the same keys on every database."""
    _make_keepers()
    _make_animals()
    _make_shelves()
    _make_odds()


def _key(number: int) -> uuid.UUID:
    return uuid.UUID(int=number)


def _make_keepers() -> None:
    france, spain, japan = (
        Country.objects.create(code=code, number=number, name=name)
        for code, number, name in [("FR", 33, "France"), ("ES", 34, "España"), ("JP", 81, "日本")]
    )
    ann = Keeper.objects.create(id=_key(1), name="Ann", country=france)
    bob = Keeper.objects.create(id=_key(2), name="Bob", chief=ann, country=spain)
    cid = Keeper.objects.create(id=_key(3), name="Cid", chief=bob)
    Keeper.objects.create(id=_key(4), name="Dot", chief=ann, country=france)
    Badge.objects.create(keeper=ann, number=7)
    Badge.objects.create(keeper=cid, number=9)
    ann.friends.add(bob, cid)
    ann.likes.add(japan, france)


def _make_animals() -> None:
    seeds, fish = Food.objects.create(id=1, name="seeds"), Food.objects.create(id=2, name="fish")
    Animal.everything.create(id=1, name="Rex", keeper_id=_key(1))
    Animal.everything.create(id=2, name="Ghost", keeper_id=_key(1), died=dt.date(2020, 1, 1))
    for number, name, span in [(3, "Polly", "12.50"), (4, "Pip", "0.75"), (5, "Kea", "99.00")]:
        Bird.everything.create(id=number, name=name, wingspan=Decimal(span), keeper_id=_key(2))
    Bird.everything.create(id=6, name="Dodo", wingspan=Decimal(50), died=dt.date(1662, 1, 1))
    for bird, food, grams in [(3, seeds, 5), (3, seeds, 7), (3, fish, 1), (4, fish, 2), (6, seeds, 100)]:
        Meal.objects.create(bird_id=bird, food=food, grams=grams)


def _make_shelves() -> None:
    for room, place, label in [(1, "a", "first"), (1, "b", "second"), (2, "a", "third")]:
        Shelf.objects.create(room=room, place=place, label=label)
    for number, (room, place, weight) in enumerate([(1, "a", 1.5), (1, "a", 2.25), (2, "a", 0.1)], start=1):
        Box.objects.create(id=number, room=room, place=place, weight=weight)


def _make_odds() -> None:
    """Without parameters: Django itself cannot write to a column with a percent sign in its name."""
    connection = connections[router.db_for_write(Odd)]
    columns = '"id", "sel ect", "100% of %s", "it\'s %% odd", "the parent\'s"'
    rows = "(1, '100%', 10, 10, NULL), (2, 'it''s %s', 20, 20, 1), (3, '\"', NULL, NULL, 1)"
    with connection.cursor() as cursor:
        cursor.execute(f"""INSERT INTO "zoo odd's 100%" ({columns}) VALUES {rows}""")


def make_specimens() -> None:
    """A few specimens with figures to compute."""
    for number, integer, decimal in [(1, 5, "1.000"), (2, 9, "2.500"), (3, None, None), (4, 9, "0.001")]:
        specimen = Specimen.objects.create(id=number, integer=integer, decimal=decimal and Decimal(decimal))
        for note in range(number - 1):
            specimen.notes.create(text=f"note {note}")
