"""A seeded bookshop in a directory of its own, a free port, and servers that are always stopped."""

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.live.processes import Server, held_port, manage, serve_command, started
from tests.live.relying import Provider, providing

# Processes are looked up in /proc.
collect_ignore_glob = [] if sys.platform == "linux" else ["test_*.py"]

Serve = Callable[..., Server]


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the database of a small bookshop; copy it, never change it."""
    directory = tmp_path_factory.mktemp("seeded")
    for arguments in (["migrate", "--verbosity", "0"], ["seed", "--books", "30"]):
        done = manage(directory, *arguments)
        assert done.returncode == 0, done.stderr
    return directory


@pytest.fixture
def shop(seeded: Path, tmp_path: Path) -> Path:
    """A bookshop of the test's own."""
    return Path(shutil.copytree(seeded, tmp_path / "shop"))


@pytest.fixture
def port() -> Iterator[int]:
    """A free port."""
    with held_port() as port:
        yield port


@pytest.fixture
def serve(shop: Path, port: int) -> Iterator[Serve]:
    """Start `manage.py serve` with options and environment, and wait until it is up."""
    with ExitStack() as stack:

        def start(*arguments: str, **environment: str) -> Server:
            command = serve_command(port, *arguments)
            server = stack.enter_context(started(command, shop, port=port, environment=environment))
            server.wait_until_up()
            return server

        yield start


@pytest.fixture(scope="module")
def server(seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server for the tests of a module that only ask."""
    directory = Path(shutil.copytree(seeded, tmp_path_factory.mktemp("module") / "shop"))
    with held_port() as port, started(serve_command(port, "--quiet"), directory, port=port) as server:
        server.wait_until_up()
        yield server


@pytest.fixture(scope="session")
def provider(seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    """An OAuth provider for all tests that leave it as it was."""
    with providing(seeded, tmp_path_factory.mktemp("provider")) as provider:
        yield provider
