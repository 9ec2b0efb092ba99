"""Which lookups each kind has is a table; the table and the API agree."""

import pytest

from nuages.declare.kinds import COMPARABLE
from nuages.declare.spec import Operand
from nuages.parse.lookups import MAX_LIST_VALUES, lookups_of
from nuages.parse.values import READERS

EQUAL = ["", "exact", "in"]
RANGE = ["", "exact", "gt", "gte", "lt", "lte", "in"]
SUFFIXES = {
    **{
        "integer": RANGE,
        "text": RANGE,
        "decimal": RANGE,
        "float": RANGE,
        "date": RANGE,
        "datetime": RANGE,
        "time": RANGE,
    },
    **{"duration": RANGE, "boolean": EQUAL, "uuid": EQUAL, "address": EQUAL},
    **{"json": [], "binary": [], "file": [], "array": [], "range": [], "hstore": [], "": []},
}


@pytest.mark.parametrize("kind", SUFFIXES)
def test_a_kind_has_its_lookups_and_no_others(kind: str) -> None:
    """Only what may be null may be asked whether it is."""
    required, optional = (Operand("x", kind, None, nullable=nullable) for nullable in (False, True))
    assert [lookup.suffix for lookup in lookups_of(required)] == SUFFIXES[kind]
    nullness = ["isnull"] if SUFFIXES[kind] else []
    assert [lookup.suffix for lookup in lookups_of(optional)] == SUFFIXES[kind] + nullness


def test_every_comparable_kind_can_be_read() -> None:
    """Whatever may be filtered by has a reader."""
    assert READERS.keys() >= COMPARABLE
    assert {kind for kind, suffixes in SUFFIXES.items() if suffixes} == COMPARABLE


@pytest.mark.parametrize(
    ("suffix", "text", "values"),
    [("", "7", [7]), ("gte", "-7", [-7]), ("in", "7", [7]), ("in", "7,8,7", [7, 8, 7]), ("isnull", "false", [False])],
)
def test_a_lookup_reads_its_values(suffix: str, text: str, values: list[int]) -> None:
    """One value, several, or a truth, whatever the kind."""
    lookup = next(one for one in lookups_of(Operand("x", "integer", None, nullable=True)) if one.suffix == suffix)
    assert lookup.read(Operand("x", "integer", None), text) == values


@pytest.mark.parametrize("text", ["", ",", "7,", ",7", "7,,8", "7, 8", "7;8", "7," * MAX_LIST_VALUES + "7"])
def test_a_list_with_a_hole_or_too_many_values_is_refused(text: str) -> None:
    """An empty member is no number, and two hundred are enough."""
    lookup = next(one for one in lookups_of(Operand("x", "integer", None)) if one.suffix == "in")
    with pytest.raises(ValueError, match=r"no whole number|more than 200"):
        lookup.read(Operand("x", "integer", None), text)
