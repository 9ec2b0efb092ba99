"""Files reach the storage whole and within their bound, on every server, or leave neither a row nor a file."""

import json
import shutil
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.http.forms import BOUNDARY, body_of, files_in, part
from tests.live.processes import SHOP, Server, held_port, manage, serve_command, started
from tests.live.test_bodies import DJANGOS, STRAIGHT, _first, _is_whole_first, _status
from tests.live.test_servers import COMMANDS

SETTINGS = "tests.live.project.files"
HEAD = b" /api/exhibits HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
FORM = f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n".encode()
MOST_BYTES = 1_000_000


@pytest.fixture(scope="module")
def migrated(seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a database that has the tables of exhibits, too."""
    directory = Path(shutil.copytree(seeded, tmp_path_factory.mktemp("migrated") / "shop"))
    done = manage(directory, "migrate", "--run-syncdb", "--verbosity", "0", DJANGO_SETTINGS_MODULE=SETTINGS)
    assert done.returncode == 0, done.stderr
    return directory


@pytest.fixture(scope="module", params=[*STRAIGHT, *DJANGOS])
def way(request: pytest.FixtureRequest, migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Each way into an API that takes files, with two threads."""
    directory = Path(shutil.copytree(migrated, tmp_path_factory.mktemp("files") / "shop"))
    name = request.param.removesuffix("-django")
    environment = {"DJANGO_SETTINGS_MODULE": SETTINGS, "TEST_STRAIGHT": "01"[name == request.param]}
    with held_port() as port:
        command = (
            serve_command(port, "--quiet")
            if name == "serve"
            else [sys.executable, *(word.format(port=port) for word in COMMANDS[name])]
        )
        with started(command, directory, port=port, cwd=SHOP, environment=environment) as server:
            server.wait_until_up()
            yield server


def _form(label: str, content: bytes) -> bytes:
    return body_of(part("label", label), part("sheet", content, "sheet.bin", "application/octet-stream"))


def _send(way: Server, method: bytes, path: bytes, body: bytes) -> tuple[int, dict[str, str]]:
    length = b"Content-Length: %d\r\n\r\n" % len(body)
    said = way.send(method + HEAD.replace(b"/api/exhibits", path) + FORM + length + body)
    return _status(said), json.loads(said.partition(b"\r\n\r\n")[2] or b"{}")


def _media(way: Server) -> dict[str, bytes]:
    return files_in(way.log.parent / "media")


def _labels(way: Server) -> set[str]:
    return {item["label"] for item in json.loads(way.get("/api/exhibits?limit=200").body)["items"]}


def test_a_file_comes_whole(way: Server) -> None:
    """As long as it may be, with POST, PUT and PATCH; the old ones go."""
    content = bytes(range(256)) * 3900
    status, made = _send(way, b"POST", b"/api/exhibits", _form("whole", content))
    assert status == 201, made
    assert _media(way)[made["sheet"].removeprefix("/media/")] == content
    for method in (b"PUT", b"PATCH"):
        status, changed = _send(way, method, f"/api/exhibits/{made['id']}".encode(), _form("whole", method))
        assert (status, changed["sheet"] != made["sheet"]) == (200, True)
        assert _media(way)[changed["sheet"].removeprefix("/media/")] == method
    assert way.get(f"/api/exhibits/{made['id']}", "DELETE").status == 204
    assert (
        _media(way).keys() & {made["sheet"].removeprefix("/media/"), changed["sheet"].removeprefix("/media/")} == set()
    )


def test_a_file_in_pieces_comes_whole(way: Server) -> None:
    """However its bytes arrive."""
    body = _form("pieces", b"\r\n--" * 5000)
    with way.connect() as connection:
        connection.sendall(b"POST" + HEAD + FORM + b"Content-Length: %d\r\n\r\n" % len(body))
        for begin in range(0, len(body), 1000):
            connection.sendall(body[begin : begin + 1000])
        said = b""
        while chunk := connection.recv(65536):
            said += chunk
    assert _status(said) == 201, said
    assert b"\r\n--" * 5000 in _media(way).values()


def test_a_file_too_large_leaves_nothing(way: Server, request: pytest.FixtureRequest) -> None:
    """By the length that is said, before it comes; and by the bytes of one file."""
    before = _media(way)
    if not _is_whole_first(request):
        said = _first(way, b"POST" + HEAD + FORM + b"Content-Length: %d\r\n\r\n" % (MOST_BYTES + 10_001))
        assert _status(said) == 413
    status, _ = _send(way, b"POST", b"/api/exhibits", _form("large", b"x" * (MOST_BYTES + 1)))
    assert status == 413
    assert (_media(way), "large" in _labels(way)) == (before, False)


def test_a_body_cut_off_leaves_nothing(way: Server) -> None:
    """In the middle of a file, and in its last mark."""
    before, body = _media(way), _form("cut", b"x" * 300_000)
    for place in (200_000, len(body) - 3):
        with way.connect() as connection:
            connection.sendall(b"POST" + HEAD + FORM + b"Content-Length: %d\r\n\r\n" % len(body) + body[:place])
            connection.shutdown(1)
            assert _status(connection.recv(65536)) in {0, 400}
    assert (_media(way), "cut" in _labels(way)) == (before, False)


def test_a_length_that_is_right_and_a_form_that_is_cut_leave_nothing(way: Server) -> None:
    """The last mark must be there."""
    before = _media(way)
    status, told = _send(way, b"POST", b"/api/exhibits", _form("half", b"x" * 3_000)[:-20])
    assert (status, told["type"]) == (400, "urn:nuages:problem:invalid-multipart")
    assert (_media(way), "half" in _labels(way)) == (before, False)


def test_clients_that_go_away_hold_no_thread(way: Server) -> None:
    """More of them than there are threads leave in the middle of a file; the next is answered."""
    body = _form("gone", b"x" * 300_000)
    for _ in range(5):
        with way.connect() as connection:
            connection.sendall(b"POST" + HEAD + FORM + b"Content-Length: %d\r\n\r\n" % len(body) + body[:150_000])
    assert _send(way, b"POST", b"/api/exhibits", _form("next", b"x"))[0] == 201
    assert "gone" not in _labels(way)
    assert "Traceback" not in way.said()


def test_uploads_at_once_are_not_mixed(way: Server) -> None:
    """Of the same name, from several clients."""
    answers: dict[int, tuple[int, dict[str, str]]] = {}

    def upload(number: int) -> None:
        answers[number] = _send(way, b"POST", b"/api/exhibits", _form(f"at once {number}", bytes([number]) * 100_000))

    threads = [threading.Thread(target=upload, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    media = _media(way)
    for number, (status, made) in answers.items():
        assert status == 201, made
        assert media[made["sheet"].removeprefix("/media/")] == bytes([number]) * 100_000


def test_a_server_that_dies_leaves_no_row_without_its_file(migrated: Path, tmp_path: Path) -> None:
    """Killed between the two it leaves a file that no row names, and nobody's way is barred by it."""
    directory = Path(shutil.copytree(migrated, tmp_path / "shop"))
    with held_port() as port:
        command, environment = serve_command(port, "--quiet"), {"DJANGO_SETTINGS_MODULE": SETTINGS}
        with started(command, directory, port=port, cwd=SHOP, environment=environment) as server:
            server.wait_until_up()
            told = directory / "die-before"
            told.touch()
            body = _form("lost", b"x" * 100_000)
            head = b"POST /api/exhibits" + HEAD.partition(b"exhibits")[2] + FORM
            assert server.send(head + b"Content-Length: %d\r\n\r\n" % len(body) + body) == b""
            assert not told.exists(), "nobody died of it"
            server.wait_for(server.answers)
            assert [len(content) for content in _media(server).values()] == [100_000]
            assert json.loads(server.get("/api/exhibits").body)["items"] == []
            status, made = _send(server, b"POST", b"/api/exhibits", _form("kept", b"y" * 10))
            assert status == 201, made
            assert len(_media(server)) == 2
