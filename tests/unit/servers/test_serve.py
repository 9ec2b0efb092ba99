"""The server has a limit on everything that grows."""

from nuages.servers.listening import listen_at
from nuages.servers.serve import Serving, make_server


def test_everything_that_grows_has_a_limit() -> None:
    """Threads, connections, memory, headers and the drain are bounded."""
    listening = listen_at("127.0.0.1", 0)
    with listening.socket:
        server = make_server(Serving(listening, workers=2, threads=3, drain_s=7))
    assert server.blocking_threads == 3
    assert 512 <= server.backpressure < 1024
    assert server.workers_rss
    assert server.http1_settings
    assert server.http1_settings.header_read_timeout == 30_000
    assert server.workers_kill_timeout == 7
