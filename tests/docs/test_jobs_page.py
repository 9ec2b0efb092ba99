"""The page about jobs: its API is built as it stands, and its commands are sent in turn and answered as they show."""

import asyncio
import json
import re
import shlex
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.auth import get_user_model

from nuages.http.request import Request
from nuages.http.response import Response
from nuages.identify.chain import Authenticator
from nuages.identify.principal import Principal
from nuages.jobs.registry import find
from nuages.models import StoredJob
from nuages.testing import run_jobs
from shop.models import Book
from tests.docs.blocks import ROOT, blocks, commands
from tests.docs.shelf import fill_shelf

PAGE = ROOT / "docs/reference/jobs.md"


class Believed(Authenticator):
    """Takes any token for the one that the page calls $ACCESS."""

    def identify(self, request: Request) -> Principal | None:
        """Somebody of the staff."""
        return Principal(get_user_model().objects.get(username="ada"), method="bearer")


@pytest.fixture
def api(database: Any) -> Any:
    """The page's own words, over the rows of every page."""
    fill_shelf()
    get_user_model().objects.create_user("ada", is_staff=True)
    source = next(block.text for block in blocks(PAGE) if block.text.startswith("# shop/api.py"))
    there: dict[str, Any] = {"__name__": "shop.documented_jobs"}
    exec(compile(source, str(PAGE), "exec"), there)
    there["api"].authenticate = [Believed()]
    return there["api"]


def send(api: Any, words: list[str]) -> Response:
    """What curl would send."""
    url = urlsplit(words[1] if words[1].startswith("http") else next(word for word in words if "://" in word))
    body = words[words.index("-d") + 1].encode() if "-d" in words else b""
    method = "DELETE" if "DELETE" in words else "POST" if body else "GET"
    headers = {name.lower(): said for name, said in (word.split(": ", 1) for word in words if ": " in word[:20])}
    headers["content-length"] = str(len(body))
    path = url.path.removeprefix("/api")
    response: Response = api.handle(Request(method, path, url.query, headers, "/api", read=lambda size: body[:size]))
    if response.flow is not None:
        response.body = asyncio.run(_flow(response))
    return response


async def _flow(response: Response) -> bytes:
    assert response.flow is not None
    try:
        return b"".join([piece async for piece in response.flow]).removeprefix(b":\n\n")
    finally:
        await response.flow.aclose()


def written(response: Response) -> str:
    """What `curl -i` prints, of the headers that the page shows."""
    phrase = {202: "202 Accepted", 204: "204 No Content"}[response.status]
    told = [f"{name}: {said}" for name, said in response.headers if name in ("Location", "Retry-After")]
    return "\n".join([f"HTTP/1.1 {phrase}", *told, "", response.body.decode()]).strip()


def test_its_commands_are_answered_as_shown(api: Any) -> None:
    """From the first to the last, with a worker behind the first."""
    place, shown = "", 0
    for block in blocks(PAGE):
        for command in commands(block) if block.language == "console" else ():
            words = shlex.split(command.line.replace("$JOB", place))
            response = send(api, words)
            found = written(response) if "-i" in words else response.body.decode()
            assert command.is_shown_by(found), (command.line, found)
            if response.status == 202:
                place = response.header("Location") or ""
                run_jobs()
            shown += 1
    assert shown >= 6
    assert not StoredJob.objects.exists()


def test_its_other_jobs_run(api: Any) -> None:
    """The file, and the action, whose answer is the member."""
    for line in ('/api/reports/books -d \'{"country": "US"}\'', "/api/books/1/retire -d '{}'"):
        words = shlex.split(f"curl http://127.0.0.1:8000{line} -H 'Content-Type: application/json'")
        assert send(api, words).status == 202
    run_jobs()
    file, action = StoredJob.objects.order_by("-size_bytes")[:2]
    pieces = b"".join(bytes(piece.content) for piece in file.pieces.all())
    assert pieces == b"3,The Left Hand of Darkness,14.25\r\n4,The Dispossessed,12.00\r\n"
    assert (json.loads(action.result)["id"], Book.objects.get(pk=1).in_print) == (1, False)


def test_its_members_are_those_of_a_job(api: Any) -> None:
    """The table of members names none that there is not."""
    response = send(api, ["curl", "http://x/api/reports/prices", "-d", '{"country": "FR"}', "-H",
                          "Content-Type: application/json"])  # fmt: skip
    rows = PAGE.read_text().partition("| member | |")[2].partition("\n\n")[0]
    named = {name for row in rows.splitlines()[2:] for name in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert named <= json.loads(response.body).keys()
    assert find("Bookshop: POST /reports/prices") is not None
