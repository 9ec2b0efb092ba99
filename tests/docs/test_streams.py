"""The page about streams: its API is built as it stands, and streams what the page shows."""

import asyncio
import re
import shlex
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from nuages.http.request import Request
from nuages.http.response import Response
from nuages.streams import bounds
from nuages.streams.handover import _MOST_BYTES, _MOST_PIECES
from tests.docs.asked import codes, tables
from tests.docs.blocks import ROOT, blocks
from tests.docs.shelf import fill_shelf

PAGE = ROOT / "docs" / "reference" / "streams.md"
TEXT = Path(PAGE).read_text()
_CONSOLE = re.compile(r"```console\n\$ (.*?)\n(.*?)```", re.DOTALL)
MEANT = {"NDJSON": "application/x-ndjson", "server-sent events": "text/event-stream"}


def _api() -> Any:
    source = next(block.text for block in blocks(PAGE) if block.text.startswith("# shop/api.py"))
    there: dict[str, Any] = {"__name__": "shop.documented_streams"}
    exec(compile(source, str(PAGE), "exec"), there)  # the page's own words
    return there["api"]


def _ask(path: str, **headers: str) -> Response:
    response: Response = _api().handle(Request("GET", path, "", headers, "/api"))
    return asyncio.run(response.coming()) if response.coming is not None else response  # type: ignore[arg-type]


def _body(path: str, headers: dict[str, str]) -> str:
    async def read() -> str:
        response = _api().handle(Request("GET", path, "", headers, "/api"))
        response = await response.coming() if response.coming is not None else response
        try:
            return b"".join([piece async for piece in response.flow]).decode()
        finally:
            await response.flow.aclose()

    return asyncio.run(read())


@pytest.mark.parametrize("number", [0, 1])
def test_a_command_shows_what_is_streamed(number: int, transactional_db: None) -> None:
    """To the letter, as far as it is shown."""
    fill_shelf()
    command, shown = _CONSOLE.findall(TEXT)[number]
    words = shlex.split(command)
    headers = {
        name.lower(): value
        for name, _, value in (word.partition(": ") for word in words if re.match(r"[\w-]+: ", word))
    }
    body = _body(urlsplit(words[-1]).path.removeprefix("/api"), headers)
    whole, _, rest = shown.partition("...\n")
    assert rest == ""
    assert body.startswith(whole) if "...\n" in shown else body == whole


def test_accept_chooses_as_the_page_says(database: Any) -> None:
    """Each row of its table."""
    for row in list(tables(TEXT))[1]:
        for accept in [*codes(row["`Accept`"]), *([""] if "none" in row["`Accept`"] else [])]:
            response = _ask("/titles", accept=accept)
            if row["the answer"] == "406":
                assert response.status == 406, accept
            else:
                (chosen,) = [kind for word, kind in MEANT.items() if word in row["the answer"]]
                assert response.header("Content-Type") == chosen, accept


def test_the_page_knows_the_settings() -> None:
    """With their defaults, and the bounds of what goes together."""
    shown = {codes(row["setting"])[0]: codes(row["default"])[0] for row in list(tables(TEXT))[-1]}
    assert shown == {each.name: str(each.default) for each in bounds.SETTINGS}
    assert f"{_MOST_PIECES} values or {_MOST_BYTES >> 10} KiB" in TEXT
