"""A browser's own EventSource follows a live list, also over an exchange of the server's workers."""

import signal
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.live.processes import held_port, manage, serve_command, started

SETTINGS = {"DJANGO_SETTINGS_MODULE": "tests.live.project.watched"}
_WATCH = """() => {
  window.told = []; window.breaks = 0
  const source = new EventSource("/api/authors?country=FR&fields=id,name")
  for (const kind of ["page", "inserted", "changed", "removed"])
    source.addEventListener(kind, (event) => window.told.push([kind, JSON.parse(event.data)]))
  source.onerror = () => { window.breaks += 1 }
}"""


def test_an_event_source_hears_of_each_change_once(page: Page, tmp_path: Path) -> None:
    """The page, what changes, and behind a restart the rest, without a page."""
    _shell(tmp_path, "Author.objects.create(id=1, name='Colette', country='FR')", migrates=True)
    with (
        held_port() as port,
        started(serve_command(port, "--quiet"), tmp_path, port=port, environment=_environment(tmp_path)) as server,
    ):
        server.wait_until_up()
        page.set_extra_http_headers({"x-country": "XX"})
        page.goto(f"http://127.0.0.1:{port}/api/")
        page.evaluate(_WATCH)
        page.wait_for_function("window.told.length == 1")
        _shell(tmp_path, "Author.objects.filter(id=1).update(name='Sidonie')")
        page.wait_for_function("window.told.length == 2")
        server.process.send_signal(signal.SIGHUP)
        page.wait_for_function("window.breaks > 0")
        _shell(tmp_path, "Author.objects.filter(id=1).update(country='US')")
        page.wait_for_function("window.told.length == 3")
        told: Any = page.evaluate("window.told")
    assert told == [
        ["page", {"items": [{"id": 1, "name": "Colette"}], "next": None, "previous": None}],
        ["changed", {"id": 1, "name": "Sidonie"}],
        ["removed", {"id": 1}],
    ]


def _environment(directory: Path) -> dict[str, str]:
    return {"DATABASE_URL": f"sqlite:///{directory / 'db.sqlite3'}", **SETTINGS}


def _shell(directory: Path, code: str, *, migrates: bool = False) -> None:
    for arguments in ([["migrate", "-v0"]] if migrates else []) + [
        ["shell", "-v0", "-c", f"from shop.models import Author; {code}"]
    ]:
        done = manage(directory, *arguments, **_environment(directory))
        assert done.returncode == 0, done.stderr
