"""What docs/reference/webhooks.md shows is answered as it shows, and its tables are those of the code."""

import json
import socket
import time
from typing import Any

import pytest

from nuages.http.request import Request
from nuages.webhooks import delivery, terms
from nuages.webhooks.calling import DEADLINE_S
from nuages.webhooks.models import WebhookDelivery, WebhookEndpoint
from nuages.webhooks.sending import MOST_BYTES
from nuages.webhooks.signing import TOLERANCE_S, sign, verify
from tests.docs.asked import codes, is_shown, tables
from tests.docs.blocks import ROOT, blocks
from tests.docs.test_logged_in import split
from tests.http.acting import as_user

PAGE = ROOT / "docs/reference/webhooks.md"
TEXT = PAGE.read_text()


def _scope() -> dict[str, Any]:
    source = next(block.text for block in blocks(PAGE) if block.text.startswith("# shop/api.py"))
    there: dict[str, Any] = {"__name__": "shop.documented_webhooks"}
    exec(compile(source, str(PAGE), "exec"), there)  # the page's own words
    return there


def _send(api: Any, line: str, named: dict[str, str], body: str) -> Any:
    raw, (method, _, target) = body.encode(), line.partition(" ")
    user = {name.replace("_", "-"): said for name, said in as_user("ann").items()}
    headers = {**user, **named, "content-length": str(len(raw))}
    return api.handle(Request(method, target.removeprefix("/api"), "", headers, "/api", read=lambda size: raw[:size]))


def test_what_is_sent_is_answered_as_shown(database: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """With every name leading to a public server, and every address to itself."""

    def getaddrinfo(host: str, port: int, **_: Any) -> list[Any]:
        return [(2, 1, 6, "", ("93.184.215.14" if host.endswith(".example") else host, port))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    api = _scope()["api"]
    messages = [split(block.text) for block in blocks(PAGE) if block.language == "http"]
    assert len(messages) == 8
    for (asked, named, body), (line, _, shown) in zip(messages[::2], messages[1::2], strict=True):
        response = _send(api, asked, named, body)
        assert response.status == int(line.split()[1]), (asked, response.body)
        assert bool(response.body) == bool(shown), asked
        assert not shown or is_shown(json.loads(shown), json.loads(response.body)), (asked, response.body)
    endpoint = WebhookEndpoint.objects.get()
    assert WebhookDelivery.objects.get().event_type == "order.paid"
    assert _send(api, f"POST /api/webhooks/{endpoint.pk}/ping", {}, "").status == 204
    assert WebhookDelivery.objects.count() == 2


def test_a_webhook_that_is_signed_is_taken_in(database: Any) -> None:
    """By the endpoint of the page; another body under the same signature is not, nor one that is too long."""
    scope, body = _scope(), b'{"number": "XY-1"}'
    signed = sign("msg_1", int(time.time()), body, scope["PARCELS"]) | {"content-type": "application/json"}
    response = _send(scope["api"], "POST /api/parcels", signed, body.decode())
    assert (response.status, json.loads(response.body)) == (200, {"number": "XY-1"})
    assert _send(scope["api"], "POST /api/parcels", signed, body.decode() + " ").status == 403
    assert _send(scope["api"], "POST /api/parcels", signed, "x" * (2 << 20)).status == 413


def test_the_message_of_the_page_is_signed() -> None:
    """With the secret that it names."""
    text = next(block.text for block in blocks(PAGE) if block.text.startswith("POST /shop"))
    _, headers, body = split(text)
    assert verify(headers, body.encode(), _scope()["PARCELS"], now_s=1_700_000_000) == headers["webhook-id"]


def test_the_numbers_are_those_of_the_code() -> None:
    """Settings with their defaults; how long and how often."""
    shown = {codes(row["setting"])[0]: codes(row["default"])[0] for row in list(tables(TEXT))[-1]}
    lists = {"EVENTS": [], "ALLOWED_NETWORKS": [], "PORTS": list(terms.DEFAULT_PORTS)}
    numbers = {each.name: f"{each.default}" for each in terms.NUMBERS}
    assert shown == {f"NUAGES_WEBHOOK_{name}": f"{value}" for name, value in lists.items()} | numbers
    assert f"from 200 to 299 within {DEADLINE_S:g} s" in TEXT
    assert f"it has {delivery.FAILING_DEADLINE_S:g} s to answer" in TEXT
    assert f"{delivery.MAX_ATTEMPTS} times in 26 hours" in TEXT
    assert f"{MOST_BYTES >> 10} KiB at most" in TEXT
    assert TOLERANCE_S == 5 * 60
