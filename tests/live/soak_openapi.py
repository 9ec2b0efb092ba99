"""What takes too long for every commit: thousands of requests that the shop's description says may be sent.

None may be answered by a 5xx, by a status that is not described, or by what its schema does not know. `make soak`.
"""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.live.conftest import Serve
from tests.live.processes import Server, manage

# What no schema can say of an answer: docs/reference/openapi.md, "What it does not say".
_UNSAID = {"fields", "group", "aggregate"}
_CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "use_after_free",
)
_LEAST = 5_000
SETTINGS = "bookshop.settings"


def _described(server: Server, directory: Path, **headers: str) -> Path:
    """The description as a file, without what it cannot say."""
    reply = server.get("/api/openapi.json", **headers)
    assert reply.status == 200, reply.body
    document: dict[str, Any] = json.loads(reply.body)
    for operation in [each for path in document["paths"].values() for each in path.values()]:
        operation["parameters"] = [each for each in operation["parameters"] if each["name"] not in _UNSAID]
    path = directory / "openapi.json"
    path.write_text(json.dumps(document))
    return path


@pytest.mark.parametrize("who", ["nobody", "ada"])
def test_answers_are_as_described(serve: Serve, shop: Path, tmp_path: Path, who: str) -> None:
    """Asked by nobody, and by a librarian, who may change everything and does not log out meanwhile."""
    assert manage(shop, "add_people", DEBUG="1", DJANGO_SETTINGS_MODULE=SETTINGS).returncode == 0
    server = serve(DEBUG="1", DJANGO_SETTINGS_MODULE=SETTINGS)
    more, headers = [], {}
    if who == "ada":
        headers = {"Authorization": f"Bearer {_token(server)}"}
        more = ["--header", f"Authorization: {headers['Authorization']}", "--exclude-path-regex", "^/auth/"]
    path = _described(server, tmp_path, **headers)
    url = f"http://127.0.0.1:{server.port}/api"
    command = [str(Path(sys.executable).with_name("schemathesis")), "run", str(path), "--url", url, *more]
    command += ["--phases", "coverage,fuzzing", "--checks", ",".join(_CHECKS), "--max-examples", "50", "--seed", "1"]
    done = subprocess.run(
        [*command, "--continue-on-failure"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    print(done.stdout[-1_500:])
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr
    [count] = re.findall(r"(\d+) generated", done.stdout)
    assert int(count) >= _LEAST
    assert server.answers()


def _token(server: Server) -> str:
    server.wait_for(lambda: "password: " in server.said())
    known = {"username": "ada", "password": server.said().partition("password: ")[2].split()[0]}
    reply = httpx.post(f"http://127.0.0.1:{server.port}/api/auth/token", json=known)
    assert reply.status_code == 200, reply.text
    return str(reply.json()["access_token"])
