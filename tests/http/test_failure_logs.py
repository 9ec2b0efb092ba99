"""Whoever keeps watch hears of a failure once, and harms no answer by failing too."""

import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django import VERSION
from django.core import mail
from django.core.signals import got_request_exception
from django.db import transaction
from django.http import Http404
from django.test import Client
from django.urls import path
from django.utils.log import AdminEmailHandler

from nuages import API, Resource
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
    fail,
    failing,
    met,
    refused,
)
from tests.http.writing import change

urlpatterns = [path("failing/", api.urls)]


class _Failing(logging.Handler):
    """A handler that fails after it was asked to write."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.count += 1
        raise OSError("the disk is full")


@pytest.fixture
def failing_log() -> Iterator[_Failing]:
    """Every log entry meets a handler that fails."""
    handler = _Failing()
    logging.getLogger().addHandler(handler)
    yield handler
    logging.getLogger().removeHandler(handler)


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("a\n2026-01-01 INFO all is well", r"a\n2026-01-01 INFO all is well"),
        ("\r\n\x00", r"\r\n\x00"),
        ("\x1b[31m\x9b", r"\x1b[31m\x9b"),
        ("\u2028\u202e\x85", r"\u2028\u202e\x85"),
        (r"\n", r"\\n"),
        ("%s %(x)s {0.__class__} ${jndi:ldap:}", "%s %(x)s {0.__class__} ${jndi:ldap:}"),
        ("château", "château"),
    ],
)
def test_an_entry_is_one_line_without_the_query(key: str, told: str, rows: Any, caplog: Any) -> None:  # I09, I10, I11
    """The path is escaped, and the parameters, which may hold secrets, are left out."""
    own = API(title="Lines")
    own.resource(Tag)(type("Tags", (Resource,), {**TAGS, "key": "name", "queryset": fail}))
    with failing(RuntimeError("no")):
        refused(send(own, f"/tags/{key}?fields=hush", user_agent="x\ny"), *FAILED)
    [entry] = entries(caplog)
    assert entry.getMessage() == f"GET /tags/{told} failed (request {SAME})"


@pytest.mark.parametrize("place", PLACES)
def test_a_log_that_fails_breaks_no_answer(place: str, rows: Any, failing_log: _Failing, caplog: Any) -> None:  # F17
    """The client is told the same, whoever wrote the entry before writes it once, and stderr says what failed."""
    demand_failed(met(place, RuntimeError(SECRET)), place)
    assert failing_log.count == 1
    assert len(entries(caplog)) <= 1
    demand_as_ever()


def test_a_log_that_fails_under_an_author_is_an_error_like_any(rows: Any, failing_log: _Failing) -> None:
    """Their own log line raises in their hook; ours, about it, harms nothing."""

    def queryset(self: Any, principal: Any) -> None:
        logging.getLogger("shop").warning("hello")

    own = API(title="Talking")
    own.resource(Tag)(type("Tags", (Resource,), {**TAGS, "queryset": queryset}))
    refused(send(own, "/tags"), *FAILED)
    assert failing_log.count == 2


@pytest.fixture
def watched() -> Iterator[list[Any]]:
    """What those hear who listen to Django's signal, as Sentry does: the exception that is being handled."""
    heard: list[Any] = []

    def hear(sender: Any, request: Any, **_: Any) -> None:
        heard.append((sender, request, sys.exc_info()[1]))

    got_request_exception.connect(hear)
    yield heard
    got_request_exception.disconnect(hear)


def test_whoever_listens_to_djangos_signal_hears_of_a_500(rows: Any, watched: list[Any]) -> None:
    """Once, and while the exception is being handled; nothing of what is refused rightly."""
    error = RuntimeError(SECRET)
    for place in (*READS, *WRITES):
        met(place, error)
        assert watched.pop() == (None, None, error)
        assert watched == []
    for place in RULES:
        met(place, error)
    met("a queryset hook", Http404())
    send(api, "/nosuch")
    assert watched == []


def test_a_listener_that_fails_harms_no_answer(rows: Any, caplog: Any) -> None:
    """Not even where the log fails that Django tells of it."""

    def hear(request: Any, **_: Any) -> None:
        request.sentry = "id"

    got_request_exception.connect(hear)
    handler = _Failing()
    try:
        refused(met("a queryset hook", RuntimeError()), *FAILED)
        assert [entry.name for entry in entries(caplog)] == ["django.dispatch", "nuages.request"]
        logging.getLogger("django.dispatch").addHandler(handler)
        refused(met("a queryset hook", RuntimeError()), *FAILED)
        assert handler.count == 1
    finally:
        logging.getLogger("django.dispatch").removeHandler(handler)
        got_request_exception.disconnect(hear)


@pytest.mark.urls(__name__)
def test_a_projects_test_client_raises_what_failed(rows: Any) -> None:
    """As for any view of Django's, unless it is told not to."""
    with failing(ZeroDivisionError("of a test")), pytest.raises(ZeroDivisionError, match="of a test"):
        Client().get("/failing/narrowed")
    with failing(ZeroDivisionError()):
        assert Client(raise_request_exception=False).get("/failing/narrowed").status_code == 500
        assert Client().get("/failing/ruled").status_code == 403


def test_admins_are_mailed_where_a_project_wants_it(rows: Any, settings: Any) -> None:
    """Django's own handler, put to our logger, sends one mail that names the request."""
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}  # from Django 6.1 on
    settings.ADMINS = ["ann@example.org"] if VERSION >= (6, 0) else [("Ann", "ann@example.org")]
    handler = AdminEmailHandler()
    logging.getLogger("nuages.request").addHandler(handler)
    try:
        met("a queryset hook", RuntimeError("no"))
    finally:
        logging.getLogger("nuages.request").removeHandler(handler)
    [letter] = mail.outbox
    assert f"GET /narrowed failed (request {SAME})" in letter.subject
    assert "RuntimeError\nno" in letter.body


def test_a_hook_after_the_commit_is_logged_with_the_id(rows: Any, transactional_db: Any, caplog: Any) -> None:
    """What it follows is stored, and the answer says so."""

    def create(self: Any, values: dict[str, Any], principal: Any) -> Any:
        transaction.on_commit(fail, using=rows.alias)
        return Resource.create(self, values, principal)

    own = API(title="Later")
    own.resource(Tag)(type("Tags", (Resource,), {**TAGS, "create": create}))
    with failing(RuntimeError("later")):
        assert change(own, "POST", "/tags", {"name": "new"}).status == 201
    assert Tag.objects.filter(name="new").exists()
    [entry] = entries(caplog)
    assert entry.getMessage() == f"A function given to transaction.on_commit failed (request {SAME})"
