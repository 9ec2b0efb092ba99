"""Log in by another provider as a browser and as an app do, over HTTP at that provider. No test lives here."""

import contextlib
import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from django.test import Client

from tests.support.upstream import CLIENT

SITE = "http://testserver"
BROWSER, APP = "/social/browser/v1", "/social/app/v1"
LIMIT_S = 60


class Upstream:
    """A provider in a process of its own, and what it is told to do wrong."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout
        self.port = int(process.stdout.readline())
        self.issuer = f"http://127.0.0.1:{self.port}"

    def tell(self, **orders: Any) -> None:
        """Tell it what to change in its answers; with nothing, it behaves."""
        request = urllib.request.Request(f"{self.issuer}/-/tell", json.dumps(orders).encode(), method="POST")
        urllib.request.urlopen(request, timeout=LIMIT_S).close()

    def seen(self) -> list[dict[str, str]]:
        """What its token endpoint has been sent."""
        found: list[dict[str, str]] = self._get("/-/seen")
        return found

    def id_token(self, **claims: str) -> str:
        """An ID token such as an app gets by itself."""
        text: str = self._get(f"/-/id_token?{urlencode({'client_id': CLIENT['client_id'], **claims})}")["id_token"]
        return text

    def authorize(self, url: str) -> str:
        """Send a browser there; gives where it is sent back to."""
        parts = urlsplit(url)
        connection = HTTPConnection(parts.hostname or "", parts.port, timeout=LIMIT_S)
        try:
            connection.request("GET", f"{parts.path}?{parts.query}")
            return connection.getresponse().headers["Location"] or ""
        finally:
            connection.close()

    def _get(self, path: str) -> Any:
        with urllib.request.urlopen(f"{self.issuer}{path}", timeout=LIMIT_S) as answer:
            return json.load(answer)


@contextlib.contextmanager
def started_upstream(module: str = "tests.support.upstream") -> Iterator[Upstream]:
    """Run a provider for the length of the block; it ends with its standard input."""
    command = [sys.executable, "-m", module, "0"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Upstream(process)
        finally:
            process.kill()


def declared(**upstreams: Upstream) -> dict[str, Any]:
    """What SOCIALACCOUNT_PROVIDERS says of providers, by their `provider_id`."""
    apps = [
        {**CLIENT, "provider_id": name, "name": name, "settings": {"server_url": each.issuer}}
        for name, each in upstreams.items()
    ]
    return {"openid_connect": {"APPS": apps}}


class Visitor:
    """A browser at the project, which shows its CSRF token as the project's pages do."""

    def __init__(self) -> None:
        self.client = Client(enforce_csrf_checks=True)

    def token(self) -> str:
        """The CSRF token, which the first answer of a browser's endpoints sets."""
        if "csrftoken" not in self.client.cookies:
            self.client.get(f"{BROWSER}/config")
        return self.client.cookies["csrftoken"].value

    def begin(self, provider: str, process: str = "login", back: str = "/welcome", **headers: str) -> Any:
        """Ask to be sent to a provider."""
        form = {"provider": provider, "callback_url": back, "process": process}
        given = {"X-CSRFToken": self.token(), **headers}
        return self.client.post(f"{BROWSER}/auth/provider/redirect", form, headers=given)

    def come_back(self, url: str) -> Any:
        """Follow a provider's redirect to the project."""
        return self.client.get(url.removeprefix(SITE))

    def log_in(self, provider: str, upstream: Upstream, process: str = "login") -> Any:
        """Go there and come back; gives the callback's answer."""
        return self.come_back(upstream.authorize(self.begin(provider, process)["Location"]))

    def session(self) -> tuple[int, Any]:
        """Who the browser is, as its session says."""
        answer = self.client.get(f"{BROWSER}/auth/session")
        return answer.status_code, answer.json()

    def exchange(self, document: Any = None, **headers: str) -> Any:
        """Turn the session into a login with tokens."""
        given = {"X-CSRFToken": self.token(), **headers}
        body = json.dumps(document) if document is not None else ""
        return self.client.post("/social/tokens", body, content_type="application/json", headers=given)


def by_token(provider: str, id_token: Any, process: str = "login", **headers: str) -> Any:
    """Log in as an app that has got an ID token by itself."""
    token = {"client_id": CLIENT["client_id"], "id_token": id_token}
    document = {"provider": provider, "process": process, "token": token}
    return Client().post(f"{APP}/auth/provider/token", document, content_type="application/json", headers=headers)


def errors_of(answer: Any) -> dict[str, list[str]]:
    """What a redirect says in its query."""
    return parse_qs(urlsplit(answer["Location"]).query)
