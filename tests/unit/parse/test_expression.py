"""An expression is printed as the filter language would read it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nuages.parse.expression import (
    ABSENT,
    KEYWORDS,
    Expression,
    Field,
    Junction,
    Literal,
    Negation,
    Term,
    spell_name,
    write,
    write_part,
)
from nuages.parse.filter_language import read_filter

NAMES = st.sampled_from(["price", "author__country", "a____b", "a___b", "__a", "a__", "not", "n\u00e9", "_1"])
WORDS = st.text("ab1.:+-_\u00e9", min_size=1, max_size=6) | st.sampled_from(["-5", "12.50", "true", "and"])
# What may stand in quotes: no control characters, no surrogates; all that needs an escape.
TEXTS = st.text(st.sampled_from("ab *\\\"'()=:\n\u2028\U0001f600"), max_size=8)
ENDS = st.tuples(st.booleans(), st.booleans())


def _bare(text: str, ends: tuple[bool, bool]) -> Literal:
    return Literal(text, opens=ends[0], closes=ends[1])


def _quoted(text: str, ends: tuple[bool, bool]) -> Literal:
    both = ends if text or ends[0] == ends[1] else (True, True)  # one star alone is presence
    return Literal(text, quoted=True, opens=both[0], closes=both[1])


EQUATED = st.one_of(
    st.builds(_bare, WORDS, ENDS), st.builds(_quoted, TEXTS, ENDS), st.just(ABSENT), st.just(_bare("", (True, True)))
)
RANGED = st.builds(Literal, WORDS) | st.builds(Literal, TEXTS, quoted=st.just(True))
HAD = EQUATED.filter(lambda literal: not literal.is_null)


def _terms(operators: list[str], values: st.SearchStrategy[Literal]) -> st.SearchStrategy[Expression]:
    return st.builds(Term, NAMES, st.sampled_from(operators), values.map(lambda one: (one,)), st.just("somewhere"))


TERMS = _terms(["=", "!="], EQUATED) | _terms(["<", "<=", ">", ">="], RANGED) | _terms([":"], HAD)
EXPRESSIONS = st.recursive(
    TERMS,
    lambda inner: (
        st.builds(Negation, inner)
        | st.builds(Junction, st.sampled_from(["AND", "OR"]), st.lists(inner, min_size=2, max_size=4).map(tuple))
    ),
    max_leaves=12,
)
A, B = (Term(name, "=", (Literal("1"),), "here") for name in "ab")


def _depth(expression: Expression) -> int:
    if isinstance(expression, Term):
        return 0
    children = expression.children if isinstance(expression, Junction) else (expression.child,)
    return 1 + max(map(_depth, children))


@settings(deadline=None)
@given(expression=EXPRESSIONS.filter(lambda expression: _depth(expression) <= 10))
def test_what_is_written_is_read_again(expression: Expression) -> None:
    """Every expression that the text language can say."""
    text = write(expression)
    assert read_filter(text) == expression
    assert read_filter(write_part(expression)) == expression


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (A, "a = 1"),
        (Negation(A), "NOT a = 1"),
        (Negation(Junction("OR", (A, B))), "NOT (a = 1 OR b = 1)"),
        (Junction("AND", (A, Junction("OR", (A, B)), Negation(B))), "a = 1 AND (a = 1 OR b = 1) AND NOT b = 1"),
        (Junction("AND", (Junction("AND", (A, B)), A)), "(a = 1 AND b = 1) AND a = 1"),
        (Term("author__name", ":", (Literal("x", closes=True),), ""), "author.name:x*"),
        (Term("a", ":", (Literal(":x"),), ""), "a : :x"),
        (Term("a____b", "<", (Literal("1"),), ""), "a____b < 1"),
        (Term("a", "=", (Literal("a b", opens=True),), ""), 'a = "*a b"'),
        (Term("a", "=", (Literal("", quoted=True, opens=True, closes=True),), ""), 'a = "*"'),
        (Term("a", "=", (Literal('"\\*', quoted=True),), ""), r'a = "\"\\\*"'),
        (Term("price__lt", "=", (Field("list__price"),), ""), "price.lt = list.price"),
        (Term("a", "=", (Literal("1"), ABSENT), ""), "a = 1 OR a = null"),
        (Negation(Term("a", "=", (Literal("1"), Literal("2")), "")), "NOT (a = 1 OR a = 2)"),
        (Junction("OR", (Term("a", "!=", (Literal("1"), Literal("2")), ""), B)), "(a != 1 AND a != 2) OR b = 1"),
    ],
)
def test_an_expression_is_written_with_few_parentheses(expression: Expression, text: str) -> None:
    """Only where AND, OR and NOT would be misread; what the language cannot say is written out."""
    assert write(expression) == text


def test_terms_are_equal_wherever_they_stand() -> None:
    """The place serves errors alone."""
    there = Term("a", "=", (Literal("1"),), "there")
    assert there == A
    assert hash(there) == hash(A)
    assert there not in (B, Term("a", "<", (Literal("1"),), "there"), "a = 1")


@pytest.mark.parametrize(
    ("text", "name"),
    [("a.b", "a__b"), ("a__b", "a__b"), ("", ""), (".", ""), ("a.", ""), ("a-b", ""), ("a b", ""), ("a\n", "")],
)
def test_a_name_is_words_and_dots(text: str, name: str) -> None:
    """Anything else is none."""
    assert spell_name(text) == name


def test_keywords_are_those_of_the_language() -> None:
    """None of them is read as a name."""
    assert KEYWORDS == ("AND", "OR", "NOT")
