"""As many pass as the quota says and no more: over several workers, over several instances, and while Valkey dies."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.instances import instances
from tests.live.processes import Reply, Server
from tests.live.racing import IS_SOAK, ROUNDS, at_once, count
from tests.support.valkey import Valkey, temp_valkey

CLIENTS, EACH, QUOTA = 64, 5, 100
PATH = "/limited/tags"


def race(servers: list[Server]) -> list[Reply]:
    """CLIENTS at once, EACH with several requests to the instances in turn."""
    replies: list[Reply] = []
    for turn in range(EACH):
        replies += at_once(lambda number, turn=turn: servers[(number + turn) % len(servers)].get(PATH), CLIENTS)  # type: ignore[misc]
    return replies


def test_workers_of_one_machine_share_the_quota(seeded: Path, tmp_path: Path) -> None:  # L01
    """Four workers and no Redis: 320 requests, 100 pass, each round anew."""
    for number in range(ROUNDS if IS_SOAK else 1):  # starting four workers takes its time
        with instances(tmp_path / str(number), seeded, 1, workers=4, TEST_THROTTLE=f"{QUOTA}/hour") as servers:
            assert count(race(servers)) == {200: QUOTA, 429: CLIENTS * EACH - QUOTA}


@pytest.fixture(scope="module")
def valkey() -> Iterator[Valkey]:
    """A Valkey of this module's own."""
    with temp_valkey() as valkey:
        yield valkey


def test_instances_share_the_quota_on_valkey(seeded: Path, tmp_path: Path, valkey: Valkey) -> None:  # L01
    """Two instances with two workers each; the counts are wiped between rounds."""
    with instances(
        tmp_path / "two", seeded, 2, workers=2, TEST_REDIS_URL=valkey.url, TEST_WITHOUT_REDIS="closed"
    ) as servers:
        for _ in range(ROUNDS):
            valkey.client.flushdb()
            replies = race(servers)
            # Where Valkey answers too late, the request is refused as unavailable, never let through.
            statuses = count(replies)
            assert statuses[200] + statuses[429] + statuses[503] == CLIENTS * EACH
            assert statuses[200] <= QUOTA
            if not statuses[503]:
                assert statuses[200] == QUOTA


def test_clocks_that_are_minutes_apart_let_nobody_through(seeded: Path, tmp_path: Path, valkey: Valkey) -> None:  # L04
    """One instance 120 seconds ahead, one 120 behind: it is Valkey's clock that counts."""
    valkey.client.flushdb()
    environment = {"TEST_REDIS_URL": valkey.url, "TEST_WITHOUT_REDIS": "closed", "TEST_THROTTLE": f"{QUOTA}/min"}
    with instances(tmp_path / "apart", seeded, 2, workers=1, clocks_s=(120, -120), **environment) as servers:
        ahead_s, behind_s = [float(server.get("/clock/").body) for server in servers]
        assert ahead_s - behind_s > 200
        valkey.client.flushdb()
        statuses = count(race(servers))
        assert statuses[200] <= QUOTA
        if not statuses[503]:
            assert statuses == {200: QUOTA, 429: CLIENTS * EACH - QUOTA}


@pytest.mark.parametrize(("mode", "expected"), [("open", {200}), ("closed", {503}), ("local", {200, 429})])
def test_the_declared_mode_holds_while_valkey_is_away(
    seeded: Path, tmp_path: Path, mode: str, expected: set[int]
) -> None:  # L06, L07
    """Killed under load: no 500; started again, it counts within seconds."""
    with temp_valkey() as valkey:
        environment = {"TEST_REDIS_URL": valkey.url, "TEST_WITHOUT_REDIS": mode, "TEST_THROTTLE": "20/hour"}
        with instances(tmp_path / mode, seeded, 1, workers=2, **environment) as (server,):
            assert server.get(PATH).status == 200
            valkey.kill()
            away = [server.get(PATH) for _ in range(30)]
            assert {reply.status for reply in away} == expected
            if mode == "local":
                assert sum(reply.status == 200 for reply in away) == 20
            valkey.start()
            deadline_s = time.monotonic() + 30
            while valkey.client.dbsize() == 0:
                assert server.get(PATH).status in expected | {200}
                assert time.monotonic() < deadline_s
                time.sleep(0.05)


def test_a_valkey_that_hangs_holds_nobody_up(seeded: Path, tmp_path: Path) -> None:  # L06
    """Stopped with its connections open: whoever asks is answered, and most at once."""
    with temp_valkey() as valkey:
        environment = {"TEST_REDIS_URL": valkey.url, "TEST_WITHOUT_REDIS": "open"}
        with instances(tmp_path / "hang", seeded, 1, workers=1, **environment) as (server,):
            assert server.get(PATH).status == 200
            assert valkey.process is not None
            valkey.process.send_signal(signal.SIGSTOP)
            try:
                assert {server.get(PATH).status for _ in range(50)} == {200}
            finally:
                valkey.process.send_signal(signal.SIGCONT)
            assert "would" not in server.said()
