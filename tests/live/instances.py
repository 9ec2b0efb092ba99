"""Several instances of one project at once, on one database. No test lives here."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.live.processes import Server, held_port, serve_command, started


@contextmanager
def instances(
    directory: Path, seeded: Path, number: int, *, workers: int, clocks_s: Sequence[int] = (), **environment: str
) -> Iterator[list[Server]]:
    """Several servers of one project, each with workers of its own, and with a clock that is so many seconds ahead."""
    shutil.copytree(seeded, directory / "shop")
    environment = {"DATABASE_URL": f"sqlite:///{directory / 'shop' / 'shop.sqlite3'}", **environment}
    with ExitStack() as stack:
        servers = []
        for index in range(number):
            own = {"TEST_CLOCK_S": str(clocks_s[index])} if clocks_s else {}
            port = stack.enter_context(held_port())
            command = serve_command(port, "--quiet", "--workers", str(workers))
            servers.append(
                stack.enter_context(started(command, directory, port=port, environment={**environment, **own}))
            )
        for server in servers:
            server.wait_until_up()
            server.wait_for(lambda server=server: server.answers("/-/ready"))  # type: ignore[misc]
        yield servers
