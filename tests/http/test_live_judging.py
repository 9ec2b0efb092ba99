"""A change is to a watched list what the list itself would show: inserted, changed, removed, or nothing."""

import json
import random
import uuid
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db.models import Q

from nuages import API, Resource, field, owner, staff
from nuages.execute.run import execute
from nuages.http.request import Request
from nuages.identify.principal import Principal
from nuages.live.interests import Interest, interest_of
from nuages.live.judging import Event, judge, rounds_of
from shop.models import Review
from tests.http.asking import ask, serve
from tests.http.imaging import begin_logging, logged
from tests.zoo.models import Country, Keeper, Odd, Shelf

api = API(title="Judged", authenticate=[])


@api.resource(Review)
class Reviews(Resource):
    fields = ["id", "stars", "user_name", field("body", visible=staff)]
    filters = ["stars", "book", "user_name"]
    search = ["body", "user_name"]
    rules = {"read": owner("user") | (lambda _principal: Q(stars__gte=4)) | staff}


def interest(url: str, user: Any = None) -> Interest:
    """What a list shows to somebody."""
    path, _, query = url.partition("?")
    pipeline = api.build().pipeline
    return interest_of(*pipeline.prepare(Request("GET", path, query, {}), Principal(user)), pipeline.plans)


def shown(url: str, user: Any = None) -> dict[int, Any]:
    """What a list shows to somebody now, by key."""
    path, _, query = url.partition("?")
    _, read = api.build().pipeline.prepare(Request("GET", path, f"{query}&limit=200", {}), Principal(user))
    rows = execute(read.connection, read.plan.statement.text, read.plan.statement.bind(read.values)).documents
    finish = read.plan.finish or (lambda document: document)
    return {row["id"]: row for row in map(json.loads, map(finish, rows))}


def told(events: list[Event]) -> list[tuple[str, Any]]:
    """What events say."""
    return [(event.kind, json.loads(event.data)) for event in events]


def difference(before: dict[int, Any], after: dict[int, Any]) -> list[tuple[str, Any]]:
    """What has become of a list by one change."""
    gone = [("removed", {"id": key}) for key in before if key not in after]
    changed = [("changed", row) for key, row in after.items() if key in before and before[key] != row]
    return gone + changed + [("inserted", row) for key, row in after.items() if key not in before]


@pytest.mark.parametrize("seed", range(2))
def test_each_change_is_what_the_list_shows_of_it(shop: Any, seed: int) -> None:
    """Random changes, judged when all are done, are the differences of the list from change to change, for anybody."""
    chance = random.Random(seed)
    people = {name: get_user_model().objects.get(username=name) for name in ("ann", "sam")}
    urls = ["/reviews", "/reviews?stars__gte=3", "/reviews?search=good&stars__lt=5", "/reviews?fields=id&user_name!=Bo"]
    watched = [(url, user) for url in urls for user in (None, *people.values())]
    book = Review.objects.values_list("book", flat=True)[0]
    begin_logging(shop, Review)
    expected: list[list[Any]] = [[] for _ in watched]
    now, changes = [shown(url, user) for url, user in watched], 0
    for _ in range(60):
        _change(chance, list(people.values()), book)
        before, now = now, [shown(url, user) for url, user in watched]
        is_logged = len(logged(shop, Review)) > changes
        for old, new, listed in zip(before, now, expected, strict=True):
            found = difference(old, new)
            assert is_logged or not found
            if found:
                listed.append((changes, found))
        changes += is_logged
    rounds = rounds_of(shop, Review, logged(shop, Review))
    assert 1 < len(rounds) < changes
    for (url, user), listed in zip(watched, expected, strict=True):
        judged = judge(rounds, interest(url, user))
        assert [(number, told(events)) for number, events in judged] == listed
    assert sum(map(bool, expected)) >= len(watched) - 2  # a body that is hidden from somebody is found by none of them


