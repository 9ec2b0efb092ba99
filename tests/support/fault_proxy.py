"""Stand on the way to a server, and let nothing through any more, or late. What is sent is taken all the same."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

_PIECE_BYTES = 65_536


class FaultProxy:
    """A TCP port that leads to a Unix socket.

    Units: `latency_s`, how late a piece is passed on, in each direction.
    """

    def __init__(self, target: Path) -> None:
        self.latency_s = 0.0
        self._target = target
        self._flows = threading.Event()
        self._flows.set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._open = [self._listener]

    def hold(self) -> None:
        """Pass nothing on: connections are taken, and hear nothing."""
        self._flows.clear()

    def release(self) -> None:
        """Pass on what was held, and what comes."""
        self._flows.set()

    def run(self) -> None:
        """Accept until it is closed."""
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._lead, args=(client,), daemon=True).start()

    def close(self) -> None:
        """Close whatever is open."""
        self.release()
        for each in self._open:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def _lead(self, client: socket.socket) -> None:
        self._open.append(client)
        self._flows.wait()
        with ExitStack() as stack, suppress(OSError):
            stack.enter_context(client)
            server = stack.enter_context(socket.socket(socket.AF_UNIX))
            server.connect(str(self._target))
            self._open.append(server)
            back = threading.Thread(target=self._pass_on, args=(server, client), daemon=True)
            back.start()
            self._pass_on(client, server)
            back.join()

    def _pass_on(self, giver: socket.socket, taker: socket.socket) -> None:
        with suppress(OSError):
            while piece := giver.recv(_PIECE_BYTES):
                time.sleep(self.latency_s)
                self._flows.wait()
                taker.sendall(piece)
        with suppress(OSError):
            taker.shutdown(socket.SHUT_WR)


@contextmanager
def fault_proxy(target: Path) -> Iterator[FaultProxy]:
    """A proxy for the length of the block."""
    proxy = FaultProxy(target)
    accepting = threading.Thread(target=proxy.run, daemon=True)
    accepting.start()
    try:
        yield proxy
    finally:
        proxy.close()
        accepting.join()
        proxy._listener.close()
