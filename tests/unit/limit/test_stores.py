"""Counts in a file that processes share, and in a Valkey: exact, whoever asks at once; by one and the same window."""

import multiprocessing
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nuages.limit.charges import PARTS, Charge, Store, StoreFailed
from nuages.limit.redis import RedisStore
from nuages.limit.table import SETS, WAYS, Table
from tests.support.valkey import Valkey, temp_valkey

HOUR_S = 3600.0


@pytest.fixture(scope="module")
def valkey() -> Iterator[Valkey]:
    """A Valkey of this module's own."""
    with temp_valkey() as valkey:
        yield valkey


@pytest.fixture(params=["process", "machine", "instances"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """Each store in turn."""
    if request.param == "instances":
        valkey: Valkey = request.getfixturevalue("valkey")
        patient = RedisStore(valkey.url)
        patient._client = valkey.client  # a busy machine must not look like a Valkey that is away
        patient._script.registered_client = patient._client
        return patient
    return Table(tmp_path / "limits" if request.param == "machine" else None)


def charge(quota: int = 100, *, cost: int = 1, window_s: float = HOUR_S, key: bytes = b"") -> Charge:
    """A charge to a key of its own, unless told otherwise."""
    return Charge(key or os.urandom(16), quota, window_s, cost)


def passes(store: Any, *charges: Charge) -> bool:
    """Whether all are taken."""
    return not any(left.wait_s for left in store.take(charges))


def test_as_many_pass_as_the_quota_says(store: Store) -> None:
    """What is left falls by one each time; the next is told when to come again, and takes nothing."""
    one = charge(5)
    assert [store.take([one])[0].remaining for _ in range(5)] == [4, 3, 2, 1, 0]
    for _ in range(3):
        (left,) = store.take([one])
        assert left.remaining == 0
        assert HOUR_S < left.wait_s <= HOUR_S * (1 + 1 / PARTS)
        assert left.reset_s <= left.wait_s
    assert passes(store, charge(5))


def test_of_many_at_once_exactly_the_quota_pass(store: Store) -> None:
    """Threads of one process; L01."""
    one, passed, start = charge(100), [], threading.Barrier(16)

    def ask() -> None:
        start.wait()
        passed.extend([passes(store, one) for _ in range(20)])

    threads = [threading.Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(passed), sum(passed)) == (320, 100)


def test_all_quotas_are_taken_or_none(store: Store) -> None:
    """A refusal by one costs nothing of the others; L12."""
    wide, narrow = charge(10), charge(2)
    assert [passes(store, wide, narrow) for _ in range(4)] == [True, True, False, False]
    assert store.take([wide])[0].remaining == 7


def test_a_cost_is_taken_whole(store: Store) -> None:
    """What does not fit takes nothing."""
    key = os.urandom(16)
    assert passes(store, charge(10, cost=7, key=key))
    assert not passes(store, charge(10, cost=4, key=key))
    assert passes(store, charge(10, cost=3, key=key))
    assert not passes(store, charge(10, key=key))


def test_a_cost_above_the_quota_never_passes(store: Store) -> None:
    """It is told to wait, and nothing breaks."""
    assert not passes(store, charge(10, cost=11))


def test_what_was_taken_comes_back(store: Store) -> None:
    """After the window, and the part of it that is left."""
    one = charge(3, window_s=1.0)
    assert [passes(store, one) for _ in range(4)] == [True, True, True, False]
    (left,) = store.take([one])
    time.sleep(left.wait_s)
    assert passes(store, one)


def _ask(path: Path, key: bytes, ready: Any, found: Any) -> None:
    table = Table(path)
    ready.wait()
    found.put(sum(passes(table, charge(100, key=key)) for _ in range(80)))


def test_processes_share_one_count(tmp_path: Path) -> None:
    """Four of them, by the file; L01."""
    context = multiprocessing.get_context("spawn")
    ready, found, key = context.Barrier(4), context.Queue(), os.urandom(16)
    processes = [context.Process(target=_ask, args=(tmp_path / "limits", key, ready, found)) for _ in range(4)]
    for process in processes:
        process.start()
    assert sum(found.get(timeout=90) for _ in processes) == 100
    for process in processes:
        process.join()


@given(
    asked_s=st.lists(st.floats(0, 400, allow_nan=False), min_size=1, max_size=60).map(sorted),
    quota=st.integers(1, 5),
    start_s=st.floats(1e3, 1e9),
)
def test_no_stretch_of_a_window_sees_more_than_the_quota(asked_s: list[float], quota: int, start_s: float) -> None:
    """Wherever it begins; and what is told of waiting is true. L02."""
    one, passed = charge(quota, window_s=60.0), []
    table: Any = _small_table()
    for each_s in asked_s:
        (left,) = table.take([one], start_s + each_s)
        if not left.wait_s:
            passed.append(start_s + each_s)
    for first_s in passed:
        assert sum(first_s <= each_s < first_s + 60 for each_s in passed) <= quota
    (left,) = table.take([one], start_s + 400)
    if left.wait_s:
        assert not table.take([one], start_s + 400 + left.wait_s + 0.001)[0].wait_s


_TABLES: list[Table] = []


def _small_table() -> Table:
    """One table for all examples: each has a key of its own."""
    if not _TABLES:
        _TABLES.append(Table())
    return _TABLES[0]


def test_a_full_set_makes_room_for_whoever_comes(tmp_path: Path) -> None:
    """What is first to be over goes; the file does not grow. L14."""
    table, path = Table(tmp_path / "limits"), tmp_path / "limits"
    size_bytes = path.stat().st_size
    first = (0).to_bytes(4, "little")
    keys = [first + number.to_bytes(12, "little") for number in range(1, WAYS + 2)]
    for number, key in enumerate(keys):
        assert table.take([charge(2, key=key, window_s=60.0 + number)], 1000.0)[0].remaining == 1
    assert table.take([charge(2, key=keys[-1], window_s=60.0 + WAYS)], 1000.0)[0].remaining == 0
    assert table.take([charge(2, key=keys[0], window_s=60.0)], 1000.0)[0].remaining == 1, "the first was forgotten"
    assert path.stat().st_size == size_bytes
    assert SETS * WAYS >= 65_536


def test_counts_of_before_the_machine_was_started_are_forgotten(tmp_path: Path) -> None:
    """Its clock began anew: what seems to be of the future is not believed."""
    table, key = Table(tmp_path / "limits"), os.urandom(16)
    assert not any(table.take([charge(1, key=key)], 1e9)[0].wait_s for _ in range(1))
    assert not table.take([charge(1, key=key)], 50.0)[0].wait_s


def test_the_file_of_somebody_else_is_refused(tmp_path: Path) -> None:
    """A link, or a file that others may write."""
    (tmp_path / "open").touch(mode=0o666)
    (tmp_path / "open").chmod(0o666)
    (tmp_path / "link").symlink_to(tmp_path / "open")
    for name in ("open", "link"):
        with pytest.raises(OSError, match=name):
            Table(tmp_path / name)


def test_keys_leave_valkey_with_their_window(valkey: Valkey) -> None:
    """Every key has an end, and there is no other. L14."""
    store = RedisStore(valkey.url)
    store.take([charge(5, window_s=30.0)])
    client: Any = valkey.client
    ends_ms = [client.pttl(key) for key in client.scan_iter("nuages:limit:*")]
    assert ends_ms
    assert all(0 < each_ms <= HOUR_S * 1100 for each_ms in ends_ms)


def test_a_clock_that_is_set_back_blocks_nobody(valkey: Any) -> None:
    """What was counted in a minute that is to come again counts for nobody, and its key has an end again. L05."""
    one, client = charge(1, window_s=60.0), valkey.client
    key, part = b"nuages:limit:" + one.key.hex().encode(), int(client.time()[0] * PARTS / one.window_s)
    client.hset(key, mapping={str(part + ahead): 1 for ahead in (1 + PARTS // 2, PARTS, 1_000_000)})
    assert client.pttl(key) == -1
    assert passes(RedisStore(valkey.url), one)
    assert client.pttl(key) > 0
    assert not passes(RedisStore(valkey.url), one)


def test_a_key_without_end_blocks_for_one_window(valkey: Any) -> None:
    """Whoever has planted it; no count outlives its window. L05."""
    one, client = charge(1, window_s=1.0), valkey.client
    key = b"nuages:limit:" + one.key.hex().encode()
    now_s, more_us = client.time()
    client.hset(key, str(int((now_s + more_us / 1e6) * PARTS)), 1)
    store, begun_s = RedisStore(valkey.url), time.monotonic()
    assert not passes(store, one)
    while not passes(store, one):
        assert time.monotonic() < begun_s + 30
        time.sleep(0.05)
    assert client.pttl(key) > 0


def test_a_planted_key_of_another_kind_is_a_failure_and_no_crash(valkey: Valkey) -> None:
    """WRONGTYPE; L06."""
    one, client = charge(), valkey.client
    client.set(b"nuages:limit:" + one.key.hex().encode(), b"mine")
    with pytest.raises(StoreFailed):
        RedisStore(valkey.url).take([one])
