"""A server whose open files are used up goes on answering whom it knows, and accepts others when there are some."""

import http.client
import socket
import time
from contextlib import ExitStack, closing
from pathlib import Path

from tests.live.processes import LIMIT_S, Server, held_port, serve_command, started

FILES = 64
CLIENTS = 100


def _has_none_left(server: Server) -> bool:
    (worker,) = server.workers
    return len(list(Path(f"/proc/{worker}/fd").iterdir())) >= FILES


def test_open_files_used_up(shop: Path) -> None:  # F15
    """Clients that say nothing take them all; who came before is answered, and who comes when they have left."""
    with held_port() as port:
        command = ["sh", "-c", f'ulimit -n {FILES} && exec "$@"', "sh", *serve_command(port, "--quiet")]
        with started(command, shop, port=port) as server:
            server.wait_until_up()
            with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT_S)) as known:
                for _ in range(2):
                    assert _status(known) == 200
                    with ExitStack() as stack:
                        for _ in range(CLIENTS):
                            stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=LIMIT_S))
                        server.wait_for(lambda: _has_none_left(server))
                        time.sleep(1)  # in which it cannot accept
                        assert _status(known) in {200, 503}
                        assert server.process.poll() is None
                    server.wait_for(lambda: server.answers("/api/books?limit=1"))
            assert server.stop() == 0, server.said()
            assert "Traceback" not in server.said()


def _status(known: http.client.HTTPConnection) -> int:
    known.request("GET", "/api/authors?limit=1")
    with known.getresponse() as response:
        response.read()
        return response.status
