"""An error anywhere is one problem and one log entry with one id, and nothing is half stored."""

from typing import Any

import pytest
from django.core import exceptions as django
from django.db import OperationalError
from django.http import Http404, UnreadablePostError
from django.test import Client
from django.urls import path

from nuages import API, Conflict, NotFound, Problem, Resource
from shop.models import Tag
from tests.http.asking import SAME, send
from tests.http.failing import (
    FAILED,
    PLACES,
    READS,
    RULES,
    SECRET,
    TAGS,
    WRITES,
    api,
    demand_as_ever,
    demand_failed,
    entries,
    failing,
    met,
    refused,
)
from tests.http.writing import change, faults

urlpatterns = [path("failing/", api.urls)]


ERRORS = [RuntimeError(SECRET), KeyError("secret"), TypeError(SECRET), RecursionError(), MemoryError()]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("place", PLACES)
def test_an_error_is_one_problem_and_one_entry(place: str, error: Exception, rows: Any, caplog: Any) -> None:  # F17
    """500, but for a rule, which has not said yes: 403. The entry has the traceback and the id of the problem."""
    response = met(place, error)
    document = demand_failed(response, place)
    assert place in RULES or document["detail"] == "This server failed; the failure is logged."
    [entry] = entries(caplog)
    assert entry.getMessage().endswith(f" failed (request {SAME})")
    assert (entry.name, entry.levelname, entry.request_id) == ("nuages.request", "ERROR", SAME)
    assert entry.exc_info
    raised = entry.exc_info[1]
    assert error in (raised, raised and raised.__cause__)
    demand_as_ever()


def test_every_error_of_python_is_answered(rows: Any) -> None:
    """One that truly runs out of stack, deep in an author's code."""

    def queryset(self: Any, principal: Any) -> Any:
        return queryset(self, principal)

    own = API(title="Deep")
    own.resource(Tag)(type("Tags", (Resource,), {**TAGS, "queryset": queryset}))
    refused(send(own, "/tags"), *FAILED)


@pytest.mark.parametrize("place", [*RULES, *READS, *WRITES])
@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Http404(SECRET), 404, "not-found"),
        (Tag.DoesNotExist(SECRET), 404, "not-found"),
        (django.ObjectDoesNotExist(), 404, "not-found"),
        (django.PermissionDenied(SECRET), 401, "not-identified"),
        (django.BadRequest(SECRET), 400, "bad-request"),
        (UnreadablePostError(SECRET), 400, "incomplete-body"),
        (django.ValidationError("No."), 422, "invalid-document"),
        (Conflict("Sold out.", code="sold-out"), 409, "sold-out"),
        (NotFound("Not any more."), 404, "not-found"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_what_django_means_is_answered_so_everywhere(
    place: str, error: Exception, status: int, code: str, rows: Any, caplog: Any
) -> None:
    """Nothing of it is a failure, and nothing is logged; a Problem of an author's is sent as it is."""
    document = refused(met(place, error), status, code)
    assert not isinstance(error, Problem) or document["detail"] == error.detail
    assert entries(caplog) == []
    demand_as_ever()


@pytest.mark.parametrize("place", ["a read rule", "a queryset hook", "a python value", "a merge hook"])
@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        (django.SuspiciousOperation, 400, "bad-request"),
        (django.DisallowedHost, 400, "bad-request"),
        (django.TooManyFieldsSent, 400, "bad-request"),
        (django.SuspiciousFileOperation, 400, "bad-request"),
        (django.RequestDataTooBig, 413, "content-too-large"),
    ],
)
def test_what_is_suspicious_is_logged_where_django_logs_it(
    place: str, kind: Any, status: int, code: str, rows: Any, caplog: Any
) -> None:
    """Once, in one line, under the logger that is there for it."""
    refused(met(place, kind("secret\nINFO all is well")), status, code)
    [entry] = entries(caplog)
    assert (entry.name, entry.levelname) == (f"django.security.{kind.__name__}", "ERROR")
    assert entry.getMessage() == f"secret\\nINFO all is well (request {SAME})"
    demand_as_ever()


@pytest.mark.parametrize("place", ["a queryset hook", "a python value", "a create hook", "a signal of a changed row"])
def test_a_validation_error_says_where(place: str, rows: Any) -> None:
    """Each field has its pointer; what is about none of them points to the whole."""
    error = django.ValidationError({"name": ["Not this.", "Nor this."], django.NON_FIELD_ERRORS: ["And not so."]})
    response = met(place, error)
    refused(response, 422, "invalid-document")
    assert faults(response) == [("/name", "invalid"), ("/name", "invalid"), ("", "invalid")]
    with_code = django.ValidationError({"name": django.ValidationError("No.", code="no_way")})
    assert faults(met(place, with_code)) == [("/name", "no-way")]


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("url", ["/failing/narrowed", "/failing/ruled"])
def test_who_is_denied_is_told_to_log_in_or_not(url: str, rows: Any, django_user_model: Any) -> None:
    """PermissionDenied says no as a rule does: 401 to anybody, 403 to somebody."""
    client = Client()
    with failing(django.PermissionDenied()):
        anybody = client.get(url)
        client.force_login(django_user_model.objects.create_user("ann"))
        somebody = client.get(url)
    assert (anybody.status_code, somebody.status_code) == (401, 403)
    assert anybody.headers["WWW-Authenticate"] == 'Session realm="api"'


@pytest.mark.parametrize("place", PLACES)
def test_a_database_that_is_away_is_a_503_wherever_it_is_met(place: str, rows: Any, caplog: Any) -> None:
    """Also in a rule: that is no fault of the rule's. It is logged as a warning, once, in one line."""
    error = OperationalError("server closed\nthe connection")
    error.__cause__ = _Away()
    response = met(place, error)
    refused(response, 503, "unavailable")
    warnings = [record.getMessage() for record in caplog.records if record.name == "nuages.request"]
    assert len(warnings) == 1
    assert warnings[0].endswith(f": server closed\\nthe connection (request {SAME})")
    demand_as_ever()


class _Away(Exception):
    sqlstate = "57P01"


def test_debug_shows_nothing_more(rows: Any, settings: Any) -> None:
    """No traceback, no settings."""
    settings.DEBUG = True
    for place in PLACES:
        demand_failed(met(place, RuntimeError(SECRET)), place)


@pytest.mark.parametrize("error", [SystemExit(1), KeyboardInterrupt(), GeneratorExit()], ids=lambda e: type(e).__name__)
@pytest.mark.parametrize("place", PLACES)
def test_what_ends_the_process_passes_and_leaves_nothing(place: str, error: BaseException, rows: Any) -> None:
    """It is no error to be answered; the connection, its transaction and the thread are clean after it."""
    with pytest.raises(type(error)):
        met(place, error)
    assert not rows.needs_rollback
    demand_as_ever()


def test_a_row_is_not_kept_that_could_not_be_shown(rows: Any, transactional_db: Any, caplog: Any) -> None:
    """Also where one statement makes it, as nothing does inside a test's own transaction."""
    place = "a python value of what was written"
    demand_failed(met(place, RuntimeError()), place)
    demand_as_ever()
    with pytest.raises(SystemExit):
        met(place, SystemExit())
    assert not rows.in_atomic_block
    demand_as_ever()
    assert change(api, "POST", "/valued", {"name": "new"}).status == 201
