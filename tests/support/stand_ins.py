"""GitHub and Facebook in a process of their own: what their documentation says of logins, and no more.

`python -m tests.support.stand_ins PORT` serves GitHub's paths and Facebook's on one port; `POST /-/tell` changes what
they answer, `GET /-/seen` lists what they were asked. It writes its port and ends with its standard input.
Source: docs.github.com, "Authorizing OAuth apps", "Users" and "Emails"; developers.facebook.com, "Manually Build a
Login Flow", "Securing Graph API Requests" and "Access Token Debugging".
"""

import base64
import hashlib
import hmac
import json
import secrets
import sys
import threading
from dataclasses import dataclass, field, fields
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

GITHUB = {"client_id": "github-client", "secret": "a secret of the tests at GitHub"}
FACEBOOK = {"client_id": "1234567890", "secret": "a secret of the tests at Facebook"}
APP_TOKEN = f"{FACEBOOK['client_id']}|the app itself"
_REFUSED = {"error": {"message": "Invalid", "type": "OAuthException", "code": 100, "fbtrace_id": "x"}}


@dataclass
class Orders:
    """What is to be changed: who is asked, what they say, and answers by path, whole."""

    person: dict[str, Any] = field(default_factory=dict)
    emails: Any = None  # None: the app may not read them, which is a 404
    denies: bool = False
    answers: dict[str, Any] = field(default_factory=dict)
    app_id: str = FACEBOOK["client_id"]


class State:
    """Codes, tokens, and what was seen."""

    orders = Orders()
    codes: dict[str, dict[str, str]] = {}
    tokens: set[str] = set()
    seen: list[dict[str, Any]] = []


def github_authorize(asked: dict[str, str]) -> str:
    """Back to the app with a code, or with what GitHub says when somebody cancels."""
    if State.orders.denies:
        said = {"error": "access_denied", "error_description": "The user has denied your application access.",
                "error_uri": "https://docs.github.com/x", "state": asked.get("state", "")}  # fmt: skip
        return f"{asked['redirect_uri']}?{urlencode(said)}"
    return _with_code(asked)


def github_exchange(asked: dict[str, str]) -> dict[str, str]:
    """A token; an error of GitHub's is a 200, too."""
    if (asked.get("client_id"), asked.get("client_secret")) != tuple(GITHUB.values()):
        return {"error": "incorrect_client_credentials", "error_description": "Wrong."}
    if not _is_code(asked):
        return {"error": "bad_verification_code", "error_description": "The code is incorrect or expired."}
    return {"access_token": _token("gho_"), "scope": "user:email", "token_type": "bearer"}


def facebook_authorize(asked: dict[str, str]) -> str:
    """Back to the app with a code, or with what Facebook says when somebody cancels."""
    if State.orders.denies:
        said = {"error_reason": "user_denied", "error": "access_denied", "error_code": "200",
                "error_description": "Permissions error.", "state": asked.get("state", "")}  # fmt: skip
        return f"{asked['redirect_uri']}?{urlencode(said)}#_=_"
    return f"{_with_code(asked)}#_=_"


def facebook_exchange(asked: dict[str, str]) -> tuple[dict[str, Any], int]:
    """A token for a code, or the app's own; by GET."""
    if (asked.get("client_id"), asked.get("client_secret")) != tuple(FACEBOOK.values()):
        return _REFUSED, 400
    if asked.get("grant_type") == "client_credentials":
        return {"access_token": APP_TOKEN, "token_type": "bearer"}, 200
    if not _is_code(asked):
        return _REFUSED, 400
    return {"access_token": _token("EAA"), "token_type": "bearer", "expires_in": 5_183_944}, 200


def facebook_me(asked: dict[str, str]) -> tuple[dict[str, Any], int]:
    """The fields that were asked for and that there are; with a proof that the app itself asks."""
    token = asked.get("access_token", "")
    proof = hmac.new(FACEBOOK["secret"].encode(), token.encode(), hashlib.sha256).hexdigest()
    if token not in State.tokens or not hmac.compare_digest(asked.get("appsecret_proof", ""), proof):
        return _REFUSED, 400
    wanted = asked.get("fields", "id,name").split(",")
    return {name: value for name, value in State.orders.person.items() if name in wanted}, 200


