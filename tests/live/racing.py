"""Many clients at once against one server, and a database that such a server stands on. No test lives here.

NUAGES_CLIENTS and NUAGES_ROUNDS say how many clients and rounds there are: `make test` takes few, `make soak` as many
as are promised.
"""

import http.client
import json
import os
import shutil
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from tests.live.processes import LIMIT_S, Reply, Server, held_port, manage, serve_command, started
from tests.support.postgres import temp_postgres

CLIENTS = int(os.environ.get("NUAGES_CLIENTS", "32"))
ROUNDS = int(os.environ.get("NUAGES_ROUNDS", "5"))
IS_SOAK = "NUAGES_ROUNDS" in os.environ
JSON = "application/json"
Answer = TypeVar("Answer")


def send(server: Server, method: str, path: str, document: Any = None, **headers: str) -> Reply:
    """Send one request, with a document or without a body, on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=LIMIT_S)
    try:
        body = json.dumps(document) if document is not None else None
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, {"content-type": JSON, **named})
        response = connection.getresponse()
        return Reply(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
    finally:
        connection.close()


def at_once(send: Callable[[int], Answer], clients: int = CLIENTS) -> list[Answer]:
    """Let every client send, none before all are there."""
    meet = threading.Barrier(clients, timeout=LIMIT_S)

    def wait_and_send(number: int) -> Answer:
        meet.wait()
        return send(number)

    with ThreadPoolExecutor(clients) as pool:
        return list(pool.map(wait_and_send, range(clients)))


def count(replies: list[Reply]) -> Counter[int]:
    """How many replies there are of each status."""
    return Counter(reply.status for reply in replies)


def odd_ones(replies: list[Reply], *expected: int) -> list[bytes]:
    """The bodies of replies of any other status, to be shown where a count is wrong."""
    return [reply.body for reply in replies if reply.status not in expected]


@contextmanager
def temp_url(kind: str, directory: Path, seeded: Path, *commands: list[str]) -> Iterator[str]:
    """Give the URL of a database with the bookshop's tables: a copy of the seeded one, or one that commands have made.

    Shapes: `kind` is "sqlite" or "postgres".
    """
    if kind == "sqlite":
        shutil.copytree(seeded, directory / "shop")
        yield f"sqlite:///{directory / 'shop' / 'shop.sqlite3'}"
        return
    with temp_postgres() as cluster:
        url = f"postgres://postgres@{quote(str(cluster.directory), safe='')}/postgres"
        for command in (["migrate", "--verbosity", "0"], *commands):
            managed(directory, url, *command)
        yield url


def managed(directory: Path, url: str, *arguments: str, limit_s: float = LIMIT_S) -> str:
    """Run a command of manage.py on a database, which must succeed; gives what it printed."""
    done = manage(directory, *arguments, limit_s=limit_s, DATABASE_URL=url)
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def serving(directory: Path, url: str, **environment: str) -> Iterator[Server]:
    """Two workers with four threads each on a database, for the length of the block."""
    with held_port() as port:
        command = serve_command(port, "--quiet", "--workers", "2")
        with started(command, directory, port=port, environment={"DATABASE_URL": url, **environment}) as server:
            server.wait_until_up()
            server.wait_for(lambda: server.answers("/-/ready"))
            yield server
