"""A filter is read as AIP-160 says, and whatever could be misread is refused by a sentence that names the place."""

import re
import time

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
    Junction,
    Literal,
    Negation,
    Term,
    write,
)
from nuages.parse.filter_language import read_filter
from tests.support.patience import HANGING_S

untimed = settings(deadline=None)
PIECES = [
    *("AND", "OR", "NOT", "and", "not", "null", "a", "author.country", "x__y", "1", "-5", "12.50", "true", "FR*", "*"),
    *("(", ")", "=", "!=", "<", "<=", ":", "-", ",", ".", "\\", '"', "'", '"FR"', '"*\\*"', "\\*", " ", "  ", "\n"),
    *("\x00", "\ud800", "\u00e9", "\u0661", "\u201c"),
]
# Well-formed more often than not, so that what follows a good start is met too.
SNIPPETS = st.lists(st.sampled_from([*PIECES, "a = 1", " AND ", " OR ", "(b:* OR c < 2)"]), max_size=30).map("".join)


def _term(name: str, operator: str, value: Literal) -> Term:
    return Term(name, operator, (value,), "anywhere")


A, B, C, D = (_term(name, "=", Literal(str(number))) for number, name in enumerate("abcd", start=1))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = 1", A),
        ("  a=1\r\n", A),
        ("(a = 1)", A),
        ("((a\t=\t1))", A),
        ("a = 1 AND b = 2", Junction("AND", (A, B))),
        ("a=1 AND b=2 AND c=3", Junction("AND", (A, B, C))),
        ("a=1 OR b=2", Junction("OR", (A, B))),
        ("(a=1)OR(b=2)", Junction("OR", (A, B))),
        ("(a=1 AND b=2) AND c=3", Junction("AND", (Junction("AND", (A, B)), C))),
        ("a=1 AND (b=2 OR c=3)", Junction("AND", (A, Junction("OR", (B, C))))),
        ("(a=1 AND b=2) OR (c=3 AND d=4)", Junction("OR", (Junction("AND", (A, B)), Junction("AND", (C, D))))),
        ("NOT a=1", Negation(A)),
        ("NOT(a=1)", Negation(A)),
        ("-a=1", Negation(A)),
        ("a : :x", _term("a", ":", Literal(":x"))),
        ("-(a=1 OR b=2)", Negation(Junction("OR", (A, B)))),
        ("NOT NOT a=1", Negation(Negation(A))),
        ("NOT a=1 OR b=2", Junction("OR", (Negation(A), B))),
        ("not = 1", _term("not", "=", Literal("1"))),
        ("a = 1 AND and = 2", Junction("AND", (A, _term("and", "=", Literal("2"))))),
    ],
)
def test_a_filter_is_a_tree(text: str, expected: Expression) -> None:
    """Nested as it is written; parentheses about a single thing are that thing."""
    assert read_filter(text) == expected


@pytest.mark.parametrize("operator", ["=", "!=", "<", "<=", ">", ">=", ":"])
def test_every_comparison_is_read(operator: str) -> None:
    """With and without spaces."""
    for text in (f"a{operator}1", f"a {operator} 1"):
        assert read_filter(text) == _term("a", operator, Literal("1"))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("author.country", "author__country"),
        ("author__country", "author__country"),
        ("a.b.c", "a__b__c"),
        ("_a1", "_a1"),
        ("ma\u00dfstab", "ma\u00dfstab"),
    ],
)
def test_dots_are_double_underscores(text: str, name: str) -> None:
    """A name has one spelling inside, two outside."""
    assert read_filter(f"{text} = 1") == _term(name, "=", Literal("1"))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *[
            (word, Literal(word))
            for word in ("FR", "-5", "12.50", "2024-05-31T12:00:00+02:00", "20s", "1.5s", "true", "None", "and")
        ],
        ('"FR"', Literal("FR", quoted=True)),
        ("'FR'", Literal("FR", quoted=True)),
        ('""', Literal("", quoted=True)),
        ('"null"', Literal("null", quoted=True)),
        ('"AND"', Literal("AND", quoted=True)),
        ("null", ABSENT),
        ("null*", Literal("null", closes=True)),
        (r'"\"\'\\\*"', Literal("\"'\\*", quoted=True)),
        ('"it\'s"', Literal("it's", quoted=True)),
        ("'a\nb'", Literal("a\nb", quoted=True)),
        ("*", Literal("", opens=True, closes=True)),
        ('"*"', Literal("", quoted=True, opens=True, closes=True)),
        ("*x", Literal("x", opens=True)),
        ("x*", Literal("x", closes=True)),
        ("*x*", Literal("x", opens=True, closes=True)),
        (r'"*\**"', Literal("*", quoted=True, opens=True, closes=True)),
        (r'"\*x\*"', Literal("*x*", quoted=True)),
        (r'"x\\*"', Literal("x\\", quoted=True, closes=True)),
    ],
)
def test_every_kind_of_value_is_read(text: str, value: Literal) -> None:
    """Words and quotes, stars and null."""
    for spelling in (f"a={text}", f"a != {text} "):
        term = read_filter(spelling)
        assert isinstance(term, Term)
        assert term.values == (value,)


