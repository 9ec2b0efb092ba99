"""Reads go to a replica, and whoever has changed something reads their change, whichever instance they ask."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import takewhile
from pathlib import Path
from urllib.parse import quote

import psycopg

from tests.live.processes import Reply, Server, held_port, serve_command, started, wait_for
from tests.live.racing import managed, send
from tests.support.postgres import Cluster, Restartable, restartable_postgres
from tests.support.valkey import Valkey, temp_valkey

WRITER, OTHER = "192.0.2.1", "192.0.2.2"


def url_of(cluster: Cluster) -> str:
    """The URL of its first database."""
    return f"postgres://postgres@{quote(str(cluster.directory), safe='')}/postgres"


@contextmanager
def instances(primary: Cluster, replica: Cluster, valkey: Valkey, directory: Path) -> Iterator[tuple[Server, Server]]:
    """Two servers of one project, which read from the replica."""
    given = {
        "DATABASE_URL": url_of(primary),
        "DATABASE_REPLICA_URLS": url_of(replica),
        "TEST_REDIS_URL": valkey.url,
        "TEST_PROXIES": "1",
    }
    with ExitStack() as stack:
        servers = []
        for _ in range(2):
            port = stack.enter_context(held_port())
            command = serve_command(port, "--quiet")
            servers.append(stack.enter_context(started(command, directory, port=port, environment=given)))
        for server in servers:
            server.wait_until_up()
        yield servers[0], servers[1]


def replay(replica: Restartable, *, go_on: bool) -> None:
    """Let a replica stand still, or go on."""
    with psycopg.connect(replica.cluster.dsn, autocommit=True) as connection:
        connection.execute(f"SELECT pg_wal_replay_{'resume' if go_on else 'pause'}()")
        wanted = "not paused" if go_on else "paused"
        state = "SELECT pg_get_wal_replay_pause_state()"
        wait_for(lambda: connection.execute(state).fetchone() == (wanted,))


def write(server: Server, name: str) -> Reply:
    """Let the writer make a tag."""
    reply = send(server, "POST", "/odd/writing", {"name": name}, x_forwarded_for=WRITER)
    assert reply.status == 201, reply.body
    return reply


def sees(server: Server, name: str, who: str) -> bool:
    """Whether somebody finds a tag."""
    reply = server.get(f"/odd/writing?name={name}", x_forwarded_for=who)
    assert reply.status == 200, (reply.body, server.said()[-2000:])
    return bool(json.loads(reply.body)["items"])


def asks_who_has_written(valkey: Valkey, server: Server, path: str) -> bool:
    """Whether a read asks Valkey what its client has changed."""
    with valkey.client.monitor() as heard:
        assert server.get(path).status == 200
        valkey.client.ping()
        commands = list(takewhile("PING".__ne__, (command["command"] for command in heard.listen())))
    return any("nuages:written:" in command for command in commands)


def test_whoever_has_written_reads_it_on_every_instance(tmp_path: Path) -> None:
    """A replica that stands still tells who reads from it; in turn it, Valkey and its way of streaming fail."""
    with (
        temp_valkey() as valkey,
        restartable_postgres() as primary,
        restartable_postgres(primary.cluster) as replica,
    ):
        managed(tmp_path, url_of(primary.cluster), "migrate", "--verbosity", "0")
        with instances(primary.cluster, replica.cluster, valkey, tmp_path) as (one, two):
            write(one, "first")
            wait_for(lambda: sees(two, "first", OTHER))

            replay(replica, go_on=False)
            location = write(one, "second").headers["location"]
            for server in (one, two):
                assert sees(server, "second", WRITER)
                assert not sees(server, "second", OTHER), "nobody reads from the replica"
            assert send(two, "PATCH", location, {"name": "changed"}, x_forwarded_for=WRITER).status == 200
            assert sees(one, "changed", WRITER)
            assert not sees(one, "changed", OTHER)

            replay(replica, go_on=True)
            wait_for(lambda: sees(two, "changed", OTHER))
            replay(replica, go_on=False)
            assert send(one, "POST", "/odd/writing", {"name": "third"}, x_forwarded_for="192.0.2.3").status == 201
            assert not sees(two, "third", WRITER), "who has written long ago is never sent to the replica again"

            assert asks_who_has_written(valkey, one, "/odd/writing")
            assert not asks_who_has_written(valkey, one, "/kept/tags"), "it is not read from a replica anyway"

            replica.stop()
            assert sees(one, "third", OTHER), "a replica that is away is no reason to fail"
            assert sees(two, "third", OTHER)
            replica.start()

            replay(replica, go_on=False)
            write(one, "fourth")
            wait_for(lambda: not sees(two, "fourth", OTHER))  # as soon as it is asked again
            valkey.kill()
            assert sees(two, "fourth", OTHER), "where nobody knows who has written, nobody reads from a replica"
            assert sees(one, "fourth", WRITER)
