"""What real servers tell of themselves: counts over all workers, and one line for each request."""

import contextlib
import json
import os
import signal
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from tests.live.conftest import Serve
from tests.live.processes import Server, children_of

REQUESTS = 60


def _shown(server: Server) -> dict[tuple[str, ...], float]:
    """Every sample of the page, by its name and the values of its labels."""
    families = text_string_to_metric_families(server.get("/-/metrics").body.decode())  # type: ignore[no-untyped-call]
    return {(each.name, *each.labels.values()): each.value for family in families for each in family.samples}


def _lines(server: Server) -> list[Any]:
    """The lines of the access log so far."""
    return [json.loads(line) for line in server.said().splitlines() if line.startswith('{"time"')]


def test_workers_count_together_and_dead_ones_are_not_forgotten(serve: Serve) -> None:
    """Whichever worker is asked, the page tells of all; a killed one's requests stay counted, its memory does not."""
    server = serve("--quiet", "--workers", "2", "--access-log", TEST_METRICS="1")
    server.wait_for(lambda: len(children_of(server.process.pid)) == 2)
    for number in range(REQUESTS):
        assert server.get(f"/api/books/{number % 7 + 1}", User_Agent="a test").status == 200
    counted = ("nuages_requests_total", "GET", "/api/books/{key}", "200")
    assert {_shown(server)[counted] for _ in range(8)} == {REQUESTS}
    server.wait_for(lambda: len(_lines(server)) == REQUESTS)
    assert len({line["request_id"] for line in _lines(server)}) == REQUESTS
    assert {(line["agent"], line["route"], line["status"]) for line in _lines(server)} == {
        ("a test", "/api/books/{key}", 200)
    }
    first, second = children_of(server.process.pid)
    os.kill(first, signal.SIGKILL)
    server.wait_for(lambda: len(set(children_of(server.process.pid)) - {first, second}) == 1)

    def all_are_up() -> bool:
        with contextlib.suppress(OSError):  # the dead worker's connections
            return sum(key[0] == "nuages_process_resident_memory_bytes" for key in _shown(server)) == 2
        return False

    server.wait_for(all_are_up)
    assert _shown(server)[counted] == REQUESTS
    assert server.stop() == 0
