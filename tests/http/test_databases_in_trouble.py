"""What stands in a database's way for a while is a 503 that says when to come back, never a 500."""

import os
import select
import socket

import psycopg
import pytest
from django.db import InternalError, OperationalError, connections
from django.test import Client, override_settings
from django.urls import path

from nuages import API, Resource, anyone
from nuages.execute.alive import is_ended
from nuages.execute.failures import problem_of
from nuages.execute.libpq import send
from shop.models import Tag
from tests.http.client import get
from tests.live.processes import wait_for
from tests.support.router import choose_database

api = API(title="Trouble")


@api.resource(Tag)
class Tags(Resource):
    fields = ["id", "name"]
    writable = ["name"]
    rules = {"read": anyone, "write": anyone}


urlpatterns = [path("", api.urls)]


@pytest.mark.django_db(databases=["postgres"])
@override_settings(ROOT_URLCONF=__name__)
def test_a_change_on_a_server_that_is_read_only(db: None) -> None:  # F04, 25006
    """A primary that has become a replica: changes wait for the other one, reads go on."""
    with choose_database("postgres"):
        Tag.objects.create(id=7, name="seven")
        with connections["postgres"].cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
        assert get("/tags").json()["items"] == [{"id": 7, "name": "seven"}]
        response = Client().post("/tags", {"name": "eight"}, content_type="application/json")
        assert (response.status_code, response.headers["Retry-After"]) == (503, "1"), response.content
        assert b"transaction" not in response.content


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        *(
            (state, OperationalError)
            for state in ("08006", "53100", "53200", "53300", "57P01", "57P03", "57P05", "58030")
        ),
        *((state, InternalError) for state in ("25006", "25P03", "25P04")),
    ],
)
def test_codes_of_trouble_are_503(state: str, kind: type[Exception]) -> None:  # F04
    """As psycopg classes them: some of them it calls errors of its own inside."""
    cause = psycopg.errors.lookup(state)("no")
    assert isinstance(cause, getattr(psycopg, kind.__name__))
    error = kind("no")
    error.__cause__ = cause
    problem = problem_of(error)
    assert problem is not None
    assert (problem.status, problem.headers) == (503, (("Retry-After", "1"),))


def test_our_own_faults_stay_500() -> None:
    """A statement in a transaction that has failed, and what no table knows."""
    for state, kind in (("25P02", InternalError), ("XX000", InternalError), ("54000", OperationalError)):
        error = kind("no")
        error.__cause__ = psycopg.errors.lookup(state)("no")
        assert problem_of(error) is None, state


@pytest.mark.django_db(databases=["postgres"])
def test_a_connection_that_is_lost_inside_a_transaction_is_trouble(db: None) -> None:
    """libpq has no code for it; nobody asks again there, since what came before is gone."""
    with psycopg.connect(**{**connections["postgres"].get_connection_params(), "context": None}) as lost:
        lost.execute("SELECT 1")
        with socket.socket(fileno=os.dup(lost.fileno())) as line:
            line.shutdown(socket.SHUT_RDWR)
        with pytest.raises(psycopg.OperationalError) as caught:
            send(lost, "SELECT 1", [], is_prepared=False)
        assert caught.value.sqlstate is None
        lost.close()


@pytest.mark.django_db(databases=["postgres"])
def test_a_connection_at_rest_is_known_to_be_over(db: None) -> None:
    """As soon as the server has ended it; one that the server has told something is asked, and is not."""
    parameters = {**connections["postgres"].get_connection_params(), "context": None, "autocommit": True}
    with psycopg.connect(**parameters) as resting, psycopg.connect(**parameters) as other:
        resting.execute("LISTEN nuages_tests")
        assert not is_ended(resting)
        other.execute("NOTIFY nuages_tests")
        wait_for(lambda: bool(select.select([resting], [], [], 0)[0]))
        assert not is_ended(resting)
        other.execute("SELECT pg_terminate_backend(%s)", [resting.info.backend_pid])
        wait_for(lambda: is_ended(resting))
        assert is_ended(resting)
