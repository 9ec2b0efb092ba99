"""`/-/live` and `/-/ready` answer anybody, say no more than they must, and are never stored."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client, override_settings
from django.urls import path

from nuages.http.request import Request
from nuages.servers import health
from nuages.servers.front import Front
from nuages.servers.guards import Guards
from nuages.servers.health import Readiness, live, ready
from nuages.servers.wsgi_app import WsgiApplication
from tests.conftest import Statements
from tests.unit.servers.calls import call_wsgi, environ_of

urlpatterns = [path("-/", health.urls)]


def _in_thread(work: Callable[[], Any]) -> Any:
    """Run in a thread of its own, whose connections are new, and give what it gives."""
    given: list[Any] = []

    def run() -> None:
        try:
            given.append(work())
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return given[0]


@pytest.mark.parametrize("path", ["/-/live", "/-/ready"])
@pytest.mark.parametrize(
    ("method", "status", "body"),
    [
        ("GET", 200, b'{"status":"ok"}'),
        ("HEAD", 200, b""),
        ("OPTIONS", 204, b""),
        ("POST", 405, None),
        ("get", 405, None),
    ],
)
@pytest.mark.django_db(transaction=True)
def test_probes_answer_reads_alone(path: str, method: str, status: int, body: bytes | None) -> None:
    """GET and HEAD are answered, OPTIONS names them, all else is a 405 with Allow; nothing is stored."""
    application = WsgiApplication(Front([], Guards()), _no_django)
    answer = _in_thread(lambda: call_wsgi(application, environ_of(path, method)))
    assert (answer.status, answer.header("cache-control")) == (status, "no-store")
    assert body is None or answer.body == body
    assert (answer.header("allow") == "GET, HEAD, OPTIONS") == (status in {204, 405})
    assert method != "HEAD" or answer.header("content-length") == "15"


def _no_django(environ: Any, start_response: Any) -> list[bytes]:
    raise AssertionError("Django was asked")


@pytest.mark.parametrize("host", ["evil", "10.1.2.3", "", "a,b", None])
def test_probes_answer_to_any_name_and_over_http(host: str | None) -> None:
    """A balancer asks by address and over plain HTTP: no host is refused, and nothing is sent to HTTPS."""
    middleware = ["django.middleware.security.SecurityMiddleware"]
    with override_settings(ALLOWED_HOSTS=["shop.example"], SECURE_SSL_REDIRECT=True, MIDDLEWARE=middleware):
        application = WsgiApplication(Front([], Guards()), _no_django)
        assert call_wsgi(application, environ_of("/-/live", HTTP_HOST=host)).status == 200


def test_liveness_needs_no_database() -> None:
    """Liveness asks nothing of anybody: pytest-django would forbid a connection here."""
    assert live(Request("GET", "/-/live", "", {})).body == b'{"status":"ok"}'


def test_database_away_is_not_ready(monkeypatch: pytest.MonkeyPatch, django_db_blocker: Any) -> None:
    """Without its database the process is not ready; the answer names neither the database nor the error."""

    def work() -> Any:
        with django_db_blocker.unblock():
            return ready(Request("GET", "/-/ready", "", {}))

    monkeypatch.setitem(connections.settings["default"], "NAME", "/nowhere/shop.sqlite3")
    answer = _in_thread(work)
    assert (answer.status, answer.header("retry-after")) == (503, "1")
    assert b'"urn:nuages:problem:database-away"' in answer.body
    assert b"nowhere" not in answer.body


@pytest.mark.django_db(transaction=True)
def test_migration_to_apply_is_not_ready_until_it_is_applied() -> None:
    """What `manage.py migrate` would still apply is counted, without a table of migrations too, and names nothing."""
    readiness = Readiness()

    def work() -> list[int]:
        recorder = MigrationRecorder(connections["default"])
        counts = [readiness.count_pending()]
        recorder.ensure_schema()
        try:
            counts.append(readiness.count_pending())
            for app, name in MigrationLoader(None).disk_migrations:
                recorder.record_applied(app, name)
            counts.append(readiness.count_pending())
            recorder.record_unapplied(*MigrationLoader(None).graph.leaf_nodes("shop")[0])
            counts.append(readiness.count_pending())
            answer = ready(Request("HEAD", "/-/ready", "", {}))
            assert (answer.status, answer.body, answer.header("retry-after")) == (503, b"", "5")
        finally:
            with connections["default"].schema_editor() as editor:
                editor.delete_model(recorder.Migration)
        return counts

    with override_settings(MIGRATION_MODULES={}):
        counts = _in_thread(work)
    assert counts[0] == counts[1] > counts[3] > 0
    assert counts[2] == 0


@pytest.mark.django_db(transaction=True)
def test_readiness_costs_one_statement(statements: Statements) -> None:
    """Once the migrations on disk are known, a call sends one statement."""
    recorder = MigrationRecorder(connections["default"])
    recorder.ensure_schema()
    readiness = Readiness()
    readiness.count_pending()
    statements.clear()
    readiness.count_pending()
    assert len(statements) == 1
    assert statements[0].startswith("SELECT")
    with connections["default"].schema_editor() as editor:
        editor.delete_model(recorder.Migration)


def test_project_without_a_database_is_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    """A default database that was left empty is nothing to wait for."""
    monkeypatch.setitem(connections.settings["default"], "ENGINE", "django.db.backends.dummy")
    assert _in_thread(lambda: ready(Request("GET", "/-/ready", "", {}))).status == 200


@pytest.mark.django_db(transaction=True)
def test_broken_migrations_are_not_ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A migration that cannot be read is logged, and a 503 without its traceback."""
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / "__init__.py").touch()
    (tmp_path / "odd" / "0001_initial.py").write_text("raise RuntimeError('a secret')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(health, "_readiness", Readiness())
    with override_settings(MIGRATION_MODULES={"shop": "odd"}):
        answer = _in_thread(lambda: ready(Request("GET", "/-/ready", "", {})))
    assert (answer.status, b"secret" in answer.body) == (503, False)


@pytest.mark.django_db(transaction=True)
def test_probes_stand_in_a_urlconf(client: Client) -> None:
    """A project on Django's own application mounts them with `path("-/", health.urls)`, behind its middleware."""
    with override_settings(ROOT_URLCONF=__name__, MIGRATION_MODULES={}):
        assert client.get("/-/live").json() == {"status": "ok"}
        assert client.post("/-/live").status_code == 405
        assert client.get("/-/live", headers={"host": "evil"}).status_code == 400
