"""Behind nginx, on Unix sockets: who asks, by which scheme and for which host is what nginx says, and no client."""

import contextlib
import http.client
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.live.fronted import HOST, Front, behind_nginx, fronted, started_on
from tests.live.processes import LIMIT_S, Reply, Server

pytestmark = behind_nginx
SETTINGS = "tests.live.project.fronted"
LIMITED = "/limited/tags"
_JSON = {"Content-Type": "application/json"}


@pytest.fixture(params=["1", "0"], ids=["straight", "through Django"])
def project(request: pytest.FixtureRequest, shop: Path) -> Iterator[tuple[Front, Server]]:
    """An nginx before one server; the other socket is nobody's."""
    sockets = [shop / "1.sock", shop / "2.sock"]
    environment = {"DJANGO_SETTINGS_MODULE": SETTINGS, "TEST_STRAIGHT": request.param, "TEST_THROTTLE": "3/hour"}
    with started_on(sockets[0], shop, **environment) as server, fronted(shop / "nginx", sockets) as front:
        yield front, server


def ask(front: Front, path: str, method: str = "GET", *, source: str = "127.0.0.1", **headers: Any) -> Reply:
    """Send one request by TLS from an address of this machine. Header names have hyphens for two underscores."""
    named = {"Host": HOST, **{name.replace("__", "-"): value for name, value in headers.items()}}
    with contextlib.closing(front.connect(source)) as connection:
        connection.request(method, path, headers=named)
        return _reply(connection.getresponse())


def _reply(response: http.client.HTTPResponse) -> Reply:
    return Reply(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())


def test_project_is_served_behind_nginx(project: tuple[Front, Server]) -> None:
    """Address, scheme and host are the client's as nginx sees them, on both ways; what a client says is not."""
    front, server = project
    _check_limits(front)
    _check_scheme(front)
    _check_sessions(front)
    _check_what_nginx_does(front)
    _check_absence(front, server)


def _check_limits(front: Front) -> None:
    """Clients are told apart by their addresses, which they cannot choose."""
    spoofed = [{"X__Forwarded__For": f"192.0.2.{number}"} for number in range(2)]
    spoofed += [{"X_Forwarded_For": "192.0.2.9"}, {"Forwarded": "for=192.0.2.9"}]
    statuses = [ask(front, LIMITED, **headers).status for headers in spoofed]
    assert statuses == [200, 200, 200, 429]
    assert ask(front, LIMITED, source="127.0.0.2").status == 200


def _check_scheme(front: Front) -> None:
    """Links have the scheme and the host that the client asked for; a plain request is sent to TLS."""
    page = json.loads(ask(front, "/api/books?limit=1", X__Forwarded__Proto="http").body)
    assert page["next"].startswith(f"https://{HOST}/api/books?"), page["next"]
    lying = json.loads(ask(front, "/api/books?limit=1", X__Forwarded__Host="evil.example").body)
    assert lying["next"].startswith(f"https://{HOST}/")
    assert ask(front, "/api/books/1", Host="evil.example").status == 400
    plain = http.client.HTTPConnection("127.0.0.1", front.plain_port, timeout=LIMIT_S)
    with contextlib.closing(plain):
        plain.request("GET", "/api/books?x=1", headers={"Host": HOST, "X-Forwarded-Proto": "https"})
        moved = _reply(plain.getresponse())
    assert (moved.status, moved.headers["location"]) == (301, f"https://{HOST}/api/books?x=1")


def _check_sessions(front: Front) -> None:
    """Django's own pages come by HTTPS as well: cookies are secure, and its forms are taken."""
    page = ask(front, "/admin/login/")
    cookie = page.headers["set-cookie"]
    assert "secure" in cookie.lower()
    token = re.search(rb'name="csrfmiddlewaretoken" value="([^"]+)"', page.body)
    assert token
    sent = {
        "Host": HOST,
        "Cookie": cookie.partition(";")[0],
        "Origin": f"https://{HOST}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    form = f"csrfmiddlewaretoken={token[1].decode()}&username=nobody&password=wrong"
    with contextlib.closing(front.connect()) as connection:
        connection.request("POST", "/admin/login/", form, sent)
        refused = _reply(connection.getresponse())
        assert (refused.status, b"errornote" in refused.body) == (200, True)
        body = json.dumps({"username": "nobody", "password": "wrong"})
        connection.request("POST", "/logins/auth/token", body, {"Host": HOST, **_JSON})
        assert _reply(connection.getresponse()).status == 401


def _check_what_nginx_does(front: Front) -> None:
    """Static files are its own; a long URL passes, a longer one does not; refusals of long bodies are problems."""
    styled = ask(front, "/static/page.css")
    assert (styled.status, styled.body, styled.headers["content-type"]) == (200, b"body {}", "text/css")
    assert ask(front, f"/api/books?search={'x' * 9_000}").status in {200, 400}
    assert ask(front, f"/api/books?search={'x' * 20_000}").status == 414
    with contextlib.closing(front.connect()) as connection:
        connection.request("POST", "/odd/writing", b'{"name": "' + b"x" * 2_000_000, {"Host": HOST, **_JSON})
        refused = _reply(connection.getresponse())
    assert (refused.status, refused.headers["content-type"]) == (413, "application/problem+json")
    assert json.loads(refused.body)["type"] == "urn:nuages:problem:content-too-large"


def _check_absence(front: Front, server: Server) -> None:
    """Where nobody is behind nginx, that is a problem too, and an end to it is in sight."""
    assert server.stop() == 0
    away = ask(front, "/api/books/1")
    assert (away.status, away.headers["retry-after"]) == (503, "1")
    assert json.loads(away.body)["type"] == "urn:nuages:problem:unavailable"