def facebook_debug(asked: dict[str, str]) -> tuple[dict[str, Any], int]:
    """Whose a token is, for an app that shows its own."""
    if asked.get("access_token") != APP_TOKEN:
        return _REFUSED, 400
    is_valid = asked.get("input_token") in State.tokens
    return {"data": {"app_id": State.orders.app_id, "type": "USER", "is_valid": is_valid, "scopes": ["email"]}}, 200


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        if parts.path.startswith("/-/"):
            self._say(State.seen if parts.path == "/-/seen" else {"access_token": _token("EAA")})
            return
        State.seen.append({"path": parts.path, **asked})
        if parts.path in State.orders.answers:
            self._say(*State.orders.answers[parts.path])
        elif parts.path in {"/login/oauth/authorize", "/dialog/oauth"}:
            answer = github_authorize if parts.path.startswith("/login") else facebook_authorize
            self._say({}, 302, answer(asked))
        elif parts.path.startswith("/api/v3/user"):
            self._say(*self._github(parts.path))
        else:
            found = {"/graph/oauth/access_token": facebook_exchange, "/graph/me": facebook_me,
                     "/graph/debug_token": facebook_debug}.get(parts.path)  # fmt: skip
            self._say(*(found(asked) if found else ({}, 404)))

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if self.path == "/-/tell":
            told = json.loads(raw)
            State.orders = Orders(**{each.name: told[each.name] for each in fields(Orders) if each.name in told})
            State.seen = []
            self._say({})
            return
        asked = {name: values[-1] for name, values in parse_qs(raw.decode()).items()}
        State.seen.append({"path": self.path, **asked})
        if self.path in State.orders.answers:
            self._say(*State.orders.answers[self.path])
        elif self.path == "/login/oauth/access_token":
            self._say(github_exchange(asked), is_form="application/json" not in self.headers.get("Accept", ""))
        else:
            self._say({}, 404)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def _github(self, path: str) -> tuple[Any, int]:
        kind, _, token = self.headers.get("Authorization", "").partition(" ")
        if kind.lower() not in {"token", "bearer"} or token not in State.tokens:
            return {"message": "Bad credentials"}, 401
        if path == "/api/v3/user":
            return State.orders.person, 200
        emails = State.orders.emails
        return ({"message": "Not Found"}, 404) if emails is None else (emails, 200)

    def _say(self, document: Any, status: int = 200, location: str = "", *, is_form: bool = False) -> None:
        body = (urlencode(document) if is_form else json.dumps(document)).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-www-form-urlencoded" if is_form else "application/json")
        self.send_header("Content-Length", str(len(body)))
        if location:
            self.send_header("Location", location)
        self.end_headers()
        self.wfile.write(body)


def _token(prefix: str) -> str:
    token = prefix + secrets.token_hex(16)
    State.tokens.add(token)
    return token


def _with_code(asked: dict[str, str]) -> str:
    code = secrets.token_urlsafe(16)
    State.codes[code] = asked
    return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"


def _is_code(asked: dict[str, str]) -> bool:
    """Once, with the address of its flow, and with the verifier where the flow began with a challenge."""
    begun = State.codes.pop(asked.get("code", ""), None)
    if begun is None or asked.get("redirect_uri") != begun["redirect_uri"]:
        return False
    digest = hashlib.sha256(asked.get("code_verifier", "").encode()).digest()
    wanted = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return "code_challenge" not in begun or begun["code_challenge"] == wanted


def main(port: int) -> None:
    """Serve until standard input ends: whoever started this process is gone then."""
    server = ThreadingHTTPServer(("127.0.0.1", port), _Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)  # noqa: T201  # who started this process waits for it
    sys.stdin.read()


if __name__ == "__main__":
    main(int(sys.argv[1]))
