"""The address is claimed before the server starts, and the server has a limit on everything that grows."""

import socket
from collections.abc import Iterator

import pytest

from nuages.servers.serve import Serving, claim_address, make_server


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody listens at, sharing it with whoever asks, as granian does."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_port_in_use_is_refused(taken: int) -> None:
    """A second server on the same port does not start, though granian would let it."""
    with pytest.raises(OSError, match="in use"):
        claim_address("127.0.0.1", taken)


def test_address_is_numeric_and_ours() -> None:
    """A name becomes its address, port 0 a free port; a foreign address and an unknown name are errors."""
    host, port = claim_address("localhost", 0)
    assert host == "127.0.0.1"
    assert port > 0
    with pytest.raises(OSError, match="assign"):
        claim_address("192.0.2.1", 8000)
    with pytest.raises(OSError, match="known"):
        claim_address("no.such.host.invalid", 8000)


@pytest.mark.parametrize(
    ("host", "url"),
    [("127.0.0.1", "http://127.0.0.1:80"), ("0.0.0.0", "http://127.0.0.1:80"), ("::", "http://[::1]:80")],
)
def test_url_is_one_that_a_browser_can_open(host: str, url: str) -> None:
    """A server at every address is shown at one of this machine's own."""
    assert Serving(host, 80, workers=1, threads=1, drain_s=1).url == url


def test_everything_that_grows_has_a_limit() -> None:
    """Threads, connections, memory, headers and the drain are bounded, and a failed worker is replaced."""
    server = make_server(Serving("127.0.0.1", 8000, workers=2, threads=3, drain_s=7))
    assert server.blocking_threads == 3
    assert 512 <= server.backpressure < 1024
    assert server.workers_rss
    assert server.http1_settings.header_read_timeout == 30_000
    assert server.workers_kill_timeout == 7
    assert server.respawn_failed_workers
