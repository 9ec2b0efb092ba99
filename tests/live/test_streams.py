"""Real servers stream: what is silent is heard of, what is not read is not made, and what is left has ended.

A thousand at once, measured, are `make bench-streams`.
"""

import asyncio
import http.client
import json
import shutil
import signal
from pathlib import Path

import pytest

from tests.live.processes import LIMIT_S, wait_for
from tests.live.streaming import EVENTS, LINES, crowd, opened, streaming, told
from tests.support.event_stream import Reader, Received, read_events

WAYS = [("granian", "1"), ("granian", "0"), ("uvicorn", "1"), ("uvicorn", "0"), ("granian wsgi", "1")]


def _read(response: http.client.HTTPResponse, reader: Reader, number: int) -> list[Received]:
    found: list[Received] = []
    while len(found) < number:
        found += reader.feed(response.read1())
    return found


@pytest.mark.parametrize(("kind", "straight"), WAYS)
def test_streams_live_and_end_with_their_clients(kind: str, straight: str, tmp_path: Path) -> None:
    """Past Django's middleware and through it, from the loop and from threads."""
    with streaming(kind, tmp_path, TEST_STRAIGHT=straight, TEST_HEARTBEAT_S="0.1") as server:

        def wait_for_ends(number: int) -> None:
            wait_for(lambda: told(server).get("ended") == number and told(server)["open"] == 0, server.said)

        with opened(server, "silent") as response:
            assert (response.status, response.getheader("content-type")) == (200, EVENTS)
            reader = Reader()
            while len(reader.comments) < 3:
                assert list(reader.feed(response.read1())) == []
        wait_for_ends(1)
        with opened(server, "ticks") as response:
            events = _read(response, Reader(), 3)
        assert [(each.event, json.loads(each.data), each.last_id) for each in events[:3]] == [
            ("tick", {"number": number}, str(number)) for number in (1, 2, 3)
        ]
        wait_for_ends(2)
        with opened(server, "flood") as response:  # and nobody reads
            assert response.status == 200
            made = [0]

            def is_still() -> bool:
                made.append(told(server).get("made", 0))
                return made[-1] == made[-2] > 0

            wait_for(is_still)
            assert made[-1] * 10_000 < 32 << 20
        wait_for_ends(3)
        if kind != "granian wsgi":  # where who is silent itself does not notice
            with opened(server, "silent", LINES) as response:
                assert response.getheader("content-type") == LINES
            wait_for_ends(4)
        with opened(server, "failing") as response:
            *rest, last = read_events(response.read())
        assert ([each.data for each in rest], last.event) == (["1", "2"], "problem")
        assert server.said().count(json.loads(last.data)["request_id"]) == 1
        with opened(server, "failing", LINES) as response:
            if kind == "granian wsgi":
                assert response.read() == b'1\n2\n{"problem":'
            else:
                with pytest.raises(http.client.IncompleteRead) as caught:
                    response.read()
                assert caught.value.partial == b"1\n2\n"
        assert "a secret" not in last.data


@pytest.mark.parametrize("kind", ["serve asgi", "serve wsgi", "uvicorn"])
def test_streams_end_when_the_server_does(kind: str, tmp_path: Path) -> None:
    """Events at once; lines get the time that answers in flight get, and are broken off before it is over."""
    with (
        streaming(kind, tmp_path, TEST_DRAIN_S="3") as server,
        opened(server, "once") as events,
        opened(server, "once", LINES) as lines,
    ):
        assert _read(events, Reader(), 1)[0].data == '{"here":true}'
        assert lines.readline() == b'{"here":true}\n'
        server.process.send_signal(signal.SIGTERM)
        assert events.read() == b""
        with pytest.raises((http.client.IncompleteRead, json.JSONDecodeError)):
            [json.loads(line) for line in lines.read().splitlines()]
        assert server.process.wait(LIMIT_S) in (0, -signal.SIGTERM)  # uvicorn ends by the signal itself
        assert (tmp_path / "ended").read_text() == "xx"


def test_many_streams_take_no_thread_each(seeded: Path, tmp_path: Path) -> None:
    """Two hundred have given an event, and one more is told to come again; plain generators share a few threads."""
    shutil.copytree(seeded, tmp_path, dirs_exist_ok=True)

    async def run() -> None:
        async with crowd(server, "once", 190, b"here"), crowd(server, "authors", 10, b"data: "):
            found = await asyncio.to_thread(told, server)
            assert found["open"] == 200
            assert found["threads"] < 20
            assert len(found["in"]) <= 2
            refused = await asyncio.to_thread(server.get, "/streams/once")
            assert (refused.status, refused.headers["retry-after"]) == (503, "10")

    with streaming("granian", tmp_path, TEST_MAX_STREAMS="200", TEST_THREADS="4") as server:
        asyncio.run(run())
        wait_for(lambda: told(server) | {"open": 0, "ended": 200} == told(server))
