"""`manage.py nuages access` prints who may do what; no rule makes it fail, and stand-ins ask no database."""

import gc
import json
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.db.models import Q

from nuages import API, Resource, anyone, authenticated, field, group, nested, owner, permission, scope, staff, where
from nuages.openapi.page_answer import FILES
from nuages.testing import access_matrix
from shop.models import Author, Book, Review
from tests.http.rules_asked import user


def said(*arguments: str) -> str:
    """What the command prints; of the APIs that other tests have declared, only those that are alive."""
    gc.collect()
    out = StringIO()
    call_command("nuages", "access", *arguments, stdout=out, no_color=True)
    return out.getvalue()


def _fail(principal: Any) -> Any:
    raise RuntimeError("broken")


@pytest.fixture
def api() -> API:
    """An API with rules of every sort."""
    api = API(title="Access")
    books = {
        "fields": [
            "id",
            "title",
            field("price", visible=staff),
            nested("author", "id", field("born", visible=group("editors"))),
        ],
        "writable": ["title"],
        "rules": {
            "read": where(lambda _: Q()),
            "create": permission("shop.add_book"),
            "update": _fail,
            "delete": staff,
        },
    }
    api.resource(Book)(type("Books", (Resource,), books))
    reviews = {"fields": ["id"], "rules": {"read": anyone, "delete": owner("user") | staff}}
    api.resource(Review)(type("Reviews", (Resource,), reviews))
    hooked = {"fields": ["id", "name"], "writable": ["name"], "max_bulk": 3}
    rules = {"read": scope("a") & authenticated, "write": anyone}
    hook = {"queryset": lambda *_: Author.objects.filter(pk=1)}
    api.resource(Author)(type("Authors", (Resource,), {**hooked, **hook, "rules": rules}))
    return api


def test_the_matrix_of_an_api(api: API, statements: Any) -> None:
    """Operations, then members; a question mark where a rule wants a real user."""
    matrix = access_matrix(api)
    assert {what: " ".join(cells.values()) for what, cells in matrix.items()} == {
        "GET /books": "no rows rows rows",
        "QUERY /books": "no rows rows rows",
        "GET /books/{key}": "no rows rows rows",
        "POST /books": "no ? ? yes",
        "PUT /books/{key}": "no ? ? ?",
        "PATCH /books/{key}": "no ? ? ?",
        "DELETE /books/{key}": "no no rows rows",
        "GET /reviews": "yes yes yes yes",
        "QUERY /reviews": "yes yes yes yes",
        "GET /reviews/{key}": "yes yes yes yes",
        "DELETE /reviews/{key}": "no rows yes yes",
        "GET /authors": "no rows rows rows",
        "QUERY /authors": "no rows rows rows",
        "GET /authors/{key}": "no rows rows rows",
        "POST /authors": "yes yes yes yes",
        "PUT /authors/{key}": "no rows rows rows",
        "PATCH /authors/{key}": "no rows rows rows",
        "PATCH /authors": "no rows rows rows",
        "DELETE /authors/{key}": "no rows rows rows",
        **{f"GET {path}": "? ? ? ?" for path in ("/", "/openapi.json", "/docs", FILES)},
        "books.price": "no no yes yes",
        "books.author.born": "no ? ? ?",
    }
    assert list(matrix["GET /"]) == ["anonymous", "authenticated", "staff", "superuser"]
    assert statements == []


def test_a_real_user_has_a_column(api: API, database: Any) -> None:
    """Whose rules may ask the database."""
    ann = user("ann")
    ann.groups.add(Group.objects.create(name="editors"))
    document = json.loads(said("--json", "--as", "ann"))
    (matrix,) = [each["access"] for each in document if each["api"] == "Access"]
    assert (matrix["POST /books"]["ann"], matrix["GET /books"]["ann"]) == ("no", "rows")
    assert (matrix["books.author.born"]["ann"], matrix["books.price"]["ann"]) == ("yes", "no")
    assert matrix["PUT /books/{key}"]["ann"] == "?"


def test_it_is_printed_as_a_table(api: API) -> None:
    """A line for each operation, under the title of its API."""
    lines = said().split("-- Access\n")[1].split("\n--")[0].splitlines()
    assert lines[0].split() == ["anonymous", "authenticated", "staff", "superuser"]
    assert [line.split("  ")[0] for line in lines[1:3]] == ["GET /books", "QUERY /books"]
    assert ["DELETE", "/reviews/{key}", "no", "rows", "yes", "yes"] in [line.split() for line in lines]
    assert not any(line.endswith(" ") for line in lines)


def test_an_unknown_user_is_named(database: Any) -> None:
    """As in the other commands."""
    with pytest.raises(CommandError, match="no user 'nobody'"):
        said("--as", "nobody")
