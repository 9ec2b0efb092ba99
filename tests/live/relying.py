"""Play an app, and the browser of its user, before a provider in a process of its own. No test lives here."""

from __future__ import annotations

import contextlib
import json
import re
import secrets
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.live.processes import LIMIT_S, Server, held_port, manage, serve_command, started

PASSWORD = "correct horse battery staple"
CALLBACK = "https://app.example/callback"
_SET_UP = f"""
import json
from django.contrib.auth.models import User
from nuages.oauth.clients import register_client
for name in ("ada", "ben"):
    User.objects.create_user(name, f"{{name}}@shop.example", {PASSWORD!r}, first_name=name.title())
made = {{}}
for name, values in {{
    "public": dict(redirect_uris=[{CALLBACK!r}]),
    "confidential": dict(redirect_uris=[{CALLBACK!r}], public=False),
    "other": dict(redirect_uris=["https://other.example/callback"], public=False),
    "native": dict(redirect_uris=["http://127.0.0.1/cb", "http://[::1]/cb"]),
    "narrow": dict(redirect_uris=[{CALLBACK!r}], client_id="narrow"),
    "two": dict(redirect_uris=[{CALLBACK!r}, "https://app.example/second"]),
    "machine": dict(public=False, for_itself=True, client_id="1"),
}}.items():
    client, secret = register_client(name.title(), **values)
    made[name] = [client.client_id, secret]
print(json.dumps(made))
"""


@dataclass(frozen=True)
class App:
    """A registered app."""

    client_id: str
    secret: str = ""

    @property
    def basic(self) -> tuple[str, str] | None:
        """What it authenticates with."""
        return (self.client_id, self.secret) if self.secret else None


@dataclass
class Provider:
    """A provider that runs, and the apps that it knows."""

    server: Server
    apps: dict[str, App]
    issuer: str
    directory: Path
    url: str
    environment: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> App:
        return self.apps[name]

    def manage(self, *arguments: str) -> str:
        """Run a command beside the server."""
        done = manage(self.directory, *arguments, **self.environment)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def sql(self, statement: str) -> None:
        """Change a row of its SQLite behind its back."""
        with contextlib.closing(sqlite3.connect(self.directory / "shop.sqlite3", timeout=LIMIT_S)) as connection:
            connection.execute(statement)
            connection.commit()

    def post(self, path: str, data: Any = None, **given: Any) -> httpx.Response:
        """Post a form as an app does."""
        return httpx.post(f"{self.issuer}/{path}", data=data, timeout=LIMIT_S, verify=False, **given)

    def exchange(self, app: App, given: Given, **changes: Any) -> httpx.Response:
        """Ask for tokens for a code."""
        form = {
            "grant_type": "authorization_code",
            "code": given.code,
            "redirect_uri": given.redirect_uri,
            "code_verifier": given.verifier,
            "client_id": app.client_id,
            **changes,
        }
        return self.post("token/", {k: v for k, v in form.items() if v is not None}, auth=app.basic)

    def refresh(self, app: App, token: str, **more: str) -> httpx.Response:
        """Ask for the next tokens."""
        form = {"grant_type": "refresh_token", "refresh_token": token, "client_id": app.client_id, **more}
        return self.post("token/", form, auth=app.basic)

    def introspect(self, app: App, token: str) -> Any:
        """Ask what a token is worth."""
        response = self.post("introspect/", {"token": token}, auth=app.basic)
        assert response.status_code == 200, response.text
        return response.json()

    def tokens(self, app: App, user: str = "ada", **asked: str) -> Any:
        """Go through consent and the exchange."""
        with self.browser(user) as browser:
            response = self.exchange(app, browser.allow(app, **asked))
        assert response.status_code == 200, response.text
        return response.json()

    @contextlib.contextmanager
    def browser(self, user: str | None = "ada") -> Iterator[Browser]:
        """Open a browser, logged in."""
        with httpx.Client(timeout=LIMIT_S, verify=False, base_url=self.issuer.removesuffix("/oauth")) as client:
            browser = Browser(client)
            if user:
                browser.log_in(user)
            yield browser


