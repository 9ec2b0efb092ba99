"""What `collectstatic` has made is served as it is, and nothing else of the disk is."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nuages.checks import check_static_files
from nuages.servers.static_checks import static_mistakes
from nuages.servers.static_files import find_files
from tests.http.observing import PROTOCOLS, access_log, ask_server, start_anew

STYLE = "body { color: black }"
MANIFEST = "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"


@pytest.fixture
def root(tmp_path: Path, settings: Any, db: None) -> Iterator[Path]:
    """A STATIC_ROOT with some files, and a secret beside it."""
    root = tmp_path / "static"
    (root / "css").mkdir(parents=True)
    (root / "css/base.css").write_text(STYLE)
    (root / "css/base.0123456789ab.css").write_text(STYLE)
    (root / "css/base.css.gz").write_bytes(b"\x1f\x8b")
    (root / "odd \u00fc.txt").write_text("odd")
    paths = {"css/base.css": "css/base.0123456789ab.css"}
    (root / "staticfiles.json").write_text(json.dumps({"version": "1.1", "paths": paths, "hash": ""}))
    (tmp_path / "secret.txt").write_text("a secret")
    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "django.contrib.staticfiles"]
    settings.MIDDLEWARE = [each for each in settings.MIDDLEWARE if "allauth" not in each]
    settings.STATIC_ROOT = str(root)
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": MANIFEST}}
    start_anew()
    yield root
    start_anew()


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_file_is_served(protocol: str, root: Path) -> None:
    """With its type, its tag, and for how long it is fresh: for ever where its name has its hash."""
    plain = ask_server(protocol, "/static/css/base.css")
    assert (plain.status, plain.body.decode()) == (200, STYLE)
    assert plain.header("content-type") == 'text/css; charset="utf-8"'
    assert plain.header("cache-control") == "max-age=60, public"
    assert plain.header("x-content-type-options") == "nosniff"
    assert plain.header("access-control-allow-origin") is None
    hashed = ask_server(protocol, "/static/css/base.0123456789ab.css")
    assert "immutable" in (hashed.header("cache-control") or "")
    tag = plain.header("etag") or ""
    again = ask_server(protocol, "/static/css/base.css", if_none_match=tag)
    assert (again.status, again.body, again.header("etag")) == (304, b"", tag)
    head = ask_server(protocol, "/static/css/base.css", "HEAD")
    assert (head.status, head.body, head.header("content-length")) == (200, b"", str(len(STYLE)))
    part = ask_server(protocol, "/static/css/base.css", range="bytes=0-3")
    assert (part.status, part.body) == (206, b"body")
    assert ask_server(protocol, "/static/css/base.css", "POST").status == 405
    packed = ask_server(protocol, "/static/css/base.css", accept_encoding="gzip")
    assert (packed.header("content-encoding"), packed.header("vary")) == ("gzip", "Accept-Encoding")
    assert ask_server(protocol, "/static/odd \u00fc.txt".encode().decode(_spelled(protocol))).body == b"odd"


def _spelled(protocol: str) -> str:
    """How a server hands over a path: WSGI as latin-1, ASGI as text."""
    return "latin-1" if protocol == "wsgi" else "utf-8"


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_odd_headers_break_nothing(protocol: str, root: Path) -> None:
    """Ranges and dates that are none are as if they were not there, or a 416."""
    for given in ("bytes=9-1", "bytes=-", "bytes=a-b", "lines=1-2", "bytes=0-1,3-4", "bytes=" + "9" * 5000, "\xff"):
        assert ask_server(protocol, "/static/css/base.css", range=given).status in {200, 206, 416}
    for given in ("never", "Mon, 99 Foo 99999 99:99:99 GMT", "\xff", "-1", "0" * 500):
        assert ask_server(protocol, "/static/css/base.css", if_modified_since=given).status == 200


PATHS = [
    "/static/../secret.txt",
    "/static/css/../../secret.txt",
    "/static//../secret.txt",
    "/static/%2e%2e/secret.txt",
    "/static/..%2fsecret.txt",
    "/static/..\\secret.txt",
    "/static/....//secret.txt",
    "/static//etc/passwd",
    "/static/css/..",
    "/static/css/../css/base.css",
    "/static//css/base.css",
    "/static/css/base.css/",
    "/static/css/base.css\x00.txt",
    "/static/css",
    "/static/css/",
    "/static/",
    "/static/css/base.css.gz",
    "/STATIC/css/base.css",
    "/static/\xff",
]


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("path", PATHS, ids=ascii)
def test_nothing_but_the_files_is_served(protocol: str, path: str, root: Path) -> None:
    """However a path climbs, doubles or ends: only what stands in the table at the start is sent."""
    answer = ask_server(protocol, path)
    assert answer.status in {301, 404}
    assert b"a secret" not in answer.body
    assert STYLE.encode() not in answer.body


def test_files_of_later_and_files_that_went(root: Path) -> None:
    """The table is of the start: a new file is not there yet, and one that was taken away is a 404."""
    files = find_files()
    assert files is not None
    (root / "late.txt").write_text("late")
    assert not files.has("/static/late.txt")
    (root / "css/base.css").unlink()
    assert files.has("/static/css/base.css")
    assert files.open("/static/css/base.css", "GET", {}) is None


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_files_are_observed(protocol: str, root: Path, settings: Any) -> None:
    """One route for all of them."""
    settings.NUAGES_ACCESS_LOG = True
    with access_log() as seen:
        ask_server(protocol, "/static/css/base.css")
    (entry,) = seen
    assert (entry.route, entry.status, entry.bytes) == ("/static/{path}", 200, len(STYLE))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NUAGES_STATIC_FILES", False),
        ("STATIC_ROOT", None),
        ("STATIC_ROOT", "/nosuch/directory"),
        ("STATIC_URL", "https://cdn.example/static/"),
        ("STATIC_URL", "/"),
    ],
)
def test_where_others_serve_them_nothing_is(name: str, value: Any, root: Path, settings: Any) -> None:
    """No directory, another host, or told not to."""
    setattr(settings, name, value)
    assert find_files() is None


def test_a_prefix_of_the_application_is_none_of_the_files(root: Path, settings: Any) -> None:
    """STATIC_URL has FORCE_SCRIPT_NAME in front; the path that a server hands over has not."""
    settings.FORCE_SCRIPT_NAME, settings.STATIC_URL = "/shop", "/shop/static/"
    files = find_files()
    assert files is not None
    assert files.has("/static/css/base.css")


@pytest.mark.parametrize("inside", ["settings", "database", "media"])
def test_a_directory_with_secrets_is_not_served(
    inside: str, root: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:  # E058
    """Settings, a database of SQLite or uploads in STATIC_ROOT stop the start."""
    assert list(static_mistakes()) == []
    if inside == "settings":
        settings.STATIC_ROOT = str(Path(__file__).parents[2])
    if inside == "database":
        monkeypatch.setitem(settings.DATABASES["default"], "NAME", str(root / "db.sqlite3"))
    if inside == "media":
        settings.MEDIA_ROOT = str(root / "media")
    (mistake,) = static_mistakes()
    assert (mistake.id, mistake.place) == ("nuages.E058", "settings.STATIC_ROOT")


def test_an_admin_without_files_is_warned_of(root: Path, settings: Any, tmp_path: Path) -> None:
    """`nuages.W058` with `check --deploy`, until `collectstatic` has run or another server has them."""
    assert check_static_files() == []
    settings.STATIC_ROOT = str(tmp_path / "nothing")
    assert [each.id for each in check_static_files()] == ["nuages.W058"]
    settings.NUAGES_STATIC_FILES = False
    assert check_static_files() == []


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("path", ["/static/../manage.py", "/static/admin/../../../settings.py", "/static/a%00b"])
def test_with_debug_a_way_out_is_a_file_that_is_not_there(protocol: str, path: str, root: Path, settings: Any) -> None:
    """A 404, not the 500 that Django's own handler makes of it; what there is, is found."""
    settings.DEBUG = True
    start_anew()
    assert ask_server(protocol, path).status == 404
    assert ask_server(protocol, "/static/admin/css/base.css").status == 200
