"""A shop in a process of its own where people log in by others, and their browsers. No test lives here."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from tests.http.social import BROWSER, Upstream
from tests.live.processes import LIMIT_S, held_port, manage, serve_command, started

SETTINGS = "tests.live.project.social"
_ROWS = {"accounts": "socialaccount_socialaccount", "users": "auth_user", "logins": "nuages_login"}


@dataclass
class Shop:
    """A shop that runs."""

    address: str
    directory: Path

    def counts(self) -> dict[str, int]:
        """How many accounts at providers, users and logins there are."""
        with contextlib.closing(sqlite3.connect(self.directory / "shop.sqlite3", timeout=LIMIT_S)) as connection:
            rows = {name: connection.execute(f"SELECT COUNT(*) FROM {table}") for name, table in _ROWS.items()}
            return {name: int(found.fetchone()[0]) for name, found in rows.items()}

    def sql(self, statement: str, *values: Any) -> None:
        """Change rows behind its back."""
        with contextlib.closing(sqlite3.connect(self.directory / "shop.sqlite3", timeout=LIMIT_S)) as connection:
            connection.execute(statement, values)
            connection.commit()

    def add_user(self, name: str, email: str, *, verified: bool | None = None) -> None:
        """Somebody who has been here before; None for an address that is nowhere but at the user."""
        flags = "is_superuser, is_staff, is_active, password, first_name, last_name, date_joined"
        self.sql(
            f"INSERT INTO auth_user (username, email, {flags}) VALUES (?, ?, 0, 0, 1, '!', '', '', '2026-01-01')",
            name, email,
        )  # fmt: skip
        if verified is not None:
            columns = 'INSERT INTO account_emailaddress (user_id, email, verified, "primary")'
            self.sql(f"{columns} SELECT id, ?, ?, 1 FROM auth_user WHERE username = ?", email, verified, name)

    @contextlib.contextmanager
    def browser(self) -> Iterator[Visitor]:
        """Open a browser."""
        with httpx.Client(base_url=self.address, timeout=LIMIT_S) as client:
            yield Visitor(client)


@dataclass
class Visitor:
    """A browser; cookies kept, redirects not followed."""

    client: httpx.Client

    def token(self) -> dict[str, str]:
        """The CSRF token as a header."""
        if "csrftoken" not in self.client.cookies:
            self.client.get(f"{BROWSER}/config")
        return {"X-CSRFToken": self.client.cookies["csrftoken"]}

    def begin(self, provider: str, process: str = "login", back: str = "/welcome") -> str:
        """Ask to be sent to a provider; gives where."""
        form = {"provider": provider, "callback_url": back, "process": process}
        answer = self.client.post(f"{BROWSER}/auth/provider/redirect", data=form, headers=self.token())
        assert answer.status_code in {302, 400}, answer.text
        return answer.headers.get("location", "")

    def come_back(self, url: str) -> httpx.Response:
        """Follow a provider's redirect; a fragment stays in the browser."""
        return self.client.get(url.partition("#")[0])

    def log_in(
        self, provider: str, upstream: Upstream, process: str = "login", back: str = "/welcome"
    ) -> httpx.Response:
        """Go there and come back; gives the callback's answer."""
        return self.come_back(upstream.authorize(self.begin(provider, process, back)))

    def session(self) -> int:
        """200 for somebody, 401 for nobody."""
        return self.client.get(f"{BROWSER}/auth/session").status_code

    def exchange(self) -> httpx.Response:
        """Turn the session into tokens."""
        return self.client.post("/social/tokens", headers=self.token())

    def may_enter(self, access: str) -> bool:
        """Whether a token works."""
        answer = httpx.get(
            self.client.base_url.join("/api/orders"), headers={"Authorization": f"Bearer {access}"}, timeout=LIMIT_S
        )
        return answer.status_code == 200


def errors_of(answer: httpx.Response) -> dict[str, list[str]]:
    """What a redirect says in its query."""
    return parse_qs(urlsplit(answer.headers["location"]).query)


@contextlib.contextmanager
def visited(seeded: Path, directory: Path, **environment: str) -> Iterator[Shop]:
    """Run a shop where people log in by others, with its own SQLite file."""
    place = Path(shutil.copytree(seeded, directory / "shop"))
    with held_port() as port:
        address = f"http://127.0.0.1:{port}"
        given = {"SITE_URL": address, "DJANGO_SETTINGS_MODULE": SETTINGS, **environment}
        made = manage(place, "migrate", "--verbosity", "0", **given)
        assert made.returncode == 0, made.stderr
        with started(serve_command(port, "--quiet"), place, port=port, environment=given) as server:
            server.wait_until_up()
            server.wait_for(lambda: server.answers("/-/ready"))
            yield Shop(address, place)