def _change(chance: random.Random, people: list[Any], book: int) -> None:
    values = {
        "stars": chance.randint(1, 5), "user": chance.choice([None, *people]), "body": chance.choice(["good", "bad"]),
        "user_name": chance.choice(["Al", "Bo"]), "book_id": book,
    }  # fmt: skip
    keys = list(Review.objects.values_list("pk", flat=True).order_by("pk")[:25])
    key, what = chance.choice(keys), chance.choice("cuuuud")
    if what == "c":
        Review.objects.create(pk=max(keys) + 1000 + chance.randint(0, 10**6), **values)
    elif what == "d":
        Review.objects.filter(pk=key).delete()
    else:
        name = chance.choice(list(values))
        Review.objects.filter(pk=key).update(**{name: values[name]})


KEYS: list[tuple[Any, dict[str, Any], str, dict[str, Any]]] = [
    (Country, {"code": "FR", "number": 1, "name": "France"}, "name", {}),
    (Country, {"code": "FR", "number": 1, "name": "France"}, "name", {"key": "number"}),
    (Keeper, {"id": uuid.UUID(int=7), "name": "Ann"}, "name", {}),
    (Shelf, {"room": 1, "place": "a", "label": "x"}, "label", {}),
]


@pytest.mark.parametrize(("model", "values", "name", "attributes"), KEYS)
def test_rows_are_told_apart_by_any_key(
    model: Any, values: dict[str, Any], name: str, attributes: dict[str, Any], database: Any
) -> None:
    """Texts, UUIDs, keys of two columns; a removed row is named by the URL's key."""
    served = serve(rows=(model, {"fields": [*values], "live": True, **attributes}))
    row = model.objects.create(**values)
    begin_logging(database, model)
    same = model.objects.filter(pk=row.pk)
    same.update(**{name: 9 if isinstance(values[name], int) else "other"})
    changed = ask(served, "/rows")["items"][0]
    same.delete()
    model.objects.create(**values)
    shown_again = ask(served, "/rows")["items"][0]
    pipeline = served.build().pipeline
    watched = interest_of(*pipeline.prepare(Request("GET", "/rows", "", {}), Principal()), pipeline.plans)
    judged = judge(rounds_of(database, model, logged(database, model)), watched)
    key = {column.name: changed[column.name] for column in watched.spec.key}
    assert [told(events) for _, events in judged] == [
        [("changed", changed)],
        [("removed", key)],
        [("inserted", shown_again)],
    ]


def test_a_key_of_the_url_that_changes_is_another_member(database: Any) -> None:
    """The old one is removed, the new one inserted, though the row is the same."""
    served = serve(rows=(Country, {"fields": ["code", "number"], "live": True, "key": "number"}))
    Country.objects.create(code="FR", number=1)
    begin_logging(database, Country)
    Country.objects.update(number=2)
    pipeline = served.build().pipeline
    watched = interest_of(*pipeline.prepare(Request("GET", "/rows", "", {}), Principal()), pipeline.plans)
    ((_, events),) = judge(rounds_of(database, Country, logged(database, Country)), watched)
    assert told(events) == [("removed", {"number": 1}), ("inserted", {"code": "FR", "number": 2})]


def test_odd_names_of_tables_and_columns_mean_what_they_say(database: Any) -> None:
    """Blanks, percent signs, `%s` and apostrophes, in the table that images stand in for and in its columns."""
    served = serve(rows=(Odd, {"fields": ["id", "select", "percent"], "filters": ["percent"], "live": True}))
    begin_logging(database, Odd)
    with database.cursor() as cursor:
        for text in (
            """INSERT INTO "zoo odd's 100%" (id, "sel ect", "100% of %s") VALUES (5, 'x', 1)""",
            """UPDATE "zoo odd's 100%" SET "100% of %s" = 2""",
            """UPDATE "zoo odd's 100%" SET "100% of %s" = 3""",
        ):
            cursor.execute(text)
    pipeline = served.build().pipeline
    watched = interest_of(*pipeline.prepare(Request("GET", "/rows", "percent=2", {}), Principal()), pipeline.plans)
    judged = judge(rounds_of(database, Odd, logged(database, Odd)), watched)
    row = {"id": 5, "select": "x", "percent": 2}
    assert [(number, told(events)) for number, events in judged] == [
        (1, [("inserted", row)]),
        (2, [("removed", {"id": 5})]),
    ]
