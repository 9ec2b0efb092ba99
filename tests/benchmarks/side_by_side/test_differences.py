"""The verifier finds what differs, and forgives what only is spelt otherwise."""

import copy

import pytest

from benchmarks.side_by_side.differences import differences
from benchmarks.side_by_side.verify import unwrap

BOOK = {
    "id": 7,
    "price": "12.50",
    "in_print": True,
    "created_at": "2024-05-03T10:00:00.250Z",
    "avg_stars": 3.3333333333,
    "author": {"id": 1, "name": "Colette"},
    "tags": [{"id": 1, "name": "tag-1"}, {"id": 2, "name": "tag-2"}],
}


@pytest.mark.parametrize(
    ("key", "spelt"),
    [("price", 12.5), ("created_at", "2024-05-03T10:00:00.250000+00:00"), ("avg_stars", 3.33333333331)],
)
def test_another_spelling_is_equal(key: str, spelt: object) -> None:
    """Decimals, moments and the last digits of an average are compared by meaning."""
    assert list(differences(BOOK, {**BOOK, key: spelt})) == []


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"id": "7"}, "$.id: 7 expected, '7' there"),
        ({"in_print": 1}, "$.in_print: True expected, 1 there"),
        ({"price": "12.51"}, "$.price: '12.50' expected, '12.51' there"),
        ({"price": None}, "$.price: '12.50' expected, None there"),
        ({"created_at": "2024-05-03T10:00:00Z"}, "$.created_at: '2024-05-03T10:00:00.250Z' expected"),
        ({"author": None}, "$.author: {'id': 1, 'name': 'Colette'} expected, None there"),
        ({"tags": BOOK["tags"][:1]}, "$.tags: 2 members expected, 1 there"),
        ({"tags": BOOK["tags"][::-1]}, "$.tags[0].id: 1 expected, 2 there"),
        ({"more": 1}, "$: extra key more"),
    ],
)
def test_a_difference_is_named(change: dict[str, object], found: str) -> None:
    """What differs in keys, nesting, order, type or value is named with its place."""
    assert next(differences(BOOK, {**copy.deepcopy(BOOK), **change})).startswith(found)


def test_a_missing_key_is_named() -> None:
    """A key that is not there is named."""
    assert list(differences(BOOK, {key: value for key, value in BOOK.items() if key != "id"})) == ["$: missing key id"]


def test_a_wrapped_list_is_unwrapped() -> None:
    """A list is taken out of its wrapping, a single document is left."""
    assert unwrap({"items": [BOOK], "next": None}, "items") == [BOOK]
    assert unwrap(BOOK, "items") == BOOK
