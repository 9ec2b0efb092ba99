"""The requests that docs/reference/second-factor.md shows are sent, in order, and answered as shown; its API runs."""

import json
from typing import Any

from django.core.cache import cache

from nuages import API
from nuages.http.request import Request
from tests.docs.asked import is_shown
from tests.docs.blocks import ROOT, blocks
from tests.http.codes import SECRET, code_of, give_totp
from tests.http.entering import log_in, make_user

PAGE = ROOT / "docs/reference/second-factor.md"


def documented_api() -> API:
    """The API that the page declares."""
    source = next(block.text for block in blocks(PAGE) if block.text.startswith("# shop/api.py"))
    scope: dict[str, Any] = {"__name__": "shop.documented_second_factor"}
    exec(compile(source, str(PAGE), "exec"), scope)
    api: API = scope["api"]
    return api


def split(text: str) -> tuple[str, dict[str, str], str]:
    """The first line of a message, its headers, its body."""
    head, _, body = text.partition("\n\n")
    line, *headers = head.strip().splitlines()
    return line, {name.lower(): said for name, said in (one.split(": ", 1) for one in headers)}, body.strip()


def test_what_is_sent_is_answered_as_shown(database: Any, settings: Any) -> None:
    """Status, the headers that the page shows, and every member of the body."""
    cache.clear()
    settings.NUAGES_FACTORS = True
    offered: dict[str, str] = {}
    messages = [split(block.text) for block in blocks(PAGE) if block.language == "http"]
    assert len(messages) >= 8
    api, _, bea = documented_api(), make_user(), make_user("bea")
    give_totp(bea)
    access = log_in(api)["access_token"]
    for (asked, named, body), (line, said, shown) in zip(messages[::2], messages[1::2], strict=True):
        code = code_of(offered.get("secret", SECRET))
        raw = body.replace("{code}", code).replace("{enrolment}", offered.get("enrolment", "")).encode()
        method, _, target = asked.partition(" ")
        headers = {**named, "content-length": str(len(raw))}
        if "authorization" in headers:
            headers["authorization"] = f"Bearer {access}"
        path = target.removeprefix("/api")
        request = Request(method, path, "", headers, "/api", host="testserver", read=lambda size, raw=raw: raw[:size])
        response = api.handle(request)
        assert response.status == int(line.split()[1]), (asked, response.body)
        for name, value in said.items():
            assert response.header(name) == value
        assert not shown or is_shown(json.loads(shown), json.loads(response.body)), (asked, response.body)
        offered = json.loads(response.body) if b"enrolment" in response.body else offered
