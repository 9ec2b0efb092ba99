"""Versions and answers in a real Valkey: shared, computed once, and never older than the last change."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nuages.cache.entries import Answer
from nuages.cache.redis_versions import RedisVersions
from nuages.cache.server import Server
from nuages.cache.shared_answers import SharedAnswers
from tests.support.valkey import Valkey, temp_valkey

TABLES = ("a", "b")


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine must not look like a Valkey that is away; one that is away is asked again at once."""
    monkeypatch.setattr("nuages.redis_client.TIMEOUT_S", 5.0)
    monkeypatch.setattr("nuages.redis_client.PAUSE_S", 0.05)


@pytest.fixture
def valkey() -> Iterator[Valkey]:
    """A Valkey of this test's own."""
    with temp_valkey() as valkey:
        yield valkey


def connect(valkey: Valkey) -> RedisVersions:
    """An instance of its own."""
    return RedisVersions(Server(valkey.url))


def answer(text: str) -> Answer:
    """An answer of some text."""
    return Answer(text.encode(), f'"{text}"', (("Content-Type", "application/json"),), None)


def obtain(shared: SharedAnswers, versions: RedisVersions, compute: Callable[[], Answer]) -> tuple[str, bool]:
    """The text of an answer, and whether it was found."""
    current = versions.current(TABLES)
    assert current is not None
    got, _, is_found = shared.obtain("digest", current, 60.0, 2.0, compute)
    return got.body.decode(), is_found


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    deadline_s = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline_s
        time.sleep(0.01)


def test_instances_share_versions_and_answers(valkey: Valkey) -> None:
    """What one computed the other finds, until either changes a table."""
    one, two = connect(valkey), connect(valkey)
    assert one.current(TABLES) == two.current(TABLES)
    assert obtain(SharedAnswers(one.server), one, lambda: answer("first")) == ("first", False)
    assert obtain(SharedAnswers(two.server), two, lambda: answer("second")) == ("first", True)
    before = one.current(TABLES)
    two.change(["b"])
    after = one.current(TABLES)
    assert before is not None
    assert after is not None
    assert (after[0] == before[0], after[1] == before[1]) == (True, False)
    assert obtain(SharedAnswers(one.server), one, lambda: answer("third")) == ("third", False)


def test_one_instance_computes_for_all(valkey: Valkey) -> None:  # K09
    """Eight clients of their own, one computation; one that dies over it is waited for no more than its time."""
    computed: list[str] = []

    def compute() -> Answer:
        time.sleep(0.3)
        computed.append("")
        return answer("once")

    seen: list[tuple[str, bool]] = []

    def one() -> None:
        versions = connect(valkey)
        seen.append(obtain(SharedAnswers(versions.server), versions, compute))

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(computed), sorted(seen)) == (1, [("once", False), *[("once", True)] * 7])


def test_who_cannot_compute_lets_others(valkey: Valkey) -> None:
    """A failure leaves no lock and no answer behind."""
    versions = connect(valkey)

    def fail() -> Answer:
        raise LookupError

    with pytest.raises(LookupError):
        obtain(SharedAnswers(versions.server), versions, fail)
    started_s = time.monotonic()
    assert obtain(SharedAnswers(versions.server), versions, lambda: answer("next")) == ("next", False)
    assert time.monotonic() - started_s < 2.0, "it waited for the lock"


def test_without_a_server_nothing_kept_is_used(valkey: Valkey) -> None:  # K10
    """Not known is None, and no exception; when the server is back, nothing of before is found."""
    versions = connect(valkey)
    shared = SharedAnswers(versions.server)
    obtain(shared, versions, lambda: answer("before"))
    before = versions.current(TABLES)
    valkey.kill()
    assert versions.current(TABLES) is None
    valkey.start()
    until(lambda: versions.current(TABLES) is not None)
    assert versions.current(TABLES) != before
    assert obtain(shared, versions, lambda: answer("after")) == ("after", False)


def test_what_a_server_brings_back_from_its_disk_is_out_of_reach(valkey: Valkey) -> None:  # F05
    """Started anew with the versions and answers of before, which a change in between has made old."""
    versions = connect(valkey)
    shared = SharedAnswers(versions.server)
    obtain(shared, versions, lambda: answer("old"))
    kept = {key: (valkey.client.dump(key), max(valkey.client.pttl(key), 0)) for key in valkey.client.keys("*")}
    assert len(kept) >= 3
    valkey.kill()
    valkey.start()
    for key, (dumped, lifetime_ms) in kept.items():
        valkey.client.restore(key, lifetime_ms, dumped)
    until(lambda: versions.current(TABLES) is not None)
    assert obtain(shared, versions, lambda: answer("new")) == ("new", False)


def test_a_change_that_could_not_be_told_is_told_later(valkey: Valkey) -> None:
    """A server that does not answer for a while: this process uses nothing kept, and the others nothing old."""
    writer, reader = connect(valkey), connect(valkey)
    before = reader.current(TABLES)
    writer.current(TABLES)
    client = writer.server.client
    writer.server.client = Server("unix:///nowhere/valkey.sock").client
    writer.change(["a"])
    assert writer.current(TABLES) is None
    assert reader.current(TABLES) == before
    writer.server.client = client
    until(lambda: reader.current(TABLES) != before)
    until(lambda: writer.current(TABLES) == reader.current(TABLES))


def test_a_server_that_was_emptied_brings_nothing_old(valkey: Valkey) -> None:  # F05
    """FLUSHALL: versions are new, not the first ones again."""
    versions = connect(valkey)
    before = versions.current(TABLES)
    valkey.client.flushall()
    after = versions.current(TABLES)
    assert before is not None
    assert after is not None
    assert set(before).isdisjoint(after)


@pytest.mark.parametrize("planted", [b"", b"garbage", b"\x93\x01", b"\x92\x02\x94\xc4\x01x\xa1e\x90\xc0"])
def test_what_is_no_answer_is_none(valkey: Valkey, planted: bytes) -> None:  # K10
    """Bytes that nobody wrote so, and another form: computed anew."""
    versions = connect(valkey)
    shared = SharedAnswers(versions.server)
    obtain(shared, versions, lambda: answer("first"))
    (name,) = valkey.client.keys("*:e:*")
    valkey.client.set(name, planted)
    assert obtain(shared, versions, lambda: answer("anew")) == ("anew", False)


def test_another_type_in_its_place_is_no_answer(valkey: Valkey) -> None:  # K10
    """WRONGTYPE is a server that cannot be asked; nothing fails."""
    versions = connect(valkey)
    shared = SharedAnswers(versions.server)
    obtain(shared, versions, lambda: answer("first"))
    (name,) = valkey.client.keys("*:e:*")
    valkey.client.delete(name)
    valkey.client.rpush(name, "a", "b")
    assert obtain(shared, versions, lambda: answer("anew")) == ("anew", False)
    (version,) = valkey.client.keys("*:v:a")
    valkey.client.delete(version)
    valkey.client.rpush(version, "a")
    time.sleep(0.1)
    assert versions.current(TABLES) is None


def test_a_server_that_says_nothing_costs_little(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # L06, K10
    """It takes the connection and is silent: asked once, then left alone for a while."""
    monkeypatch.setattr("nuages.redis_client.TIMEOUT_S", 0.045)
    monkeypatch.setattr("nuages.redis_client.PAUSE_S", 60.0)
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "s"))
        silent.listen()
        versions = RedisVersions(Server(f"unix://{tmp_path / 's'}"))
        assert [versions.current(TABLES) for _ in range(100)] == [None] * 100
        assert versions.server.patience.failed == 1
