"""Counts keep their names, their bounds and their sums: over threads, over processes, and when a process dies."""

import mmap
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from nuages.counting import counters, slots
from nuages.counting.cells import SIZE_BYTES, Cells, records
from nuages.counting.counters import DURATIONS_S, MORE, MOST_SERIES, Family, Key, count_in, counter, gauge, own_cells

_COUNTING = """
import os, sys
from django.conf import settings
settings.configure()
from nuages.counting.counters import counter, gauge
from nuages.counting.slots import join
hits = counter("nuages_of_test_total", "Of a test.", layer="own")
open_ = gauge("nuages_of_test_open", "Of a test.")
number = join()
for _ in range(1000):
    hits.add()
open_.set(7)
print(number, flush=True)
sys.stdin.read()
os._exit(0)
"""


@pytest.fixture(autouse=True)
def own(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Cells and families of this test's own."""
    kept = own_cells()
    monkeypatch.setattr(counters, "families", {})
    count_in(Cells())
    yield
    monkeypatch.undo()
    count_in(kept)


def _own_numbers() -> dict[Key, tuple[float, ...]]:
    return slots.read_all()[0].numbers


def test_threads_lose_nothing() -> None:
    """Eight threads that count at once are counted, each time."""
    hits = counter("nuages_a_total", "A.")

    def count() -> None:
        for _ in range(5_000):
            hits.add()

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert _own_numbers() == {Key("counter", "nuages_a_total"): (40_000.0,)}


def test_a_name_is_one_series() -> None:
    """Whoever asks for the same name and labels counts in the same place; other labels are another series."""
    counter("nuages_a_total", "A.", layer="one").add()
    counter("nuages_a_total", "A.", layer="one").add(2)
    counter("nuages_a_total", "A.", layer="two").add()
    assert {key.labels[0][1]: numbers for key, numbers in _own_numbers().items()} == {"one": (3.0,), "two": (1.0,)}


def test_a_histogram_has_the_sum_and_every_bucket() -> None:
    """A value on a bound belongs to it; one above all bounds to the last."""
    took = Family("histogram", "nuages_took_seconds", "T.", ("route",)).of("/")
    for value in (0.0, DURATIONS_S[0], 0.3, 1e9):
        took.observe(value)
    numbers = next(iter(_own_numbers().values()))
    assert len(numbers) == len(DURATIONS_S) + 2
    assert numbers[0] == pytest.approx(1e9 + 0.301)
    assert (numbers[1], numbers[-1], sum(numbers[1:])) == (2.0, 1.0, 4.0)


def test_labels_are_bounded() -> None:
    """Past the bound, new labels share one series: whoever makes labels up makes no memory."""
    many = Family("counter", "nuages_many_total", "M.", ("route",))
    for number in range(MOST_SERIES + 50):
        many.of(str(number)).add()
    found = {key.labels[0][1]: numbers[0] for key, numbers in _own_numbers().items()}
    assert len(found) == MOST_SERIES + 1
    assert found[MORE] == 50


def test_full_cells_drop_what_is_new() -> None:
    """What has no room is not counted, and harms nobody."""
    cells = Cells()
    number = 0
    while cells.place(b"name %d" % number, 200) is not None:
        number += 1
    count_in(cells)
    series = [counter("nuages_a_total", "A.", layer=str(each) * 100) for each in range(9)]
    for each in series:
        each.add()
        each.observe(1.0)
    assert len(list(records(cells.memory))) <= number + 9
    assert number * 200 * 8 < SIZE_BYTES


def test_what_is_read_again_is_what_was_written() -> None:
    """Cells over memory that has records go on with them."""
    memory = mmap.mmap(-1, SIZE_BYTES)
    place = Cells(memory).place(b"a name", 3)
    assert place is not None
    Cells(memory).numbers[place + 2] = 5.0
    assert list(records(memory)) == [(b"a name", place, 3)]
    assert Cells(memory).place(b"a name", 3) == place


def test_a_child_counts_for_itself() -> None:
    """After a fork the child begins at zero, and the parent's counts are as they were."""
    hits = counter("nuages_a_total", "A.")
    hits.add(5)
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        hits.add()
        os.write(writing, str(next(iter(_own_numbers().values()))).encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reading, 100) == b"(1.0,)"
    assert next(iter(_own_numbers().values())) == (5.0,)
    os.close(reading)
    os.close(writing)


def _start() -> subprocess.Popen[str]:
    worker = subprocess.Popen([sys.executable, "-c", _COUNTING], stdin=-1, stdout=-1, text=True)
    assert worker.stdout is not None
    worker.number = worker.stdout.readline().strip()  # type: ignore[attr-defined]
    return worker


def _end(worker: subprocess.Popen[str]) -> None:
    with worker:
        worker.kill()


def test_workers_count_together_and_the_dead_are_followed() -> None:
    """Each has a number; who takes a dead one's goes on from its counts, and finds its gauges at zero."""
    hits = Key("counter", "nuages_of_test_total", (("layer", "own"),))
    with slots.shared_by_workers():
        directory = Path(os.environ[slots.VARIABLE])
        first, second = _start(), _start()
        assert [worker.number for worker in (first, second)] == ["0", "1"]  # type: ignore[attr-defined]
        assert [each.numbers[hits] for each in slots.read_all()] == [(1000.0,), (1000.0,)]
        assert [each.is_live for each in slots.read_all()] == [True, True]
        _end(first)
        assert [each.is_live for each in slots.read_all()] == [False, True]
        third = _start()
        found = slots.read_all()
        assert third.number == "0"  # type: ignore[attr-defined]
        assert [(each.worker, each.is_live, each.numbers[hits]) for each in found] == [
            (0, True, (2000.0,)),
            (1, True, (1000.0,)),
        ]
        _end(second)
        _end(third)
        assert len(list(directory.iterdir())) == 3
    assert not directory.exists()
    assert not slots.is_shared()


def test_gauges_of_the_dead_begin_at_zero(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What a worker had open is not open any more, for the one that follows it; what it had done is."""
    monkeypatch.setenv(slots.VARIABLE, str(tmp_path))
    size, hits = gauge("nuages_size", "S."), counter("nuages_a_total", "A.")
    assert slots.join() == 0
    size.set(3)
    hits.add(3)
    memory = own_cells().memory
    own_cells().numbers.release()
    count_in(Cells())
    memory.close()
    assert slots.join() == 0
    assert [numbers for _, numbers in sorted(_own_numbers().items(), key=lambda pair: pair[0].name)] == [(3.0,), (0.0,)]


def test_what_killed_servers_left_is_removed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The directory of a server that is gone goes at the next start; one that is held, or young, stays."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    left, young = tmp_path / "nuages-counts-left", tmp_path / "nuages-counts-young"
    with slots.shared_by_workers():
        held = Path(os.environ[slots.VARIABLE])
        for directory in (left, young):
            directory.mkdir()
        for directory in (left, held):
            os.utime(directory, (time.time() - 3600,) * 2)
        with slots.shared_by_workers():
            assert [directory.exists() for directory in (left, young, held)] == [False, True, True]


def test_gauges_and_counters_have_one_place_each() -> None:
    """A gauge may be set and moved."""
    size = gauge("nuages_size", "S.", worker="own")
    size.set(7)
    size.add(-2)
    assert next(iter(_own_numbers().values())) == (5.0,)
