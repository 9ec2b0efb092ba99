"""Kept answers over several workers and instances: never older than the last answered change, and nobody else's."""

import itertools
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.live.instances import instances
from tests.live.processes import Server
from tests.live.racing import CLIENTS, IS_SOAK, at_once, count, send
from tests.support.valkey import temp_valkey

SECONDS = 60 if IS_SOAK else 3
REQUESTS = 1_000_000 if IS_SOAK else 3_000
USERS = 50
HIT, STORED = "nuages; hit", "nuages; fwd=miss; stored"


@contextmanager
def serving(kind: str, seeded: Path, directory: Path) -> Iterator[list[Server]]:
    """One instance of two workers, or two such on a Valkey."""
    if kind == "machine":
        with instances(directory, seeded, 1, workers=2) as servers:
            yield servers
        return
    with temp_valkey() as valkey, instances(directory, seeded, 2, workers=2, TEST_REDIS_URL=valkey.url) as servers:
        yield servers


def write(server: Server, key: int, number: int) -> None:
    """Give a tag another name, and come back when that is answered."""
    reply = send(server, "PATCH", f"/kept/tags/{key}", {"name": f"{key}-{number}"})
    assert reply.status == 200, reply.body


def read(server: Server, key: int) -> tuple[int, str]:
    """The number in the name of a tag, and how it was found."""
    reply = server.get(f"/kept/tags/{key}")
    assert reply.status == 200, reply.body
    return int(json.loads(reply.body)["name"].rpartition("-")[2]), reply.headers["cache-status"]


@pytest.mark.parametrize("kind", ["machine", "instances"])
def test_no_read_after_a_change_is_older_than_it(kind: str, seeded: Path, tmp_path: Path) -> None:  # K06
    """Four who write and read, each a row of their own, wherever they are sent; answers are kept meanwhile."""
    found: Counter[str] = Counter()
    wrong: list[tuple[int, int]] = []

    def check(servers: list[Server], key: int) -> None:
        turn, until_s = itertools.cycle(servers), time.monotonic() + SECONDS
        for number in itertools.count(1):
            write(next(turn), key, number)
            for _ in range(4):
                seen, how = read(next(turn), key)
                found[how] += 1
                if seen != number:
                    wrong.append((seen, number))
            if time.monotonic() > until_s:
                return

    with serving(kind, seeded, tmp_path) as servers:
        threads = [threading.Thread(target=check, args=(servers, key)) for key in (1, 2, 3, 4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []
    assert found[HIT] > 0
    assert found[STORED] > 0


def test_nobody_gets_what_was_kept_for_another(seeded: Path, tmp_path: Path) -> None:  # K01
    """Fifty users and nobody, all at once and again and again: everybody's own rows."""
    found: Counter[str] = Counter()

    def visit(servers: list[Server], number: int) -> None:
        for turn in range(REQUESTS // CLIENTS):
            name = f"reader {(number * 7 + turn) % USERS}"
            reply = servers[(number + turn) % len(servers)].get("/kept/mine", **{"X-Name": name})
            assert {item["user_name"] for item in json.loads(reply.body)["items"]} <= {name}
            found[reply.headers["cache-status"]] += 1
            if turn % 10 == 0:
                nobody = servers[0].get("/kept/mine")
                assert json.loads(nobody.body)["items"] == []

    with serving("instances", seeded, tmp_path) as servers:
        at_once(lambda number: visit(servers, number))
    assert found[HIT] > found[STORED] > 0


def test_of_two_hundred_who_miss_one_computes(seeded: Path, tmp_path: Path) -> None:  # K09
    """Over two instances of two workers: one answer was computed, all others found it."""
    with serving("instances", seeded, tmp_path) as servers:
        replies = at_once(lambda number: servers[number % 2].get("/kept/tags?limit=7"), 200)
        assert count(replies) == {200: 200}
        assert Counter(reply.headers["cache-status"] for reply in replies) == {STORED: 1, HIT: 199}
        assert len({reply.body for reply in replies}) == 1


def test_reads_go_on_while_valkey_is_away(seeded: Path, tmp_path: Path) -> None:  # K10, F05
    """Killed, and started anew: no 5xx, and no read older than the last change."""
    with temp_valkey() as valkey, instances(tmp_path, seeded, 2, workers=1, TEST_REDIS_URL=valkey.url) as servers:
        number = itertools.count(1)

        def change_and_read() -> set[str]:
            said = next(number)
            write(servers[0], 1, said)
            seen = [read(server, 1) for server in servers for _ in range(3)]
            assert {value for value, _ in seen} == {said}
            return {how for _, how in seen}

        assert HIT in change_and_read()
        valkey.kill()
        for _ in range(10):
            assert HIT not in change_and_read()
        valkey.start()
        deadline_s = time.monotonic() + 30
        while HIT not in change_and_read():
            assert time.monotonic() < deadline_s
