"""The banner says what is served and where, and names what is not fit for production."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections
from django.test import override_settings

from nuages.servers.banner import Served, Site, banner_lines

SHOP = Served("Bookshop 1.0", "/api/", 5, 10)


def _banner(*apis: Served, **chosen: Any) -> str:
    values: dict[str, Any] = {"workers": 1, "threads": 4, "reloads": False, "ready_s": 0.94, **chosen}
    return "\n".join(banner_lines(Site("0.1.0", "http://127.0.0.1:8000", apis or (SHOP,), **values)))


@pytest.fixture(autouse=True)
def readable(transactional_db: None) -> Iterator[None]:
    """The banner looks at the default database, and closes its connection."""
    yield
    assert connections["default"].connection is None or connections["default"].is_usable()


def test_banner_is_the_index() -> None:
    """Versions, every URL, the data, the workers and the time to the first listening worker."""
    text = _banner()
    assert "Nuages 0.1.0" in text
    assert "ready in 0.9 s" in text
    assert "API       http://127.0.0.1:8000/api/" in text
    assert "Bookshop 1.0: 5 resources, 10 endpoints" in text
    assert "Admin     http://127.0.0.1:8000/admin/" in text
    assert "Data      SQLite test.sqlite3 (" in text
    assert "Server    1 worker, 4 threads" in text


def test_numbers_agree_with_their_nouns() -> None:
    """One of a thing is said in the singular, and threads are each worker's."""
    text = _banner(Served("One", "/one/", 1, 1), workers=2, threads=1)
    assert "1 resource, 1 endpoint" in text
    assert "2 workers, 1 thread each" in text


@override_settings(ROOT_URLCONF="tests.unit.servers.test_health")
def test_what_is_absent_is_not_shown() -> None:
    """A project without the admin has no line for it, and an API that only Django finds has no URL."""
    text = _banner(Served("Hidden", None, 1, 2))
    assert "Admin" not in text
    assert "Hidden: 1 resource" in text
    assert "! Hidden takes Django's slower way" in text
    assert "/api/" not in text


@override_settings(MIGRATION_MODULES={})
def test_migrations_to_apply_are_counted() -> None:
    """A database behind its migrations is named, and the command that helps."""
    text = _banner()
    assert "migrations pending)" in text
    assert "! The database is behind: run manage.py migrate." in text


def test_project_without_a_database_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """A default database that was left empty has no line of its own to fail on."""
    monkeypatch.setitem(connections.settings["default"], "ENGINE", "django.db.backends.dummy")
    with ThreadPoolExecutor(1) as thread:  # a new thread has new connections
        assert "Data      none" in thread.submit(_banner).result()


def test_database_away_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that does not answer is no reason not to start, but is said."""
    connection = connections["default"]
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "NAME", "/nowhere/shop.sqlite3")
    text = _banner()
    monkeypatch.undo()
    assert "Data      SQLite shop.sqlite3 (away)" in text
    assert "! The database does not answer: unable to open database file" in text


@pytest.mark.parametrize(
    ("chosen", "caution"),
    [
        ({"DEBUG": True}, "! DEBUG is on"),
        ({"DEBUG": False}, "warnings for deployment: manage.py check --deploy"),
        ({"ALLOWED_HOSTS": ["*"]}, '! ALLOWED_HOSTS is "*"'),
        ({"MIDDLEWARE": ["shop.audit.Audit"]}, "! API requests pass by shop.audit.Audit; with NUAGES_STRAIGHT = False"),
    ],
    ids=str,
)
def test_what_is_not_fit_for_production_is_said(chosen: dict[str, Any], caution: str) -> None:
    """Each caution has a line of its own, and only where it applies."""
    with override_settings(**chosen):
        assert caution in _banner()
    assert caution not in _banner() or "deployment" in caution


@override_settings(MIDDLEWARE=["shop.audit.Audit"], NUAGES_STRAIGHT=False)
def test_nothing_is_passed_by_on_djangos_way() -> None:
    """With NUAGES_STRAIGHT off, requests pass every middleware, and a reload is said to be for development."""
    text = _banner(reloads=True)
    assert "pass by" not in text
    assert "! Reloads on save" in text
