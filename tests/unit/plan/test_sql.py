"""What Django's compiler wrote is read token by token: a parameter is never mistaken for a name, nor a text for one."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nuages.plan.sql import HOLE, Sql, from_django, join

CASES = {
    "a = %s": "a = \0",
    "a IN (%s, %s) AND b > %s": "a IN (\0, \0) AND b > \0",
    "a %% 2 = %s": "a % 2 = \0",
    "%%s": "%s",
    "%%%s": "%\0",
    "%s%s": "\0\0",
    '"100% of %s" = %s': '"100% of %s" = \0',
    '"it\'s %% odd" = %s': '"it\'s %% odd" = \0',
    '"a""%s""b" = %s': '"a""%s""b" = \0',
    '"a"."%s", "%%", %s': '"a"."%s", "%%", \0',
    "'100%%' = %s": "'100%' = \0",
    "'it''s %%s' = %s": "'it''s %s' = \0",
    "'\"' = %s AND \"'\" = %s": "'\"' = \0 AND \"'\" = \0",
    "'a\\' = %s": "'a\\' = \0",
    "E'a\\'%%s' = %s": "E'a\\'%s' = \0",
    "e'\\\\' = %s": "e'\\\\' = \0",
    "E'''' = %s": "E'''' = \0",
    "'' = %s": "'' = \0",
    "a = '?' AND b = %s -- ? $1": "a = '?' AND b = \0 -- ? $1",
    "LIKE '%%' || %s ESCAPE '\\'": "LIKE '%' || \0 ESCAPE '\\'",
    "a LIKE'\\' AND b = %s AND c = ''": "a LIKE'\\' AND b = \0 AND c = ''",
    "'line\n%%s' = %s": "'line\n%s' = \0",
    "%s::text[]": "\0::text[]",
    "": "",
}
NAMES = st.text(st.sampled_from("ab %s?'$1.\n"), min_size=1, max_size=8)


@pytest.mark.parametrize("text", CASES)
def test_django_text_is_read(text: str) -> None:
    """Holes for parameters, single percent signs for escaped ones, names and literals as they are."""
    holes = CASES[text].count(HOLE)
    assert from_django(text, range(holes)) == Sql(CASES[text], tuple(range(holes)))


@settings(deadline=None)
@given(parts=st.lists(st.tuples(NAMES, NAMES), max_size=6))
def test_any_names_and_literals_are_left_alone(parts: list[tuple[str, str]]) -> None:
    """However odd: quoted names stay to the letter, literals lose their escaping, and every hole is a parameter."""
    written, expected = "", ""
    for name, literal in parts:
        quoted, text = name.replace('"', '""'), literal.replace("'", "''")
        written += f'"{quoted}" = \'{text.replace("%", "%%")}\' OR "x" < %s OR '
        expected += f'"{quoted}" = \'{text}\' OR "x" < {HOLE} OR '
    assert from_django(written, range(len(parts))) == Sql(expected, tuple(range(len(parts))))


def test_pieces_keep_their_parameters_in_order() -> None:
    """Added or joined, text and parameters stay side by side."""
    first, second = Sql(f"a = {HOLE}", (1,)), Sql(f"{HOLE}, {HOLE}", (2, 3))
    assert first + second == Sql(f"a = {HOLE}{HOLE}, {HOLE}", (1, 2, 3))
    assert join(" AND ", [first, second, first]) == Sql(f"a = {HOLE} AND {HOLE}, {HOLE} AND a = {HOLE}", (1, 2, 3, 1))
    assert join(", ", iter([first])) == first
    assert join(", ", []) == Sql("")