def test_the_lone_star_is_presence() -> None:
    """And nothing else is."""
    assert [read_filter(f"a:{value}").values[0].is_presence for value in ("*", '"*"')] == [True, True]
    assert [read_filter(f"a:{value}").values[0].is_presence for value in ("x*", '"\\*"', '""')] == [False] * 3


def test_a_term_knows_its_place() -> None:
    """Characters are counted from one."""
    assert [term.place for term in read_filter("a=1 AND (b=2)").children] == ["character 1", "character 10"]


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("", 1, "empty"),
        (" \n ", 1, "empty"),
        ("a", 1, "compared with nothing"),
        ('a = 1 AND "FR"', 11, "a comparison such as"),
        ("a = 1 AND", 10, "a comparison such as"),
        ("AND a = 1", 1, "a comparison such as"),
        ("a = 1 AND OR b = 2", 11, "a comparison such as"),
        ("()", 2, "a comparison such as"),
        ("-", 2, "a comparison such as"),
        ("a =", 4, "a value is expected"),
        ("a = )", 5, "a value is expected"),
        ("a = \u201cFR\u201d", 5, "a value is expected"),
        ("a = (1 OR 2)", 5, "alternatives are written out"),
        ("a = AND", 5, "keyword"),
        ("a = NOT b", 5, "keyword"),
        ("a = 1 b = 2", 7, "AND or OR is missing"),
        ("a = 1, b = 2", 6, "written in quotes"),
        ("a = 1 , b = 2", 7, "AND or OR is missing"),
        ("a = 1 && b = 2", 7, "AND or OR is missing"),
        ("a = 1 NOT b = 2", 7, "AND or OR is missing"),
        ('a = "x"y', 8, "AND or OR is missing"),
        ("a = 1 and b = 2", 7, "AND is written in upper case"),
        ("a = 1 Or b = 2", 7, "OR is written in upper case"),
        ("not a = 1", 1, "NOT is written in upper case"),
        ("a = 1 AND not (b = 2)", 11, "NOT is written in upper case"),
        ("f(x)", 1, "no functions"),
        ("a.b (x) = 1", 1, "no functions"),
        ("a = f(x)", 5, "no functions"),
        ("(a = 1", 1, "never closed"),
        ("a = 1 AND ((b = 2)", 11, "never closed"),
        ("a = 1)", 6, "closes none"),
        ('a = "FR', 5, "never closed"),
        ("a = 'FR\"", 5, "never closed"),
        ('a = "FR\\"', 5, "never closed"),
        (r'a = "x\n"', 7, "no such escape"),
        ('a = "x\\\u00e9"', 7, "no such escape"),
        ("a == 1", 3, "no comparison"),
        ("a <> 1", 3, "no comparison"),
        ("a ! 1", 3, "no comparison"),
        ("a::1", 2, "no comparison"),
        ("a..b = 1", 1, "no name"),
        (".a = 1", 1, "no name"),
        ("a = x@y", 6, "written in quotes"),
        ("a = FR,DE", 7, "written in quotes"),
        ("a = b=c", 6, "written in quotes"),
        ('a = b"c"', 6, "written in quotes"),
        ("a = x*y", 6, "at the start or the end"),
        ('a = "x*y*"', 7, "at the start or the end"),
        ("a = *x*y", 7, "at the start or the end"),
        ("a = ***", 6, "at the start or the end"),
        ("a = **", 6, "one wildcard"),
        ('a = "**"', 7, "one wildcard"),
        ("a < 5*", 5, "= != :"),
        ('a >= "*5"', 6, "= != :"),
        ("a = NULL", 5, "lower case"),
        ("a < null", 5, "null is compared with = != only"),
        ("a:null", 3, "null is compared with = != only"),
        ("a = \x00", 5, "U+0000"),
        ('a = "x\x00"', 7, "U+0000"),
        ('a = "\x7f"', 6, "U+007F"),
        ("\x85a = 1", 1, "U+0085"),
        ('a = "\ud800"', 6, "U+D800"),
        ("a\u00a0= 1", 1, "compared with nothing"),
    ],
)
def test_what_is_no_filter_is_refused(text: str, place: int, words: str) -> None:
    """One sentence says where and what."""
    with pytest.raises(BadRequest) as caught:
        read_filter(text)
    assert caught.value.code == "invalid-filter"
    assert f"character {place} (" in caught.value.detail
    assert words in caught.value.detail
    assert [(fault.pointer, fault.detail) for fault in caught.value.faults] == [("?filter", caught.value.detail)]
    assert caught.value.detail.encode()


