"""The SQL of every shape is the one that stands in a file here, read by a person.

`NUAGES_UPDATE_STATEMENTS=1` writes the files anew; read the difference before committing it.
"""

import json
import os
import re
from pathlib import Path
from typing import Any

import django
import pytest
import sqlparse

from nuages.http.request import Request
from nuages.identify.principal import ANONYMOUS
from shop.invention import plan_sizes
from shop.models import Author
from shop.seeding import seed_shop
from tests.http.client import ALIASES
from tests.statements.shapes import POSTGRESQL_SHAPES, SHAPES, Shape
from tests.support.router import choose_database
from tests.zoo.data import fill_zoo

HERE = Path(__file__).parent
VENDORS = {"default": "sqlite", "postgres": "postgresql"}
IS_UPDATE = os.environ.get("NUAGES_UPDATE_STATEMENTS", "") == "1"
# Another Django may spell the same query otherwise; that it answers the same is for the other tests to say.
DJANGO = (5, 2)
of_this_django = pytest.mark.skipif(django.VERSION[:2] != DJANGO, reason=f"the files are Django {DJANGO}'s")

GIVEN = {
    *("FR", "poetry", "seeds", "2024-01-01", "a", "sea", "old", "old sea", "The", "%sea%", "%SEA%", "2024-05-31"),
    *("9780000000001", "1950-01-01", "2000-01-01", "red", "an", "7", "travel"),
}
_TOKEN = re.compile(r"""("(?:[^"]|"")*"|[Ee]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|\s+)""", re.DOTALL)


def _squeeze(text: str) -> str:
    """Take away the blanks outside names and literals, so that only the SQL is compared and no formatter's taste."""
    return "".join("" if part.isspace() else part for part in _TOKEN.split(text))


def _pretty(text: str) -> str:
    return str(sqlparse.format(text, reindent=True, indent_width=2)) + "\n"


def _statement(shape: Shape) -> str:
    """The SQL of a shape; a cursor is taken from the pages before, and one back from the page behind."""
    path, query = shape.path, shape.query
    for link in ["next"] * shape.pages + ["previous"] * shape.back:
        page = json.loads(shape.api.handle(Request("GET", path, query, {})).body)
        assert page.get(link), (f"there is no {link} page", page)
        query = page[link].partition("?")[2]
    _, read = shape.api.build().pipeline.prepare(Request("GET", path, query, {}), ANONYMOUS)
    return str(read.plan.statement.text)


@pytest.fixture
def rows(database: Any) -> Any:
    """As many rows as the cursors need."""
    seed_shop(plan_sizes(20), seed=7, using=database.alias)
    Author.objects.filter(pk__gt=2).update(born=None)
    fill_zoo()
    return database


@of_this_django
@pytest.mark.parametrize("name", SHAPES)
def test_the_sql_of_a_shape_is_the_one_kept(name: str, rows: Any) -> None:
    """To the letter, blanks between tokens aside; the file shows it in lines."""
    _assert_kept(name, SHAPES[name], rows.vendor)


@of_this_django
@pytest.mark.parametrize("name", POSTGRESQL_SHAPES)
@pytest.mark.django_db(databases=["postgres"])
def test_the_sql_of_a_shape_that_only_postgresql_has_is_the_one_kept(name: str) -> None:
    """Arrays and ranges."""
    with choose_database("postgres"):
        _assert_kept(name, POSTGRESQL_SHAPES[name], "postgresql")


def _assert_kept(name: str, shape: Shape, vendor: str) -> None:
    path, text = HERE / vendor / f"{name}.sql", _statement(shape)
    if IS_UPDATE and (not path.exists() or _squeeze(path.read_text()) != _squeeze(text)):
        path.parent.mkdir(exist_ok=True)
        path.write_text(_pretty(text))
    assert path.exists(), "a new shape: run with NUAGES_UPDATE_STATEMENTS=1, and read what it writes"
    assert _squeeze(path.read_text()) == _squeeze(text), _pretty(text)


@pytest.mark.parametrize("alias", ALIASES)
def test_no_file_is_left_without_its_shape(alias: str) -> None:
    """A stale file would be read as if it were true."""
    files = {path.name for path in (HERE / VENDORS[alias]).iterdir()}
    shapes = SHAPES | POSTGRESQL_SHAPES if VENDORS[alias] == "postgresql" else SHAPES
    assert files - {f"{name}.sql" for name in shapes} == set()


@pytest.mark.parametrize("name", SHAPES)
def test_what_a_client_or_a_rule_gives_stands_in_no_sql(name: str, rows: Any) -> None:
    """It is a parameter, so that the text serves every other value too."""
    literals = {part.strip("'") for part in _TOKEN.findall(_statement(SHAPES[name])) if part.startswith("'")}
    assert not literals & GIVEN


@pytest.mark.parametrize("name", POSTGRESQL_SHAPES)
@pytest.mark.django_db(databases=["postgres"])
def test_what_a_client_gives_stands_in_no_sql_of_postgresqls_own(name: str) -> None:
    """Nor do elements of arrays and the ends of ranges."""
    with choose_database("postgres"):
        text = _statement(POSTGRESQL_SHAPES[name])
    literals = {part.strip("'") for part in _TOKEN.findall(text) if part.startswith("'")}
    assert not literals & {"1,2", "{1,2}", "1.50", "[1,10)", "2024-05-31", "2024-01-01"}
