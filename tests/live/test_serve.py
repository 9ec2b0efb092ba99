"""`manage.py serve` says what it serves, or why it does not."""

import http.client
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.live.conftest import Serve
from tests.live.processes import SHOP, Server, environment_of, manage, serve_command, started


def test_banner_names_what_answers(serve: Serve, port: int) -> None:
    """Every URL of the banner answers, and it says what is not fit for production."""
    server = serve(DEBUG="1")
    server.wait_for(lambda: "! DEBUG is on" in server.said())
    lines = server.said().splitlines()
    urls = [word for line in lines for word in line.split() if word.startswith("http://")]
    assert f"http://127.0.0.1:{port}/api/" in urls
    assert f"http://127.0.0.1:{port}/api/docs" in urls
    assert f"http://127.0.0.1:{port}/odd/" in urls
    assert f"http://127.0.0.1:{port}/admin/" in urls
    for url in urls:
        assert server.get(url.removeprefix(f"http://127.0.0.1:{port}")).status in {200, 302}
    assert "Bookshop 1.0: 8 resources, 66 endpoints" in server.said()
    assert "Data      SQLite shop.sqlite3 (migrated)" in server.said()
    assert "Server    1 worker, 4 threads" in server.said()
    assert "ready in" in lines[0]


def test_api_and_project_are_served(server: Server) -> None:
    """The API goes straight to its core, everything else through Django, and the probes answer to any name."""
    book = server.get("/api/books/1")
    assert (book.status, book.headers["content-type"]) == (200, "application/json")
    assert json.loads(book.body)["id"] == 1
    assert {"referrer-policy", "x-frame-options", "cross-origin-opener-policy"} <= book.headers.keys()
    assert "content-security-policy" not in book.headers
    assert server.get("/admin/login/").status == 200
    assert server.get("/api").headers["location"] == "/api/"
    assert json.loads(server.get("/-/live", Host="10.0.0.1").body) == {"status": "ok"}
    assert server.get("/-/ready", Host="10.0.0.1").status == 200


def test_static_files_are_served_while_debugging(serve: Serve) -> None:
    """With DEBUG on the admin has its style sheets, as with runserver."""
    assert b"{" in serve("--quiet", DEBUG="1").get("/static/admin/css/base.css").body


def test_collected_files_are_served(serve: Serve, shop: Path) -> None:
    """With DEBUG off the admin has them as soon as collectstatic has run, with tags; nothing beside them is sent."""
    place = {"STATIC_ROOT": str(shop / "collected")}
    done = manage(shop, "collectstatic", "--no-input", "--verbosity", "0", **place)
    assert done.returncode == 0, done.stderr
    server = serve("--quiet", **place)
    style = server.get("/static/admin/css/base.css")
    assert (style.status, style.headers["cache-control"]) == (200, "max-age=60, public")
    assert server.get("/static/admin/css/base.css", If_None_Match=style.headers["etag"]).status == 304
    script = "admin/js/vendor/xregexp/xregexp.js"  # longer than one piece
    assert server.get(f"/static/{script}").body == (shop / "collected" / script).read_bytes()
    for path in ("/static/../shop.sqlite3", "/static/%2e%2e/shop.sqlite3", "/static/..%2fshop.sqlite3"):
        assert server.send(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())[9:12] in {
            b"400",
            b"404",
        }


def test_head_has_the_length_of_the_body_and_none(server: Server) -> None:
    """HEAD answers as GET does, without the body, and the connection is not left waiting for one."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    for path in ("/api/books/1", "/api/nothing", "/-/live"):
        connection.request("GET", path)
        expected = connection.getresponse()
        length = str(len(expected.read()))
        connection.request("HEAD", path)
        answer = connection.getresponse()
        assert (answer.status, answer.headers["content-length"], answer.read()) == (expected.status, length, b"")
    connection.close()


def test_fault_shows_no_traceback(server: Server) -> None:
    """With DEBUG off an author's fault is a 500 without its text; the log has it, under the id that the client has."""
    answer = server.get("/odd/failing")
    assert (answer.status, answer.headers["content-type"]) == (500, "application/problem+json")
    assert b"secret" not in answer.body
    assert b"Traceback" not in answer.body
    server.wait_for(lambda: "a secret of the server" in server.said())
    named = json.loads(answer.body)["request_id"]
    assert answer.headers["x-request-id"] == named
    assert server.said().count(f"GET /odd/failing failed (request {named})") == 1


