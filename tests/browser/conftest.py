"""A headless Chromium of the system, the bookshop with its people and clients, and somebody else's app beside it."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from tests.live.processes import ROOT, Server, held_port, manage, serve_command, started

CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium")
APP = ROOT / "examples" / "reading_list" / "app.py"

# `make system` says what is missing, and installs it where it may.
collect_ignore_glob = [] if CHROMIUM else ["test_*.py"]


@dataclass(frozen=True, slots=True)
class Site:
    """A bookshop that serves, and somebody else's app that knows it."""

    shop: str
    app: str
    password: str
    server: Server
    directory: Path


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """Playwright, without the browsers that it would bring itself."""
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """The system's Chromium."""
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
    with held_port() as port, held_port() as app_port, shop_with(directory, port, app_port) as (server, password):
        shop, app = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{app_port}"
        command = [sys.executable, str(APP), "--shop", shop, "--port", str(app_port)]
        with started(command, directory, port=app_port) as other:
            other.wait_for(lambda: other.answers("/", "Reading list"))
            yield Site(shop, app, password, server, directory)


@contextmanager
def shop_with(directory: Path, port: int, app_port: int) -> Iterator[tuple[Server, str]]:
    """Start a bookshop that has people, and a client whose callback is at `app_port`."""
    site = f"http://127.0.0.1:{port}"
    environment = {"DEBUG": "1", "SITE_URL": site, "DJANGO_SETTINGS_MODULE": "bookshop.settings"}
    for arguments in (
        ["migrate", "--verbosity", "0"],
        ["seed", "--books", "30"],
        ["add_people"],
        ["add_clients", "--callback", f"http://127.0.0.1:{app_port}/callback"],
    ):
        done = manage(directory, *arguments, **environment)
        assert done.returncode == 0, done.stderr
    with started(serve_command(port), directory, port=port, environment=environment) as server:
        server.wait_until_up()
        server.wait_for(lambda: "password: " in server.said())
        yield server, server.said().partition("password: ")[2].split()[0]
