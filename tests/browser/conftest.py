"""A headless Chromium of the system, the bookshop with its people and clients, and somebody else's app beside it."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.live.processes import ROOT, Server, held_port, manage, serve_command, started
from tests.live.relying import signing_key

CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium")
SHOP, BRANCH = "bookshop.settings", "tests.browser.project.settings"
APP = ROOT / "examples" / "reading_list" / "app.py"
_REGISTER = """
from nuages.oauth.clients import register_client
print(register_client("Branch", redirect_uris=["{callback}"], public=False, client_id="branch")[1])
"""
_USERS = """
from django.contrib.auth.models import User
for name in ("dora", "emil", "finn"):
    User.objects.create_user(name, password="{password}")
"""
PASSWORD = "of the branch's own readers"

# `make system` says what is missing, and installs it where it may.
collect_ignore_glob = [] if CHROMIUM else ["test_*.py"]


@dataclass(frozen=True, slots=True)
class Site:
    """A bookshop that serves, and somebody else's app that knows it."""

    shop: str
    app: str
    password: str
    directory: Path


@pytest.fixture
def chromium() -> Iterator[Browser]:
    """The system's Chromium, of this test alone: Playwright's event loop would stand in the way of others' tests."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A page of a browser that nobody has used before; an error on it fails the test."""
    context = chromium.new_context()
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The bookshop and the reading list, each a process of its own on a port of its own."""
    directory = tmp_path_factory.mktemp("site")
    with held_port() as port, held_port() as app_port, running_shop(directory, port, app_port) as server:
        server.wait_for(lambda: "password: " in server.said())
        password = server.said().partition("password: ")[2].split()[0]
        shop, app = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{app_port}"
        command = [sys.executable, str(APP), "--shop", shop, "--port", str(app_port)]
        with started(command, directory, port=app_port) as other:
            other.wait_for(lambda: other.answers("/", "Reading list"))
            yield Site(shop, app, password, directory)


@pytest.fixture(scope="session")
def branch(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Another bookshop, where one logs in by the first, or by a passkey; gives its address."""
    directory = tmp_path_factory.mktemp("branch")
    with held_port() as port:
        address = f"http://127.0.0.1:{port}"
        callback = f"{address}/social/oidc/bookshop/login/callback/"
        registered = _managed(
            site.directory, site.shop, SHOP, "shell", "-v0", "-c", _REGISTER.format(callback=callback)
        )
        known = {"TEST_CLIENT_SECRET": registered.strip(), "TEST_PROVIDER": f"{site.shop}/oauth"}
        environment = environment_of(address, BRANCH) | known
        own = ["shell", "-v0", "-c", _USERS.format(password=PASSWORD)]
        for arguments in (["migrate", "--verbosity", "0"], ["seed", "--books", "30"], own):
            _managed(directory, address, BRANCH, *arguments)
        with started(serve_command(port), directory, port=port, environment=environment) as server:
            server.wait_until_up()
            yield address


@contextmanager
def running_shop(directory: Path, port: int, app_port: int) -> Iterator[Server]:
    """Start a bookshop that has people, and a client whose callback is at `app_port`."""
    address, callback = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{app_port}/callback"
    for arguments in (
        ["migrate", "--verbosity", "0"],
        ["seed", "--books", "30"],
        ["add_people"],
        ["add_clients", "--callback", callback],
    ):
        _managed(directory, address, SHOP, *arguments)
    with started(serve_command(port), directory, port=port, environment=environment_of(address, SHOP)) as server:
        server.wait_until_up()
        yield server


def environment_of(address: str, settings: str) -> dict[str, str]:
    """In development, at an address, with the key that makes the provider one of OpenID Connect."""
    return {"DEBUG": "1", "SITE_URL": address, "DJANGO_SETTINGS_MODULE": settings, "OAUTH_SIGNING_KEY": _signing_key()}


def _managed(directory: Path, address: str, settings: str, *arguments: str) -> str:
    done = manage(directory, *arguments, **environment_of(address, settings))
    assert done.returncode == 0, done.stderr
    return done.stdout


@cache
def _signing_key() -> str:
    return signing_key()
