"""Rows that stay are neither lost nor doubled while others come, change and go; and cursors cannot be made up."""

import base64
from random import Random
from typing import Any

import pytest
from django.db.models import F

from nuages import value
from tests.http.asking import ask as ask_api
from tests.http.asking import refusal, send, serve
from tests.zoo.models import Country, Specimen

FEW: dict[str, list[Any]] = {"integer": [0, 1, -5], "small": [0, 3], "char": ["", "a", "B", "é"]}
SPECIMENS: dict[str, Any] = {
    "fields": ["id", value("sum", F("integer") + F("small"))],
    "ordering": [*FEW, "sum", "id"],
}
api = serve(specimens=(Specimen, SPECIMENS), countries=(Country, {"fields": ["code"], "ordering": ["name"]}))


def ask(url: str) -> Any:
    """One page, by its URL."""
    return ask_api(api, url)


def ids(page: Any) -> list[Any]:
    """The keys of one page."""
    return [row["id"] for row in page["items"]]


@pytest.mark.parametrize("order", ["", "-id", "integer", "-integer", "integer__nulls_first,-small", "-sum,char"])
@pytest.mark.parametrize("way", ["next", "previous"])
def test_unchanged_rows_are_shown_once_while_others_come_change_and_go(order: str, way: str, database: Any) -> None:
    """Between any two pages rows are inserted, moved in the order and deleted; in both directions."""
    draw = Random(f"{order} {way}")

    def columns() -> dict[str, Any]:
        return {name: draw.choice([None, *few]) for name, few in FEW.items()}

    Specimen.objects.bulk_create(Specimen(id=n, **columns()) for n in range(10, 70))
    stay = set(range(10, 70, 3))
    url = f"/specimens?limit=4&order={order}"
    if way == "previous":
        while following := ask(url)["next"]:
            url = following
    shown: list[int] = []
    while url and len(shown) < 400:
        page = ask(url)
        shown += reversed(ids(page)) if way == "previous" else ids(page)
        others = list(Specimen.objects.exclude(id__in=stay).values_list("id", flat=True))
        Specimen.objects.filter(id__in=draw.sample(others, min(4, len(others)))).delete()
        for key in draw.sample(others, min(3, len(others))):
            Specimen.objects.filter(id=key).update(**columns())
        free = [n for n in range(1, 200) if n not in stay and n not in others]
        Specimen.objects.bulk_create(Specimen(id=n, **columns()) for n in draw.sample(free, 3))
        url = page[way]
    kept = [key for key in shown if key in stay]
    assert sorted(kept) == sorted(stay)


@pytest.mark.parametrize("way", ["next", "previous"])
def test_a_page_that_lost_all_its_rows_is_empty(way: str, database: Any) -> None:
    """It answers, and with no row there is no place to go on from."""
    Specimen.objects.bulk_create(Specimen(id=n, integer=n % 2) for n in range(9))
    second = ask(ask("/specimens?limit=3&order=integer")["next"])
    Specimen.objects.exclude(id__in=ids(second)).delete()
    assert ids(ask(second[way])) == []
    Specimen.objects.all().delete()
    assert ask(second[way])["items"] == []


def test_an_empty_page_still_leads_back(database: Any) -> None:
    """Whoever walked behind the last row, since deleted, is not stranded: the rows before are one link away."""
    Specimen.objects.bulk_create(Specimen(id=n) for n in range(6))
    first = ask("/specimens?limit=3")
    Specimen.objects.filter(id__gte=3).delete()
    assert ids(ask(ask(first["next"])["previous"])) == ids(first)


def _refused(query: str) -> None:
    assert refusal(api, f"/specimens?{query}")[:2] == (400, "invalid-cursor"), query


def test_a_cursor_edited_in_one_character_is_refused(database: Any, statements: Any) -> None:
    """Wherever it is edited, to whatever letter: nothing is asked of the database."""
    Specimen.objects.bulk_create(Specimen(id=n, char="a") for n in range(6))
    cursors = [ask("/specimens?limit=3&order=char")["next"].partition("cursor=")[2]]
    cursors.append(ask(f"/specimens?limit=2&order=char&cursor={cursors[0]}")["previous"].partition("cursor=")[2])
    statements.clear()
    for cursor in cursors:
        for at in range(len(cursor)):
            for letter in "AQg-_" if cursor[at] not in "AQg-_" else "Zz0":
                _refused(f"order=char&cursor={cursor[:at]}{letter}{cursor[at + 1 :]}")
        for other in (cursor[:-1], f"{cursor}A", f"{cursor}=", cursor.swapcase(), f"{cursor}%00", "%C3%A9", "A"):
            assert send(api, f"/specimens?order=char&cursor={other}").status == 400, other
    assert statements == []


def test_a_cursor_belongs_to_its_order_and_its_resource(database: Any, statements: Any) -> None:
    """Another order of the same columns, another resource, another version of the cursor."""
    Specimen.objects.bulk_create(Specimen(id=n) for n in range(6))
    Country.objects.bulk_create(Country(code=f"{n}", number=n, name="") for n in range(3))
    cursor = ask("/specimens?limit=3&order=char")["next"].partition("cursor=")[2]
    foreign = ask("/countries?limit=1")["next"].partition("cursor=")[2]
    raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    first_version = base64.urlsafe_b64encode(b"\x01" + raw[1:]).rstrip(b"=").decode()
    unsigned = base64.urlsafe_b64encode(raw[:1] + bytes(12) + raw[13:]).rstrip(b"=").decode()
    statements.clear()
    for order in ("-char", "char__nulls_first", "char,small", "integer", ""):
        _refused(f"order={order}&cursor={cursor}")
    for other in (foreign, first_version, unsigned):
        _refused(f"order=char&cursor={other}")
    assert statements == []
