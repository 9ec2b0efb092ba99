"""Values of every kind, good, extreme and bad: compared truly, or refused before any statement."""

import datetime as dt
import json
import operator
import uuid
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest

from nuages.parse.values import READERS
from tests.http.client import get, items, problem
from tests.unit.parse.texts import BAD, EXTREME, NONSENSE
from tests.zoo.models import Specimen

SPECIMEN: dict[str, Any] = {
    **{
        "integer": 7,
        "text": "a",
        "boolean": True,
        "decimal": Decimal("12.500"),
        "float": 1.5,
        "date": dt.date(2024, 5, 31),
    },
    **{
        "datetime": dt.datetime(2024, 5, 31, 12, tzinfo=dt.UTC),
        "time": dt.time(12, 30),
        "duration": dt.timedelta(days=3),
    },
    **{"uuid": uuid.UUID(int=7), "address": "10.0.0.7"},
}
COMPARISONS = {"": operator.eq, "__gt": operator.gt, "__gte": operator.ge, "__lt": operator.lt, "__lte": operator.le}
UNRANGED = {"boolean", "uuid", "address"}


@pytest.mark.parametrize("kind", SPECIMEN)
def test_bad_values_of_any_kind_are_refused_unasked(kind: str, statements: Any) -> None:
    """Numbers beyond every column, exponents that cost seconds, days that never were, nonsense: all before any SQL."""
    lookups = ["", "__in"] if kind in UNRANGED else ["", "__gt", "__in"]
    for text in ["x" * 2_001] if kind == "text" else BAD[kind] + NONSENSE:
        for lookup in lookups:
            if lookup == "__in" and "," in text:  # a list, maybe of good values
                continue
            document = problem(f"/zoo/specimens?{kind}{lookup}={quote(text, safe='')}", "invalid-value")
            assert [error["pointer"] for error in document["errors"]] == [f"?{kind}{lookup}"]
    assert statements == []


@pytest.mark.parametrize("kind", SPECIMEN)
def test_extreme_values_of_any_kind_are_compared_truly(kind: str, database: Any, statements: Any) -> None:
    """A value that no column holds is greater or less than what there is, and no error."""
    Specimen.objects.create(id=1, **SPECIMEN)
    Specimen.objects.create(id=2)
    for text in EXTREME[kind]:
        right = READERS[kind](text)
        for lookup, holds in list(COMPARISONS.items())[: 1 if kind in UNRANGED else 5]:
            found = [row["id"] for row in items(f"/zoo/specimens?{kind}{lookup}={quote(text, safe='')}")]
            assert found == [1] * holds(SPECIMEN[kind], right), (text, lookup)


@pytest.mark.parametrize("kind", SPECIMEN)
def test_a_value_as_it_is_shown_is_a_filter_for_it(kind: str, database: Any) -> None:
    """What a client has read, it can ask for."""
    Specimen.objects.create(id=1, **SPECIMEN)
    Specimen.objects.create(id=2)
    shown = get("/zoo/specimens/1").json()[kind]
    text = quote(shown if isinstance(shown, str) else json.dumps(shown), safe="")
    for lookup in ("", "__exact", "__in"):
        assert [row["id"] for row in items(f"/zoo/specimens?{kind}{lookup}={text}")] == [1]
    assert [row["id"] for row in items(f"/zoo/specimens?{kind}__isnull=false")] == [1]
    assert [row["id"] for row in items(f"/zoo/specimens?{kind}__isnull=true")] == [2]


@pytest.mark.parametrize("text", ["12.5000000000000000000001", "12.4999999999999999999999"])
def test_a_decimal_is_compared_exactly(text: str, database: Any) -> None:
    """With all its places, also where the database keeps decimals as floats."""
    Specimen.objects.create(id=1, decimal=Decimal("12.500"))
    assert items(f"/zoo/specimens?decimal={text}") == []
    sides = {lookup: len(items(f"/zoo/specimens?decimal__{lookup}={text}")) for lookup in ("gt", "gte", "lt", "lte")}
    is_above = Decimal(text) > Decimal("12.5")
    assert sides == {"gt": not is_above, "gte": not is_above, "lt": is_above, "lte": is_above}