def test_port_in_use_is_said(server: Server, shop: Path) -> None:
    """A second server on the same port ends with 1 and a sentence; the first goes on."""
    done = manage(shop, "serve", "--port", str(server.port))
    assert done.returncode == 1
    assert f"Cannot listen at 127.0.0.1:{server.port}: Address already in use." in done.stderr
    assert "Traceback" not in done.stderr
    assert server.answers()


@pytest.mark.parametrize("arguments", [["--port", "70000"], ["--host", "192.0.2.1"]], ids=str)
def test_wrong_option_is_said(shop: Path, arguments: list[str]) -> None:
    """An option that cannot be is refused before anything starts."""
    done = manage(shop, "serve", *arguments)
    assert done.returncode in {1, 2}
    assert "Traceback" not in done.stderr
    assert arguments[1] in done.stderr


def test_broken_declaration_stops_the_start(shop: Path, port: int) -> None:
    """Every mistake is named with its hint; nothing listens, and there is no traceback."""
    (shop / "broken.py").write_text(
        "from django.urls import path\nfrom nuages import API, Resource, anyone\nfrom shop.models import Tag\n"
        "api = API()\n@api.resource(Tag)\nclass Tags(Resource):\n    fields = ['nmae', 'idd']\n"
        "    rules = {'read': anyone}\nurlpatterns = [path('api/', api.urls)]\n"
    )
    (shop / "broken_settings.py").write_text("from tests.live.project.settings import *\nROOT_URLCONF = 'broken'\n")
    done = subprocess.run(
        [sys.executable, "-m", "django", "serve", "--port", str(port), "--settings", "broken_settings"],
        env=_environment(shop),
        cwd=shop,
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )
    assert done.returncode == 1
    assert "Did you mean 'name'?" in done.stderr
    assert "'idd'" in done.stderr
    assert "Traceback" not in done.stderr


def _environment(shop: Path) -> dict[str, str]:
    return environment_of(shop, PYTHONPATH=f"{shop}:{environment_of(shop)['PYTHONPATH']}")


@pytest.mark.parametrize("place", ["/", str(SHOP / "shop" / "migrations")])
def test_directory_does_not_matter(shop: Path, port: int, place: str) -> None:
    """The server starts from anywhere, from inside a package too, and several workers share the port."""
    with started(serve_command(port, "--workers", "2"), shop, port=port, cwd=Path(place)) as server:
        server.wait_until_up()
        assert server.get("/api/books/1").status == 200
        server.wait_for(lambda: "2 workers, 4 threads each" in server.said())


def test_reload_reads_the_code_anew(shop: Path, port: int) -> None:
    """A saved Python file starts the workers anew with what it says now; a broken one is survived."""
    pytest.importorskip("watchfiles")
    package = Path(shutil.copytree(SHOP, shop / "project"))
    command = [sys.executable, str(package / "manage.py"), "serve", "--port", str(port), "--reload"]
    path = f"{package}:{_environment(shop)['PYTHONPATH']}"
    variables = {"DJANGO_SETTINGS_MODULE": "bookshop.settings", "PYTHONPATH": path}
    api = package / "shop" / "api.py"
    text = api.read_text()
    with started(command, shop, port=port, cwd=package, environment=variables) as server:
        server.wait_until_up()
        server.wait_for(lambda: "Reloads on save" in server.said())
        api.write_text(text.replace('title="Bookshop"', 'title="Bücherstube"'))
        server.wait_for(lambda: server.answers("/api/", "Bücherstube"))
        api.write_text(text.replace('"published"', '"pubished"'))
        server.wait_for(lambda: "Did you mean 'published'" in server.said())
        api.write_text(text)
        server.wait_for(lambda: server.answers("/api/", '"Bookshop"'))
