"""A filter in JSON is the same expression as one in text."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nuages.errors import BadRequest
from nuages.parse.expression import (
    ABSENT,
    MAX_CHARS,
    MAX_DEPTH,
    MAX_TERMS,
    Expression,
    Field,
    Junction,
    Literal,
    Negation,
    Term,
    write,
)
from nuages.parse.filter_language import read_filter
from nuages.parse.filter_tree import read_tree
from nuages.parse.json_body import Number, read_json
from nuages.parse.lookups import MAX_LIST_VALUES

SCALARS = st.none() | st.booleans() | st.text(max_size=5) | st.sampled_from([Number("1"), Number("-0.5e3")])
KEYS = st.sampled_from(["and", "or", "not", "field", "a", "b!", "c.d", "e__lt", "!", "", "a/~", "AND"])
TREES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=20
)


def _deep(depth: int) -> Any:
    tree: Any = {"a": None}
    for _ in range(depth):
        tree = {"not": tree}
    return tree


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ('{"price": 10}', "price = 10"),
        ('{"price!": 10.50}', "price != 10.50"),
        ('{"price__gte": -1e3}', "price__gte = -1e3"),
        ('{"author.country": "FR"}', 'author.country = "FR"'),
        ('{"author__country": "F*R"}', r'author.country = "F\*R"'),
        ('{"in_print": true}', "in_print = true"),
        ('{"in_print!": false}', "in_print != false"),
        ('{"isbn": null}', "isbn = null"),
        ('{"isbn!": null}', "isbn != null"),
        ('{"isbn": "null"}', 'isbn = "null"'),
        ('{"a": 1, "b": 2}', "a = 1 AND b = 2"),
        ('{"and": [{"a": 1}, {"b": 2}]}', "a = 1 AND b = 2"),
        ('{"or": [{"a": 1}, {"b": 2}]}', "a = 1 OR b = 2"),
        ('{"or": [{"a": 1}]}', "a = 1"),
        ('{"not": {"a": 1}}', "NOT a = 1"),
        ('{"not": {"a": 1, "b": 2}}', "NOT (a = 1 AND b = 2)"),
        ('{"or": [{"a": 1, "b": 2}, {"c": 3}]}', "(a = 1 AND b = 2) OR c = 3"),
        ('{"or": [{"a": 1}, {"b": 2}], "c": 3}', "(a = 1 OR b = 2) AND c = 3"),
    ],
)
def test_a_tree_says_what_a_text_says(raw: str, text: str) -> None:
    """Both syntaxes give equal expressions."""
    expression = read_tree(read_json(raw.encode()))
    assert expression == read_filter(text)


@pytest.mark.parametrize(
    ("value", "values"),
    [
        (["FR", Number("1"), None, True], (Literal("FR", quoted=True), Literal("1"), ABSENT, Literal("true"))),
        (["FR"], (Literal("FR", quoted=True),)),
        ({"field": "list.price"}, (Field("list__price"),)),
        ([{"field": "b"}, Number("2")], (Field("b"), Literal("2"))),
        ("*", (Literal("*", quoted=True),)),
        (["x"] * MAX_LIST_VALUES, (Literal("x", quoted=True),) * MAX_LIST_VALUES),
    ],
)
def test_values_may_be_several_and_fields(value: object, values: tuple[Literal | Field, ...]) -> None:
    """Which the text language has no single term for."""
    assert read_tree({"a": value}) == Term("a", "=", values, "")


def test_numbers_become_plain_text() -> None:
    """A Literal holds no subclass of str."""
    term = read_tree({"a": Number("1.50")})
    assert [type(value.text) for value in term.values] == [str]


def test_a_term_knows_its_pointer() -> None:
    """From wherever the tree stands in the body."""
    tree = {"or": [{"a": None}, {"not": {"b!": None}}]}
    first, second = read_tree(tree, "/query/filter").children
    assert (first.place, second.child.place) == ("/query/filter/or/0/a", "/query/filter/or/1/not/b!")


@pytest.mark.parametrize(
    ("tree", "pointer", "words"),
    [
        *[(node, "/filter", "an object") for node in (None, True, "a = 1", Number("1"), [], {}, [{"a": "1"}])],
        ({"and": []}, "/filter/and", "one at least"),
        ({"or": {"a": "1"}}, "/filter/or", "a list of filters"),
        ({"or": [{"a": "1"}, "b"]}, "/filter/or/1", "an object"),
        ({"not": [{"a": "1"}]}, "/filter/not", "an object"),
        ({"not": {}}, "/filter/not", "an object"),
        ({"OR": [{"a": "1"}]}, "/filter/OR", "lower case"),
        ({"": "1"}, "/filter/", "no name"),
        ({"!": "1"}, "/filter/!", "no name"),
        ({"a!!": "1"}, "/filter/a!!", "no name"),
        ({"a/b~c": "1"}, "/filter/a~1b~0c", "no name"),
        ({"a b": "1"}, "/filter/a b", "no name"),
        ({"x" * 70 + "-": "1"}, f"/filter/{'x' * 57}...", "no name"),
        ({"a": []}, "/filter/a", "not empty"),
        ({"a": [["1"]]}, "/filter/a/0", "a value is"),
        ({"a": ["1", {"b": "1"}]}, "/filter/a/1", "a value is"),
        ({"a": {}}, "/filter/a", "a value is"),
        ({"a": {"gte": "1"}}, "/filter/a", "a value is"),
        ({"a": {"field": "b", "more": "c"}}, "/filter/a", "a value is"),
        ({"a": 1.5}, "/filter/a", "a value is"),
        ({"a": {"field": Number("1")}}, "/filter/a/field", "name of a field"),
        ({"a": {"field": None}}, "/filter/a/field", "name of a field"),
        ({"a": {"field": "b..c"}}, "/filter/a/field", "no name"),
        ({"a": {"field": "NOT"}}, "/filter/a/field", "lower case"),
        ({"a": ["1"] * (MAX_LIST_VALUES + 1)}, "/filter/a", "at most"),
    ],
)
def test_what_is_no_filter_is_refused(tree: object, pointer: str, words: str) -> None:
    """By its JSON pointer, whose steps are escaped (RFC 6901)."""
    with pytest.raises(BadRequest) as caught:
        read_tree(tree)
    assert caught.value.code == "invalid-filter"
    assert [(fault.pointer, fault.code) for fault in caught.value.faults] == [(pointer, "invalid-filter")]
    assert words in caught.value.detail
    assert caught.value.detail.startswith(f"{pointer}: ")


@pytest.mark.parametrize(
    ("tree", "code"),
    [
        ({"or": [{"a": "1"}] * (MAX_TERMS + 1)}, "too-many-terms"),
        ({"or": [{"a": "1"}] * 1_000_000}, "too-many-terms"),
        ({f"a{number}": "1" for number in range(MAX_TERMS + 1)}, "too-many-terms"),
        (_deep(MAX_DEPTH + 1), "filter-too-deep"),
        (_deep(300), "filter-too-deep"),
        ({"b": "1", "not": _deep(MAX_DEPTH - 1)}, "filter-too-deep"),
        ({"a": "x" * MAX_CHARS}, "filter-too-long"),
        ({"x" * (MAX_CHARS + 1): "x"}, "filter-too-long"),
        ({"a": {"field": "x" * MAX_CHARS}}, "filter-too-long"),
    ],
)
def test_too_large_a_tree_is_refused(tree: Any, code: str) -> None:
    """Within the bounds of the text language, long before Python's own."""
    with pytest.raises(BadRequest) as caught:
        read_tree(tree)
    assert caught.value.code == code
    assert caught.value.faults[0].pointer.startswith("/filter/")


def test_the_largest_tree_is_read() -> None:
    """The bounds are inclusive, and the text language can say it too."""
    for tree in (_deep(MAX_DEPTH), {"or": [{"a": None}] * MAX_TERMS}, {"b": None, "not": _deep(MAX_DEPTH - 2)}):
        expression = read_tree(tree)
        assert read_filter(write(expression)) == expression


@settings(deadline=None)
@given(tree=TREES | st.dictionaries(KEYS, TREES, max_size=3))
def test_any_tree_is_a_filter_or_a_bad_request(tree: object) -> None:
    """Nothing else is ever raised, and every refusal has its pointer."""
    result = _read_or_refuse(tree)
    if isinstance(result, BadRequest):
        assert [fault.pointer[:7] for fault in result.faults] == ["/filter"]
    else:
        assert isinstance(result, Term | Negation | Junction)


def _read_or_refuse(tree: object) -> Expression | BadRequest:
    try:
        return read_tree(tree)
    except BadRequest as problem:
        return problem
