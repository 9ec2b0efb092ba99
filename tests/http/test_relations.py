"""Relations of every kind are shown as a plain ORM loop shows them, in one statement, on both databases."""

from typing import Any

import pytest

from tests.http.client import get, items
from tests.support.oracle import comparable, represent
from tests.zoo import api as zoo
from tests.zoo.data import fill_zoo, make_specimens
from tests.zoo.models import Animal, Badge, Bird, Box, Country, Food, Keeper, Parrot, Shelf, Specimen

RESOURCES: list[Any] = [
    ("countries", zoo.Countries, Country.objects.order_by("code"), lambda row: row.code),
    ("keepers", zoo.Keepers, Keeper.objects.order_by("id"), lambda row: row.id),
    ("badges", zoo.Badges, Badge.objects.order_by("keeper"), lambda row: row.keeper_id),
    ("animals", zoo.Animals, Animal.objects.order_by("id"), lambda row: row.id),
    ("birds", zoo.Birds, Bird.objects.order_by("name"), lambda row: row.pk),
    ("clever-parrots", zoo.Parrots, Parrot.objects.filter(wingspan__gte=10).order_by("pk"), lambda row: row.name),
    ("foods", zoo.Foods, Food.objects.order_by("id"), lambda row: row.id),
    ("shelves", zoo.Shelves, Shelf.objects.order_by("room", "place"), lambda row: f"{row.room},{row.place}"),
    ("boxes", zoo.Boxes, Box.objects.order_by("id"), lambda row: row.id),
]


@pytest.mark.parametrize("case", RESOURCES, ids=[case[0] for case in RESOURCES])
def test_a_list_and_its_members_are_what_the_orm_shows_in_one_statement_each(
    case: Any, database: Any, statements: Any
) -> None:
    """Keys of any type, self-relations, one-to-one, through tables, proxies: all in one statement."""
    name, resource, rows, key = case
    fill_zoo()
    expected = [(key(row), represent(row, resource.fields)) for row in rows.using(database.alias)]
    assert expected, "a test without rows would prove nothing"
    statements.clear()
    shown = items(f"/zoo/{name}")
    assert len(statements) == 1, statements
    assert comparable(shown) == comparable([document for _, document in expected])
    for path_key, document in expected:
        statements.clear()
        response = get(f"/zoo/{name}/{path_key}")
        assert (response.status_code, len(statements)) == (200, 1)
        assert comparable(response.json()) == comparable(document)


def test_computed_values_of_every_kind_are_exact(database: Any, statements: Any) -> None:
    """Arithmetic, text, aggregates over a generic relation, and a window over the whole list."""
    make_specimens()
    plain = [member for member in zoo.Figures.fields if getattr(member, "name", member) != "rank"]
    expected = [represent(row, plain) for row in Specimen.objects.using(database.alias).order_by("id")]
    statements.clear()
    shown = items("/zoo/figures")
    assert len(statements) == 1
    assert [row.pop("rank") for row in shown] == [3, 1, 4, 1]
    assert comparable(shown) == comparable(expected)


@pytest.mark.parametrize(
    ("question", "keys"),
    [
        ("rank=1", [2, 4]),
        ("rank__lte=3&order=-rank", [1, 2, 4]),
        ("note_count__gte=2&order=-note_count", [4, 3]),
        ("order=-average_id", [1, 4, 3, 2]),
        ("half=0.5", [1]),
        ("said__isnull=false&order=said,-id", [4, 3, 2, 1]),
    ],
)
def test_values_may_be_filtered_and_ordered_by(question: str, keys: list[int], database: Any) -> None:
    """A value enters the page query where it is asked for, and shows the same there."""
    make_specimens()
    assert [row["id"] for row in items(f"/zoo/figures?{question}")] == keys


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("keepers?country=33", ["Ann", "Dot"]),
        ("keepers?country__name=France&name=Dot", ["Dot"]),
        ("keepers?friends__name=Ann", ["Bob", "Cid"]),
        ("keepers?animal_count__gt=1&order=-name", ["Bob", "Ann"]),
        ("keepers?badge__number__lt=8", ["Ann"]),
        ("keepers?chief__chief__name=Ann", ["Cid"]),
        ("keepers?order=-country__name,name", ["Cid", "Ann", "Dot", "Bob"]),
        ("keepers?country__isnull=true", ["Cid"]),
        ("keepers?name=Ann&name=Cid", ["Ann", "Cid"]),
        ("keepers?name__in=Ann,Bob,Nobody", ["Ann", "Bob"]),
        ("birds?meals__name=seeds", ["Polly"]),
        ("birds?meals=2&order=-wingspan", ["Polly", "Pip"]),
        ("birds?order=eaten", ["Pip", "Polly", "Kea"]),
        ("birds?wingspan__gte=12.5&wingspan__lt=99", ["Polly"]),
    ],
)
def test_filters_lead_over_relations_without_repeating_a_row(question: str, names: list[str], database: Any) -> None:
    """To-one, to-many, through tables and back, with the meaning of Django's filter()."""
    fill_zoo()
    assert [row["name"] for row in items(f"/zoo/{question}")] == names


@pytest.mark.parametrize(
    ("question", "keys"),
    [
        ("shelves?load__gt=1", [(1, "a")]),
        ("shelves?order=-label", [(2, "a"), (1, "b"), (1, "a")]),
        ("shelves?order=load", [(2, "a"), (1, "a"), (1, "b")]),
        ("shelves?room=1&label=second", [(1, "b")]),
    ],
)
def test_a_composite_key_is_as_good_as_any(question: str, keys: list[Any], database: Any) -> None:
    """Values, filters and orders over a model whose key has two columns."""
    fill_zoo()
    assert [(row["room"], row["place"]) for row in items(f"/zoo/{question}")] == keys


@pytest.mark.parametrize(
    ("question", "keys"),
    [
        ("percent__gte=10&order=-percent", [2, 1]),
        ("select=it's %25s", [2]),
        ("parent__percent=10&order=percent", [2, 3]),
        ("kids__percent=20", [1]),
    ],
)
def test_names_with_blanks_percent_signs_and_quotes_are_only_names(
    question: str, keys: list[int], database: Any
) -> None:
    """Columns called "100% of %s" are quoted, never formatted; Django's own cursors cannot read them at all."""
    fill_zoo()
    assert [row["id"] for row in items(f"/zoo/odds?{question}")] == keys


def test_rows_with_odd_names_are_shown_whole(database: Any) -> None:
    """Every member of them, nested ones included."""
    fill_zoo()
    kids = [{"percent": 20}, {"percent": None}]
    assert get("/zoo/odds/1").json() == {
        **{"id": 1, "select": "100%", "percent": 10, "apostrophe": 10, "parent": None, "kids": kids}
    }
    assert get("/zoo/odds/3").json() == {
        **{"id": 3, "select": '"', "percent": None, "apostrophe": None, "parent": {"select": "100%"}, "kids": []}
    }


def test_a_manager_that_hides_rows_hides_them_at_every_depth(database: Any) -> None:
    """The dead animal is in no list, no nested list, and has no URL; an aggregate is the author's own."""
    fill_zoo()
    assert "Ghost" not in [row["name"] for row in items("/zoo/animals")]
    ann = next(row for row in items("/zoo/keepers") if row["name"] == "Ann")
    assert [animal["name"] for animal in ann["animals"]] == ["Rex"]
    assert get("/zoo/animals/2").status_code == 404
    assert [eater["name"] for eater in items("/zoo/foods")[0]["eaters"]] == ["Polly", "Polly"]
