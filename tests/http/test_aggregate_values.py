"""Aggregates over every kind of relation are what Django's annotate() gives, alone or several beside each other."""

import json
from typing import Any

import pytest
from django.db.models import Avg, Count, F, Max, Min, Q, Sum, Value
from django.db.models.functions import Coalesce

from nuages import API, Resource, anyone, nested, value
from nuages.declare.aggregates import over_children
from nuages.http.request import Request
from tests.support.oracle import comparable, represent
from tests.zoo.data import fill_zoo, make_specimens
from tests.zoo.models import Animal, Bird, Country, Food, Keeper, Shelf, Specimen

ALONE: list[tuple[Any, Any]] = [
    (Keeper, Count("animals")),
    (Keeper, Count("animals__name", distinct=True)),
    (Keeper, Max("animals__died")),
    (Keeper, Count("animals", filter=Q(animals__died__isnull=True))),
    (Keeper, Count("animals", filter=~Q(animals__name="Rex") | Q(animals__name__startswith="P", animals__id__gt=2))),
    (Keeper, Count("friends")),
    (Keeper, Min("friends__name")),
    (Keeper, Count("friends", filter=Q(friends__name="Bob"))),
    (Keeper, Count("likes__number")),
    (Keeper, Max("staff__country__name")),
    (Keeper, Count("staff__staff")),
    (Country, Count("keeper")),
    (Country, Max("keeper__name")),
    (Bird, Count("meals")),
    (Bird, Sum("meal__grams")),
    (Bird, Avg("meal__grams")),
    (Food, Count("eaters", distinct=True)),
    (Food, Max("eaters__wingspan")),
]
JOINED: list[tuple[Any, Any]] = [
    (Keeper, Count("animals") + 1),
    (Keeper, Coalesce(Max("animals__id"), 0)),
    (Keeper, Max("animals__id", default=7)),
    (Keeper, Count(Value(1))),
    (Keeper, Count("*")),
    (Keeper, Count("animals", filter=Q(name="Ann"))),
    (Keeper, Count("animals", filter=Q(animals__keeper__name=F("name")))),
    (Keeper, Sum(F("animals__id") * 2)),
    (Keeper, Max("country__name")),
    (Keeper, Max("badge__number")),
    (Shelf, Sum("boxes__weight")),
    (Specimen, Count("notes")),
]


def _named(case: tuple[Any, Any]) -> str:
    return f"{case[0].__name__}-{case[1]}"


def _declare(model: Any, fields: list[Any], **further: Any) -> API:
    api = API(title="Aggregates")
    rules = {"read": anyone}
    api.resource(model)(type("Things", (Resource,), {"fields": fields, "path": "things", "rules": rules, **further}))
    return api


def _ask(api: API, path: str, query: str = "") -> Any:
    response = api.handle(Request("GET", path, query, {}))
    assert response.status == 200, response.body
    return json.loads(response.body)


def _first(document: dict[str, Any]) -> str:
    return str(next(iter(document.values())))


def _fill() -> None:
    fill_zoo()
    make_specimens()


@pytest.mark.parametrize("case", [*ALONE, *JOINED], ids=_named)
def test_an_aggregate_is_what_annotate_gives_in_lists_members_orders_and_filters(case: Any, database: Any) -> None:
    """Childless rows too, for which a count is 0 and all others are absent."""
    model, expression = case
    _fill()
    fields = ["label" if model is Shelf else model._meta.pk.name, value("v", expression)]
    rows = list(model._default_manager.order_by("pk"))
    expected = [represent(row, fields) for row in rows]
    api = _declare(model, fields, ordering=["v"], filters=["v"])
    assert comparable(_ask(api, "/things")["items"]) == comparable(expected)
    for row, document in zip(rows, expected, strict=True):
        key = ",".join(str(part) for part in row.pk) if model is Shelf else row.pk
        assert comparable(_ask(api, f"/things/{key}")) == comparable(document)
    ordered = _ask(api, "/things", "order=v")["items"]
    assert comparable(sorted(ordered, key=_first)) == comparable(sorted(expected, key=_first))
    absent = [document for document in expected if document["v"] is None]
    assert len(_ask(api, "/things", "v__isnull=true")["items"]) == len(absent)


@pytest.mark.parametrize("case", ALONE, ids=_named)
def test_a_plain_aggregate_reads_the_related_rows_alone(case: Any) -> None:
    """The row it belongs to is not joined; a filter is taken along."""
    found = over_children(*case)
    assert found is not None
    assert found.model is not case[0] or case[0] is Keeper  # friends and staff are keepers themselves


@pytest.mark.parametrize("case", JOINED, ids=_named)
def test_any_other_expression_stays_as_it_was_written(case: Any) -> None:
    """Where nulls might count, or a relation is of another kind."""
    assert over_children(*case) is None


def test_aggregates_beside_their_relation_do_not_multiply(database: Any, statements: Any) -> None:
    """Several relations and several aggregates over each, one relation shown beside its own aggregates."""
    _fill()
    fields = [
        "id",
        nested("animals", "name"),
        value("count", Count("animals")),
        value("last", Max("animals__name")),
        value("living", Count("animals", filter=Q(animals__died__isnull=True))),
        nested("friends", "name", nested("animals", "name"), value("fed", Count("animals"))),
        value("friend_count", Count("friends")),
        nested("staff", "name", nested("country", "name"), value("led", Count("staff"))),
        value("staff_count", Count("staff")),
        value("staff_names", Count("staff__name", distinct=True)),
    ]
    expected = [represent(row, fields) for row in Keeper.objects.order_by("id")]
    api = _declare(Keeper, fields)
    statements.clear()
    assert comparable(_ask(api, "/things")["items"]) == comparable(expected)
    assert len(statements) == 1


def test_a_hidden_row_is_counted_though_it_is_not_shown(database: Any) -> None:
    """A rule, a filter and a default manager narrow what a relation shows, never what an aggregate counts."""
    _fill()
    fields = [
        "name",
        nested("animals", "name"),
        value("n", Count("animals")),
        nested("staff", "name"),
        value("s", Count("staff")),
    ]
    api = _declare(Keeper, fields)
    api.resource(Animal)(type("Animals", (Resource,), {"fields": ["id"], "rules": {"read": lambda _: Q(name="Rex")}}))
    ann, bob = _ask(api, "/things")["items"][:2]
    assert ([animal["name"] for animal in ann["animals"]], ann["n"]) == (["Rex"], 2)
    assert ([animal["name"] for animal in bob["animals"]], bob["n"]) == ([], 3)
    assert ([keeper["name"] for keeper in ann["staff"]], ann["s"]) == (["Bob", "Dot"], 2)


def test_relations_through_relations_are_the_same_at_every_depth(database: Any, statements: Any) -> None:
    """To one inside to many inside to one, four deep, absent ones included."""
    _fill()
    inner = nested("keeper", "name", nested("country", "name", nested("keeper_set", "name")), nested("chief", "name"))
    fields = ["name", nested("keeper", "name", nested("animals", "name", inner), nested("friends", "name"))]
    expected = [represent(row, fields) for row in Animal.objects.order_by("id")]
    statements.clear()
    assert comparable(_ask(_declare(Animal, fields), "/things")["items"]) == comparable(expected)
    assert len(statements) == 1