@pytest.mark.parametrize(
    ("text", "place", "first", "second"),
    [
        ("a = 1 AND b = 2 OR c = 3", 17, "(a = 1 AND b = 2) OR c = 3", "a = 1 AND (b = 2 OR c = 3)"),
        ("a=1 OR b=2 AND c=3", 12, "a = 1 OR (b = 2 AND c = 3)", "(a = 1 OR b = 2) AND c = 3"),
        ("a=1 OR NOT b=2 OR c:* AND -d=4", 23, "a = 1 OR NOT b = 2 OR (c:* AND NOT d = 4)", None),
        ("a=1 AND (b=2 OR d=4) OR c=3", 22, "(a = 1 AND (b = 2 OR d = 4)) OR c = 3", None),
        ("x=1 AND (a=1 AND b=2 OR c=3) AND y=2", 22, "x=1 AND ((a = 1 AND b = 2) OR c = 3) AND y=2", None),
    ],
)
def test_and_mixed_with_or_is_refused_with_both_readings(text: str, place: int, first: str, second: str | None) -> None:
    """AIP-160 lets OR bind first, most languages AND: whoever wrote it has to say."""
    with pytest.raises(BadRequest) as caught:
        read_filter(text)
    assert caught.value.code == "ambiguous-filter"
    shown = re.search(r"character (\d+) .* means either (.*), or (.*)\. Add parentheses\.$", caught.value.detail)
    assert shown is not None
    assert (int(shown[1]), shown[2]) == (place, first)
    assert second is None or shown[3] == second
    assert read_filter(shown[2]) != read_filter(shown[3])


def test_a_long_ambiguous_filter_is_shown_where_it_turns() -> None:
    """Three comparisons suffice to see the two readings."""
    words = [f'name_{number} = "{"x" * 90}"' for number in range(6)]
    with pytest.raises(BadRequest) as caught:
        read_filter(f"{' AND '.join(words)} OR z = 1")
    assert f'(name_4 = "{"x" * 47}... AND name_5' in caught.value.detail
    assert "... OR z = 1). Add parentheses." in caught.value.detail
    assert len(caught.value.detail) < 500


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (" AND ".join(["a=1"] * (MAX_TERMS + 1)), "too-many-terms"),
        ("(" * (MAX_DEPTH + 1) + "a=1" + ")" * (MAX_DEPTH + 1), "filter-too-deep"),
        ("NOT " * (MAX_DEPTH + 1) + "a=1", "filter-too-deep"),
        ("-" * 4_000 + "a=1", "filter-too-deep"),
        ("(" * 8_000, "filter-too-deep"),
        (f'a="{"x" * MAX_CHARS}"', "filter-too-long"),
    ],
)
def test_too_large_a_filter_is_refused(text: str, code: str) -> None:
    """As are threats X24 and X29: many terms, and deep ones."""
    with pytest.raises(BadRequest) as caught:
        read_filter(text)
    assert caught.value.code == code
    assert re.search(r"character \d+", caught.value.detail)


@pytest.mark.parametrize(
    "text",
    [
        " AND ".join(["a=1"] * MAX_TERMS),
        "(" * MAX_DEPTH + "a=1" + ")" * MAX_DEPTH,
        "NOT " * MAX_DEPTH + "a=1",
        f'a="{"x" * (MAX_CHARS - 4)}"',
    ],
)
def test_the_largest_filter_is_read(text: str) -> None:
    """The bounds are inclusive."""
    read_filter(text)


@pytest.mark.parametrize(
    "piece",
    ["(", '"', '"\\', "\\", "*", "a", "a.", "-", "NOT ", " ", "a=1 ", "'\"", '\\"', "a=1 AND ", '"*', ":", "\\*"],
)
@pytest.mark.parametrize("start", ["", "a = ", 'a = "', "a = '"])
def test_no_text_takes_long(start: str, piece: str) -> None:
    """Nothing goes back over the text: 8,192 characters of anything, and 100,000, end."""
    for size in (MAX_CHARS, 100_000):
        text = (start + piece * size)[: size - 1] + '"'
        assert min(_time_s(text) for _ in range(3)) < HANGING_S


@settings(untimed, max_examples=300)
@given(text=SNIPPETS | st.text(max_size=60))
def test_any_text_is_a_filter_or_a_bad_request(text: str) -> None:
    """Nothing else is ever raised, every refusal names a place, and what is read can be written and read again."""
    result = _read_or_refuse(text)
    if isinstance(result, BadRequest):
        assert re.search(r"^filter, character \d+ \(", result.detail)
    else:
        assert read_filter(write(result)) == result


def _time_s(text: str) -> float:
    began = time.process_time()
    _read_or_refuse(text)
    return time.process_time() - began


def _read_or_refuse(text: str) -> Expression | BadRequest:
    try:
        return read_filter(text)
    except BadRequest as problem:
        return problem