@dataclass(frozen=True)
class Given:
    """What an app has after consent."""

    code: str
    verifier: str
    redirect_uri: str
    answer: dict[str, str]


def challenge(verifier: str) -> str:
    """The S256 challenge of a verifier."""
    return str(create_s256_code_challenge(verifier))


def authorization(app: App, **changes: Any) -> dict[str, Any]:
    """The parameters of an authorization request; None leaves one out."""
    asked = {
        "response_type": "code",
        "client_id": app.client_id,
        "redirect_uri": CALLBACK,
        "scope": "books:read",
        "state": "a state",
        "code_challenge": challenge("v" * 43),
        "code_challenge_method": "S256",
        **changes,
    }
    return {name: value for name, value in asked.items() if value is not None}


def answered(response: httpx.Response) -> dict[str, str]:
    """The parameters with which a browser is sent back to the app."""
    assert response.status_code in {302, 303}, response.text
    query = parse_qs(urlsplit(response.headers["location"]).query, strict_parsing=True)
    assert all(len(values) == 1 for values in query.values())
    return {name: values[0] for name, values in query.items()}


@dataclass
class Browser:
    """The browser of a user; cookies kept, redirects not followed."""

    client: httpx.Client

    def log_in(self, user: str, **more: str) -> httpx.Response:
        """Log in at the site's own page."""
        self.client.get("/login/")
        form = {"username": user, "password": PASSWORD, "csrfmiddlewaretoken": self.client.cookies["csrftoken"], **more}
        response = self.client.post("/login/", data=form)
        assert response.status_code == 302, response.text
        return response

    def ask(self, app: App, **changes: Any) -> httpx.Response:
        """Come with an authorization request."""
        return self.client.get(f"/oauth/authorize/?{urlencode(authorization(app, **changes), doseq=True)}")

    def answer(self, app: App, answer: str = "allow", **changes: Any) -> httpx.Response:
        """See the page, and press a button."""
        page = self.ask(app, **changes)
        assert page.status_code == 200, (page.status_code, page.headers, page.text)
        [token] = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        return self.client.post(str(page.request.url), data={"csrfmiddlewaretoken": token, "answer": answer})

    def allow(self, app: App, **changes: Any) -> Given:
        """Allow what an app asks, with a verifier of its own."""
        verifier = secrets.token_urlsafe(48)
        asked = authorization(app, code_challenge=challenge(verifier), **changes)
        got = answered(self.answer(app, **asked))
        return Given(got["code"], verifier, asked["redirect_uri"], got)


def signing_key() -> str:
    """A key for ID tokens, as PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    kind = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, kind, serialization.NoEncryption()).decode()


@contextlib.contextmanager
def providing(seeded: Path, directory: Path, *arguments: str, url: str = "", **environment: str) -> Iterator[Provider]:
    """Run a bookshop that is a provider; with its own SQLite file, or at `url`, which has been migrated."""
    place = Path(shutil.copytree(seeded, directory / "shop"))
    with held_port() as port:
        issuer = f"http://127.0.0.1:{port}/oauth"
        given = {"SITE_URL": issuer.removesuffix("/oauth"), "OAUTH_SIGNING_KEY": signing_key(), **environment}
        given |= {"DATABASE_URL": url} if url else {}
        made = manage(place, "shell", "-v0", "-c", _SET_UP, **given)
        assert made.returncode == 0, made.stderr
        apps = {name: App(*values) for name, values in json.loads(made.stdout).items()}
        command = serve_command(port, "--quiet", *arguments)
        with started(command, place, port=port, environment=given) as server:
            server.wait_until_up()
            server.wait_for(lambda: server.answers("/-/ready"))
            yield Provider(server, apps, issuer, place, url or f"sqlite:///{place / 'shop.sqlite3'}", given)
