"""The requests that docs/reference/logins.md shows are sent, in order, and answered as it shows, on both databases."""

import json
import re
from dataclasses import fields
from typing import Any

from nuages.http.request import Request
from nuages.logins.terms import Terms
from nuages.models import Login
from tests.docs.asked import is_shown
from tests.docs.blocks import ROOT, blocks
from tests.http.entering import log_in, make_api, make_user

PAGE = ROOT / "docs/reference/logins.md"


def split(text: str) -> tuple[str, dict[str, str], str]:
    """The first line of a message, its headers, its body."""
    head, _, body = text.partition("\n\n")
    line, *headers = head.strip().splitlines()
    return line, {name.lower(): said for name, said in (one.split(": ", 1) for one in headers)}, body.strip()


def test_what_is_sent_is_answered_as_shown(database: Any) -> None:
    """Status, the headers that the page shows, and every member of the body."""
    messages = [split(block.text) for block in blocks(PAGE) if block.language == "http"]
    assert len(messages) >= 10
    api, _ = make_api(), make_user()
    access = ""
    for (asked, named, body), (line, said, shown) in zip(messages[::2], messages[1::2], strict=True):
        raw, (method, _, target) = body.encode(), asked.partition(" ")
        headers = {**named, "content-length": str(len(raw))}
        if "authorization" in headers:
            if not access:  # the login that the page goes on with
                Login.objects.all().delete()
                access = log_in(api, user_agent="Firefox")["access_token"]
            headers["authorization"] = f"Bearer {access}"
        path = target.removeprefix("/api")
        request = Request(method, path, "", headers, "/api", peer="192.0.2.1", read=lambda size, raw=raw: raw[:size])
        response = api.handle(request)
        assert response.status == int(line.split()[1]), (asked, response.body)
        for name, value in said.items():
            assert response.header(name) == value
        assert bool(response.body) == bool(shown), asked
        assert not shown or is_shown(json.loads(shown), json.loads(response.body)), (asked, response.body)


def test_the_terms_are_those_of_the_code() -> None:
    """Every name, with its default."""
    table = PAGE.read_text().split("| name | meaning | default |")[1].split("\n\n")[0]
    rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in table.splitlines()[2:]]
    shown = {}
    for names, _, defaults in rows:
        numbers = [number.replace(",", "") for number in re.findall(r"\d[\d,]*\d", defaults.split(":")[0])]
        shown.update(zip(re.findall(r"`(\w+)`", names), map(int, numbers), strict=True))
    assert shown == {field.name: field.default for field in fields(Terms)}
