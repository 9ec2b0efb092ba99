"""Turn the steps of OAuth 2 into requests to the bookshop. Shows nothing to anybody.

Source: RFC 6749 section 4.1, RFC 7636, RFC 8414, RFC 9207; RFC 9700 for what a client checks.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

CLIENT_ID = "reading-list"
SCOPE = "orders:read"
_TIMEOUT_S = 10


class Refusal(Exception):
    """What the bookshop, or a check of ours, says against a step."""


@dataclass
class Visit:
    """What is known of one visitor."""

    state: str = ""
    verifier: str = ""
    tokens: dict[str, Any] = field(default_factory=dict)
    orders: Any = None
    said: str = ""


class Client:
    """The bookshop's public client `reading-list`."""

    def __init__(self, shop: str, callback: str) -> None:
        self.shop, self.callback = shop.rstrip("/"), callback
        self._known: dict[str, Any] = {}

    def authorization_url(self, visit: Visit) -> str:
        """Where the reader is asked for leave. State and verifier are of this visit and this try alone."""
        visit.state, visit.verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
        digest = hashlib.sha256(visit.verifier.encode()).digest()
        parameters = {
            "response_type": "code",
            "client_id": CLIENT_ID,
            "redirect_uri": self.callback,
            "scope": SCOPE,
            "state": visit.state,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        return f"{self._metadata()['authorization_endpoint']}?{urlencode(parameters)}"

    def come_back(self, visit: Visit, answer: dict[str, list[str]]) -> None:
        """Take the code that the browser brings, if it is the answer to our question, and get tokens for it."""
        state, visit.state = visit.state, ""
        if not state or not secrets.compare_digest(state, _one(answer, "state")):
            raise Refusal("This is not the answer to a question of yours.")
        if _one(answer, "iss") != self._metadata()["issuer"]:
            raise Refusal("Somebody else than the bookshop answered.")
        if "error" in answer:
            raise Refusal(f"The bookshop says: {_one(answer, 'error')}.")
        form = {"grant_type": "authorization_code", "code": _one(answer, "code"), "redirect_uri": self.callback}
        visit.tokens = self._tokens({**form, "code_verifier": visit.verifier})
        visit.orders, visit.said = None, "The bookshop lets this app read your orders."

    def read_orders(self, visit: Visit) -> None:
        """Read the reader's orders with the access token."""
        headers = {"Authorization": f"Bearer {visit.tokens.get('access_token', '')}"}
        visit.orders, visit.said = _ask(Request(f"{self.shop}/api/orders", headers=headers))["items"], "Read."

    def refresh(self, visit: Visit) -> None:
        """Get the next pair of tokens; the old ones are worth nothing from then on."""
        refresh_token = visit.tokens.get("refresh_token", "")
        visit.tokens = self._tokens({"grant_type": "refresh_token", "refresh_token": refresh_token})
        visit.said = "Refreshed: both tokens are new."

    def revoke(self, visit: Visit) -> None:
        """Give the leave back. The tokens stay on the page, so that one can see them refused."""
        token = visit.tokens.get("refresh_token", "")
        self._post("revocation_endpoint", {"token": token, "token_type_hint": "refresh_token"})
        visit.orders, visit.said = None, "Revoked: the tokens are worth nothing now. Try them."

    def _tokens(self, form: dict[str, str]) -> dict[str, Any]:
        return self._post("token_endpoint", form)

    def _post(self, endpoint: str, form: dict[str, str]) -> dict[str, Any]:
        return _ask(Request(self._metadata()[endpoint], urlencode({**form, "client_id": CLIENT_ID}).encode()))

    def _metadata(self) -> dict[str, Any]:
        """What the bookshop says of itself (RFC 8414); asked once."""
        if not self._known:
            self._known = _ask(Request(f"{self.shop}/.well-known/oauth-authorization-server/oauth"))
        return self._known


def _ask(request: Request) -> dict[str, Any]:
    try:
        with urlopen(request, timeout=_TIMEOUT_S) as response:
            body = response.read()
    except HTTPError as error:
        raise Refusal(f"The bookshop answers {error.code}: {_reason(error)}") from None
    except (URLError, HTTPException, TimeoutError) as error:
        raise Refusal(f"The bookshop does not answer: {error}") from None
    return json.loads(body) if body else {}


def _reason(error: HTTPError) -> str:
    try:
        document = json.loads(error.read())
        return str(document.get("error") or document.get("detail"))
    except ValueError:
        return error.reason


def _one(answer: dict[str, list[str]], name: str) -> str:
    values = answer.get(name, [])
    return values[0] if len(values) == 1 else ""
