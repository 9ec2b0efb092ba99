"""Pages walked forwards and backwards show every matching row once, in the order that Python gives."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from django.db.models import Count, F
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nuages import API, Resource, anyone, value
from tests.http.asking import ask as ask_api
from tests.http.client import on_each_database
from tests.zoo.models import Animal, Badge, Country, Keeper, Specimen

api = API(title="Walks")


@api.resource(Keeper)
class Keepers(Resource):
    fields = ["id", "name", value("animal_count", Count("animals"))]
    filters = ["name", "chief", "country__name"]
    ordering = ["name", "chief__name", "country__name", "badge__number", "animal_count", "chief__chief__country__name"]
    rules = {"read": anyone}


@api.resource(Specimen)
class Specimens(Resource):
    fields = ["id", value("sum", F("integer") + F("small"))]
    filters = ["integer", "char"]
    ordering = ["integer", "small", "char", "boolean", "sum", "id"]
    rules = {"read": anyone}


Row = dict[str, Any]
Term = tuple[str, str, str]


def ask(url: str) -> Any:
    """One page, by its URL."""
    return ask_api(api, url)


def ids(page: Any) -> list[Any]:
    """The keys of one page."""
    return [row["id"] for row in page["items"]]


def spell(terms: list[Term]) -> str:
    """Write an order as a client does."""
    return ",".join(f"{sign}{name}{nulls}" for name, sign, nulls in terms)


def in_order(rows: list[Row], terms: list[Term]) -> list[Any]:
    """The keys of rows, sorted by Python; the key breaks ties, ascending."""
    found = sorted(rows, key=lambda row: row["id"])
    for name, sign, nulls in reversed(terms):
        first = nulls == "__nulls_first" or (not nulls and sign == "-")
        present = [row for row in found if row[name] is not None]
        absent = [row for row in found if row[name] is None]
        present.sort(key=lambda row, name=name: row[name], reverse=sign == "-")  # type: ignore[misc]
        found = absent + present if first else present + absent
    return [row["id"] for row in found]


def walk_both_ways(url: str) -> list[Any]:
    """Every key on the way forwards; the way back shows the same pages, and each of them leads on again."""
    pages = [ask(url)]
    assert pages[0]["previous"] is None
    while pages[-1]["next"]:
        pages.append(ask(pages[-1]["next"]))
    for before, after in reversed([*pairwise(pages)]):
        back = ask(after["previous"])
        assert ids(back) == ids(before)
        assert ids(ask(back["next"])) == ids(after)
        assert (back["previous"] is None) == (before is pages[0])
    here = pages[-1]
    for before in reversed(pages[:-1]):  # and on the links of the way back alone
        here = ask(here["previous"])
        assert here["items"] == before["items"]
    assert here["previous"] is None
    return [key for page in pages for key in ids(page)]


def terms_of(names: list[str]) -> st.SearchStrategy[list[Term]]:
    """Any order over some names."""
    nulls = st.sampled_from(["", "", "__nulls_first", "__nulls_last"])
    term = st.tuples(st.sampled_from(names), st.sampled_from(["", "-"]), nulls)
    return st.lists(term, max_size=3, unique_by=lambda term: term[0])


FEW: dict[str, list[Any]] = {
    "integer": [0, 1, -5],
    "small": [0, 3],
    "char": ["", "a", "B", "é"],
    "boolean": [False, True],
}
ROWS = st.lists(st.fixed_dictionaries({n: st.none() | st.sampled_from(few) for n, few in FEW.items()}), max_size=20)
quick = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


@quick
@given(rows=ROWS, terms=terms_of([*FEW, "sum"]), limit=st.integers(1, 7), wanted=st.sampled_from([None, 0, 1]))
@pytest.mark.django_db(databases="__all__")
def test_columns_and_values(rows: list[Row], terms: list[Term], limit: int, wanted: int | None) -> None:
    """Ties and nulls in every column, any directions, with a filter or without."""
    full = [{"id": n, **row, "sum": _sum(row["integer"], row["small"])} for n, row in enumerate(rows, start=1)]
    matching = [row for row in full if wanted is None or row["integer"] == wanted]
    question = f"limit={limit}&order={spell(terms)}" + ("" if wanted is None else f"&integer={wanted}")
    for connection in on_each_database():
        Specimen.objects.all().delete()
        Specimen.objects.bulk_create(Specimen(id=n, **row) for n, row in enumerate(rows, start=1))
        assert walk_both_ways(f"/specimens?{question}") == in_order(matching, terms), connection.vendor


def _sum(left: int | None, right: int | None) -> int | None:
    return None if left is None or right is None else left + right


KEEPERS = st.lists(
    st.fixed_dictionaries(
        {
            "name": st.sampled_from(["Ann", "Bob"]),
            "chief": st.none() | st.integers(0, 11),
            "country": st.none() | st.integers(0, 2),
            "badge": st.none() | st.integers(0, 2),
            "animals": st.integers(0, 2),
        }
    ),
    max_size=12,
)


@quick
@given(rows=KEEPERS, terms=terms_of(Keepers.ordering), limit=st.integers(1, 5))  # type: ignore[arg-type]
@pytest.mark.django_db(databases="__all__")
def test_relations_and_aggregates(rows: list[Row], terms: list[Term], limit: int) -> None:
    """Paths that lead nowhere for some rows, through one relation or three, and a count of another."""
    for connection in on_each_database():
        full = _fill_keepers(rows)
        assert walk_both_ways(f"/keepers?limit={limit}&order={spell(terms)}") == in_order(full, terms), (
            connection.vendor
        )


def _fill_keepers(rows: list[Row]) -> list[Row]:
    Animal.everything.all().delete()
    Keeper.objects.all().delete()
    Country.objects.all().delete()
    names = ["Chad", "España", "Peru"]
    Country.objects.bulk_create(Country(code=name[:2], number=n, name=name) for n, name in enumerate(names))
    keepers = [Keeper(name=row["name"], country_id=row["country"]) for row in rows]
    Keeper.objects.bulk_create(keepers)
    chiefs = [None if row["chief"] is None else row["chief"] % len(rows) for row in rows]
    for keeper, chief in zip(keepers, chiefs, strict=True):
        keeper.chief = None if chief is None else keepers[chief]
    Keeper.objects.bulk_update(keepers, ["chief"])
    Badge.objects.bulk_create(
        Badge(keeper=k, number=row["badge"]) for k, row in zip(keepers, rows, strict=True) if row["badge"] is not None
    )
    Animal.everything.bulk_create(
        Animal(name=f"{n}-{m}", keeper=k)
        for n, (k, row) in enumerate(zip(keepers, rows, strict=True))
        for m in range(row["animals"])
    )

    def over(number: int | None, show: Callable[[int], Any]) -> Any:
        return None if number is None else show(number)

    def country(number: int) -> Any:
        return over(rows[number]["country"], lambda n: names[n])

    return [
        {
            "id": str(keepers[n].id),
            "name": row["name"],
            "chief__name": over(chiefs[n], lambda c: rows[c]["name"]),
            "country__name": country(n),
            "badge__number": row["badge"],
            "animal_count": row["animals"],
            "chief__chief__country__name": over(chiefs[n], lambda c: over(chiefs[c], country)),
        }
        for n, row in enumerate(rows)
    ]
