"""Lists that are watched on real servers hear every change that others commit, exactly once, and none they may not see.

NUAGES_WRITES says how many changes there are: `make test` makes few, `make soak` as many as are promised.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.live.processes import Server, held_port, manage, serve_command, started, wait_for
from tests.live.racing import temp_url
from tests.live.watching import FIRST, Client, State, Writing, expected, heard

WRITES = int(os.environ.get("NUAGES_WRITES", "640"))
WRITERS, ROWS = 8, max(60, WRITES // 8)
LEAVES = max(17, WRITES // 40)  # after so many events half of the clients go away, and come again
MINE = f"id__gte={FIRST}"
SETTINGS = {"DJANGO_SETTINGS_MODULE": "tests.live.project.watched"}

# A client's question and country, and which states of a row it sees.
WATCHED: list[tuple[str, str, Callable[[State], bool]]] = [
    (f"?{MINE}", "XX", lambda state: state.country != ""),
    (f"?{MINE}", "AA", lambda state: state.country == "AA"),
    (f"?{MINE}&country=AA&country=BB", "BB", lambda state: state.country == "BB"),
    (f"?{MINE}&born__gte=2050-01-01", "XX", lambda state: state.country != "" and state.born >= "2050"),
]


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, seeded: Path, tmp_path: Path) -> Iterator[str]:
    """The URL of a database whose live table has its triggers."""
    with temp_url(request.param, tmp_path, seeded) as url:
        migrate(tmp_path, url)
        yield url


def migrate(directory: Path, url: str) -> None:
    """Make the triggers."""
    done = manage(directory, "migrate", "--verbosity", "0", DATABASE_URL=url, **SETTINGS)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def servers(url: str, tmp_path: Path) -> Iterator[list[Server]]:
    """Two instances on one database."""
    with ExitStack() as stack:
        found = []
        for number in range(2):
            port = stack.enter_context(held_port())
            directory = tmp_path / str(number)
            directory.mkdir()
            command = serve_command(port, "--quiet", "--workers", "1")
            environment = {"DATABASE_URL": url, "TEST_HEARTBEAT_S": "2", **SETTINGS}
            found.append(stack.enter_context(started(command, directory, port=port, environment=environment)))
        for server in found:
            server.wait_until_up()
        yield found


def test_every_committed_change_is_heard_once_and_none_that_may_not_be_seen(url: str, servers: list[Server]) -> None:
    """Eight writers, who also undo; clients of both instances, of which some go away and come again in the middle.

    PostgreSQL ends all connections half way: the streams end, and who comes again hears exactly the rest.
    """
    writing = Writing(url)
    clients = [
        (Client(servers[number % 2], question, country, leaves_after=leaves), sees)
        for number, (question, country, sees) in enumerate(WATCHED)
        for leaves in (0, LEAVES)
    ]
    for client, _ in clients:
        wait_for(lambda client=client: client.events, lambda client=client: client.statuses)  # type: ignore[misc]
    writing.make(ROWS)
    writing.run(range(WRITERS), WRITES // 2, ROWS)
    if url.startswith("postgres"):
        writing.end_connections()
    writing.run(range(WRITERS, 2 * WRITERS), WRITES // 2, ROWS)
    try:
        for client, sees in clients:
            told = {key: expected(history, sees) for key, history in writing.histories.items()}
            wanted = {key: said for key, said in told.items() if said}
            number = sum(map(len, wanted.values())) + 1

            def has_all(client: Client = client, number: int = number) -> bool:
                return len(client.events) >= number

            wait_for(has_all, lambda client=client, number=number: (len(client.events), number))  # type: ignore[misc]
            assert heard(client.events) == wanted
            assert [event.kind for event in client.events].count("page") == 1
            assert client.statuses <= {200, 503}
    finally:
        for client, _ in clients:
            client.stop()
    assert sum(map(len, writing.histories.values())) > WRITES / 2
    shown: Any = {event.data.get("country") for client, _ in clients[2:4] for event in client.events[1:]}
    assert shown == {"AA", None}
