"""An app by somebody else: asks a reader for leave to see their orders at the bookshop, and never sees their password.

    python examples/reading_list/app.py --shop http://127.0.0.1:8000 --port 8001

A public client (RFC 6749 section 2.1) with PKCE (RFC 7636), on Python's standard library alone. The bookshop's
`manage.py add_clients` registers it. What it knows lives in memory, by visitor; `client` has the requests, `page` the
HTML.
"""

from __future__ import annotations

import argparse
import secrets
import sys
from contextlib import suppress
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from client import Client, Refusal, Visit
from page import render

_COOKIE = "visit"


class Handler(BaseHTTPRequestHandler):
    """One page, the way back from the bookshop, and three buttons."""

    client: Client
    visits: dict[str, Visit]

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        visit = self._visit()
        if url.path == "/connect":
            self._redirect(self.client.authorization_url(visit))
        elif url.path == "/callback":
            self._try(visit, lambda: self.client.come_back(visit, parse_qs(url.query)))
        elif url.path == "/":
            self._show(visit)
        else:
            self.send_error(404)

    def do_POST(self) -> None:
        steps = {"/orders": self.client.read_orders, "/refresh": self.client.refresh, "/revoke": self.client.revoke}
        step, visit = steps.get(self.path), self._visit()
        if step is None:
            self.send_error(404)
        else:
            self._try(visit, lambda: step(visit))

    def _try(self, visit: Visit, step) -> None:
        """Take a step, and come back to the page: a reload must not take it again (RFC 9110 section 15.4.4)."""
        try:
            step()
        except Refusal as refusal:
            visit.said = str(refusal)
        self._redirect("/", status=303)

    def _visit(self) -> Visit:
        cookie = SimpleCookie(self.headers.get("Cookie", "")).get(_COOKIE)
        self._key = cookie.value if cookie and cookie.value in self.visits else secrets.token_urlsafe(16)
        return self.visits.setdefault(self._key, Visit())

    def _show(self, visit: Visit) -> None:
        self._answer(200, render(visit, self.client.shop).encode(), [("Content-Type", "text/html; charset=utf-8")])

    def _redirect(self, location: str, status: int = 302) -> None:
        self._answer(status, b"", [("Location", location)])

    def _answer(self, status: int, body: bytes, headers: list[tuple[str, str]]) -> None:
        self.send_response(status)
        # Lax: it must come along when the bookshop sends the browser back, and with nobody else's forms.
        cookie = f"{_COOKIE}={self._key}; HttpOnly; SameSite=Lax; Path=/"
        for name, value in [*headers, ("Set-Cookie", cookie), ("Content-Length", str(len(body)))]:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def main() -> None:
    parser = argparse.ArgumentParser(description="An app by somebody else, for the bookshop's demo.")
    parser.add_argument("--shop", default="http://127.0.0.1:8000", help="where the bookshop is")
    parser.add_argument("--port", type=int, default=8001)
    options = parser.parse_args()
    Handler.client = Client(options.shop, f"http://127.0.0.1:{options.port}/callback")
    Handler.visits = {}
    server = ThreadingHTTPServer(("127.0.0.1", options.port), Handler)
    sys.stdout.write(f"Reading list on http://127.0.0.1:{options.port}, with the bookshop at {options.shop}\n")
    sys.stdout.flush()
    with suppress(KeyboardInterrupt):
        server.serve_forever()


if __name__ == "__main__":
    main()
