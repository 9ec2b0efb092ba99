"""Whatever filter is asked, an API leaves the rows that plain Python leaves and that Django's own filter() leaves."""

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from nuages.parse.expression import ABSENT, Expression, Field, Junction, Literal, Negation, Term, write
from nuages.parse.filter_language import read_filter
from shop.invention import plan_sizes
from shop.models import Book
from shop.seeding import seed_shop
from tests.http.filter_subjects import BOOKS, SPECIMENS, Subject, api, fill_specimens
from tests.http.filtering import keys, keys_by_body
from tests.support.evaluation import FOLDED, PATTERNS, Evaluation
from tests.support.translation import as_read, terms_of, to_json, written_out

ORDERS, EQUALS = ("<", "<=", ">", ">="), ("=", "!=", ":")
PARTS = [("year", "1993"), ("month", "6"), ("iso_week_day", "5"), ("quarter", "1"), ("week", "26"), ("day", "15")]
TEXT_LOOKUPS = [*PATTERNS, *FOLDED]
TREES_AT_ONCE = 12


def _literals(subject: Subject, name: str) -> st.SearchStrategy[Literal]:
    is_text = subject.orm.schema.read[name] is str
    return st.builds(_literal, st.sampled_from(subject.samples[name]), st.just(is_text))


def _literal(text: str, is_text: bool) -> Literal:
    """A sample; a star at an end of a text is a wildcard."""
    opens, closes = is_text and len(text) > 1 and text[0] == "*", is_text and len(text) > 1 and text[-1] == "*"
    plain = text[1 if opens else 0 : -1 if closes else None] if opens or closes else text
    is_bare = not is_text and re.fullmatch(r"[\w.:+-]+", plain)
    return Literal(plain, quoted=not is_bare, opens=opens, closes=closes)


@st.composite
def terms(draw: Any, subject: Subject, prefix: str = "") -> Term:
    """Draw a comparison: of equality, order, a pattern, a part of a date, presence, several values, another field."""
    if not prefix and draw(st.integers(0, 7)) == 0:
        left, right = draw(st.sampled_from(subject.pairs))
        return Term(left, draw(st.sampled_from(["=", "!=", *ORDERS])), (Field(right),), "")
    name = draw(st.sampled_from([name for name in sorted(subject.samples) if name.startswith(prefix)]))
    literal = draw(_literals(subject, name))
    form = draw(st.sampled_from(["equal", "equal", "order", "lookup", "null", "several"]))
    if form == "null":
        operator = draw(st.sampled_from(EQUALS))
        return Term(name, operator, (Literal("", opens=True, closes=True) if operator == ":" else ABSENT,), "")
    if form == "several" and not (literal.opens or literal.closes):
        others = draw(st.lists(_literals(subject, name), max_size=2))
        plain = [each for each in others if not (each.opens or each.closes)]
        return Term(name, draw(st.sampled_from(["=", "!="])), (literal, *plain), "")
    is_plain = name not in ("in_print", "author__books__in_print", "boolean") and "json" not in name
    if form == "order" and is_plain and not (literal.opens or literal.closes):
        return Term(name, draw(st.sampled_from(ORDERS)), (literal,), "")
    if form == "lookup" and name in ("published", "author__born", "datetime"):
        part, number = draw(st.sampled_from(PARTS))
        return Term(f"{name}__{part}", draw(st.sampled_from(["=", "!=", *ORDERS])), (Literal(number),), "")
    if form == "lookup" and subject.orm.schema.read[name] is str:
        return Term(f"{name}__{draw(st.sampled_from(TEXT_LOOKUPS))}", "=", (Literal(literal.text, quoted=True),), "")
    return Term(name, draw(st.sampled_from(EQUALS)), (literal,), "")


@st.composite
def together(draw: Any, subject: Subject) -> Junction:
    """Draw comparisons that speak of one and the same related row."""
    prefix = draw(st.sampled_from(subject.orm.many))
    return Junction("AND", tuple(draw(st.lists(terms(subject, prefix), min_size=2, max_size=3))))


def trees(subject: Subject) -> st.SearchStrategy[Expression]:
    """Draw whole filters."""
    return st.recursive(terms(subject) | terms(subject) | together(subject), _joined, max_leaves=5)


def _joined(children: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    several = st.lists(children, min_size=2, max_size=3).map(tuple)
    junctions = st.builds(Junction, st.sampled_from(["AND", "AND", "OR"]), several)
    return junctions | junctions | st.builds(Negation, children)


def _suits_orm(tree: Expression, vendor: str) -> bool:
    """Django's patterns forget case on SQLite, and its JSON keys are JSON."""
    for term in terms_of(tree):
        stars = any(each.opens or each.closes for each in term.values if isinstance(each, Literal))
        has_pattern = stars or term.name.rpartition("__")[2] in TEXT_LOOKUPS or term.operator == ":"
        if "json" in term.name or (vendor == "sqlite" and has_pattern):
            return False
    return True


SETTINGS = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def books(database: Any) -> Any:
    """A shop of sixty books, some without date or publisher."""
    seed_shop(plan_sizes(60), seed=7, using=database.alias)
    Book.objects.filter(pk__in=range(1, 60, 4)).update(publisher=None)
    Book.objects.filter(pk__in=range(2, 60, 5)).update(published=None)
    return database


@pytest.fixture
def specimens(database: Any) -> Any:
    """Specimens with absent values everywhere."""
    fill_specimens()
    return database


@pytest.mark.parametrize("subject", ["books", "specimens"])
def test_a_filter_leaves_what_python_and_django_leave(subject: str, request: Any, database: Any) -> None:
    """As text, and as the JSON of a QUERY; what is written reads as it was."""
    request.getfixturevalue(subject)
    asked = {"books": BOOKS, "specimens": SPECIMENS}[subject]
    rows, evaluation = asked.rows(), Evaluation(asked.orm.schema)

    @SETTINGS
    @given(st.lists(trees(asked), min_size=TREES_AT_ONCE // 2, max_size=TREES_AT_ONCE))
    def check(drawn: list[Expression]) -> None:
        for tree in drawn:
            text, separate = write(tree), written_out(tree)
            note(text)
            assert read_filter(text) == as_read(tree)
            expected = {row["id"] for row in rows if evaluation.holds(separate, row)}
            assert keys(api, asked.path, ("filter", text)) == expected
            if _suits_orm(tree, database.vendor):
                assert asked.orm.keys(separate) == expected
            by_tree = {row["id"] for row in rows if evaluation.holds(tree, row)}
            assert keys_by_body(api, asked.path, {"filter": to_json(tree)}) == by_tree

    check()
