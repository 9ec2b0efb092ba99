"""A read that PostgreSQL's planner expects to cost too much is refused, and the client is told what to leave out."""

from types import SimpleNamespace

import pytest
from django.db import connections
from django.test import override_settings

from nuages import API, Principal, Resource, anyone
from nuages.ceilings import ceiling_for
from nuages.errors import DeclarationError
from nuages.http.request import Request
from shop.models import Author, Book, Publisher
from tests.support.router import choose_database

CEILINGS = {"anonymous": 200.0, "authenticated": 1_000.0, "staff": None}


def build(ceilings):
    with override_settings(NUAGES_COST_CEILING=ceilings):
        api = API(title="Ceilings")

        @api.resource(Book)
        class Books(Resource):
            fields = ("id", "title")
            filters = ("id", "title")
            search = ("title",)
            rules = {"read": anyone}

        api.build()
    return api


@pytest.fixture
def postgres(db):
    with choose_database("postgres"):
        yield connections["postgres"]


@pytest.fixture
def books(postgres):
    author = Author.objects.create(name="A", country="FR")
    publisher = Publisher.objects.create(name="P")
    Book.objects.bulk_create(
        Book(title=f"book {n}", isbn=f"{n}", price=1, in_print=True, author=author, publisher=publisher)
        for n in range(3_000)
    )


def ask(api, query):
    return api.handle(Request("GET", "/books", query, {"host": "testserver"}, prefix="/api"))


@pytest.mark.django_db(databases=["postgres"])
class TestOnPostgreSQL:
    @pytest.fixture(autouse=True)
    def _analyzed(self, postgres, books):
        postgres.cursor().execute("ANALYZE shop_book")

    def test_a_dear_question_is_refused_by_what_makes_it_dear(self, statements):
        response = ask(build({"anonymous": 60.0}), "count=exact&title__icontains=zzz&id=7")
        assert response.status == 200  # the key makes it cheap
        statements.clear()
        response = ask(build({"anonymous": 60.0}), "count=exact&limit=1")
        assert response.status == 422
        assert b'"pointer":"?count"' in response.body
        assert b"Leave out count." in response.body
        assert not [sql for sql in statements if not sql.startswith("EXPLAIN")]

    def test_without_a_ceiling_nothing_is_explained(self, statements):
        assert ask(build({}), "count=exact").status == 200
        assert len(statements) == 1

    def test_where_nothing_helps_the_client_is_told_so(self):
        response = ask(build({"anonymous": 0.001}), "")
        assert response.status == 422
        assert b"Ask for fewer fields" in response.body


@pytest.mark.parametrize(
    ("user", "ceiling"),
    [(None, 200.0), (SimpleNamespace(is_staff=False), 1_000.0), (SimpleNamespace(is_staff=True), None)],
)
def test_each_role_has_its_ceiling(user, ceiling):
    assert ceiling_for(CEILINGS, Principal(user=user)) == ceiling


@pytest.mark.parametrize("wrong", [{"stuff": 5}, {"staff": 0}, {"staff": "many"}, [("staff", 5)]])
def test_a_wrong_setting_is_refused_at_start_up(wrong):
    with pytest.raises(DeclarationError, match=r"nuages\.E025"):
        build(wrong)


def test_sqlite_estimates_nothing(database):
    if database.vendor == "sqlite":
        assert ask(build({"anonymous": 0.001}), "").status == 200
