"""Share the counts of a server's workers: a file for each, in a directory of the server's, which any of them may read.

A worker holds a lock on its file for as long as it lives. Where one has died, the next takes its file over and goes on
from what is in it: counters never fall, and there are no more files than there were workers at one time.
Source: flock(2): the lock belongs to the open file, and ends with the process, however that ends.
"""

from __future__ import annotations

import mmap
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import msgspec

from nuages.counting.cells import SIZE_BYTES, Cells, records
from nuages.counting.counters import Key, count_in, own_cells
from nuages.shared_files import open_own

try:
    import fcntl
except ImportError:  # elsewhere than on POSIX each process counts for itself
    fcntl = None  # type: ignore[assignment]

HAS_LOCKS = find_spec("fcntl") is not None
VARIABLE = "NUAGES_METRICS_DIRECTORY"
_PREFIX, _OWNER = "nuages-counts-", "server"
_YOUNG_S = 60.0  # a directory is there for a moment before its server has locked it
_has_joined = False


@dataclass(frozen=True, slots=True)
class Counted:
    """What one worker has counted, under its number.

    Shapes: `is_live` is false where the worker is gone: what it had open then is no more, what it had done is.
    """

    worker: int
    is_live: bool
    numbers: dict[Key, tuple[float, ...]]


def is_shared() -> bool:
    """Whether this process is told where its server's workers count."""
    return HAS_LOCKS and bool(os.environ.get(VARIABLE))


def join() -> int:
    """Count where the other workers of this server do; gives the number of this one, 0 where it is alone.

    Raises: OSError where the files cannot be had.
    """
    if not is_shared():
        return 0
    global _has_joined
    _has_joined = True
    number, cells = _take_free(Path(os.environ[VARIABLE]))
    for name, place, _ in records(cells.memory):
        if msgspec.json.decode(name, type=Key).kind == "gauge":
            cells.numbers[place] = 0.0
    count_in(cells)
    return number


def _take_free(directory: Path) -> tuple[int, Cells]:
    """Take the first file that no worker holds, or a new one."""
    for number in count():
        descriptor = open_own(directory / str(number), SIZE_BYTES)
        try:
            if _lock(descriptor):
                # The map keeps a descriptor of its own for the open file, and so the lock.
                return number, Cells(mmap.mmap(descriptor, SIZE_BYTES))
        finally:
            os.close(descriptor)
    raise AssertionError("numbers have no end")


def read_all(own: int = 0) -> list[Counted]:
    """What every worker of this server has counted, this one as number `own` where it is alone."""
    if not is_shared():
        return [Counted(own, is_live=True, numbers=_numbers(own_cells().memory))]
    paths = [path for path in Path(os.environ[VARIABLE]).iterdir() if path.name.isdecimal()]
    return [_read(path) for path in sorted(paths, key=lambda path: int(path.name))]


def _read(path: Path) -> Counted:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        is_live = not _lock(descriptor)
        with mmap.mmap(descriptor, SIZE_BYTES, access=mmap.ACCESS_READ) as memory:
            return Counted(int(path.name), is_live, _numbers(memory))
    finally:
        os.close(descriptor)


def _numbers(memory: mmap.mmap) -> dict[Key, tuple[float, ...]]:
    with memoryview(memory) as raw, raw.cast("d") as numbers:
        return {
            msgspec.json.decode(name, type=Key): tuple(numbers[place : place + size])
            for name, place, size in records(memory)
        }


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def shared_by_workers() -> Iterator[None]:
    """Let the processes that are started within the block count together; nothing of it is left afterwards."""
    if not HAS_LOCKS:
        yield
        return
    _remove_left()
    directory = Path(tempfile.mkdtemp(prefix=_PREFIX))  # of mode 0700
    owner = open_own(directory / _OWNER, 0)
    _lock(owner)
    before = os.environ.get(VARIABLE, "")
    os.environ[VARIABLE] = str(directory)
    try:
        yield
    finally:
        os.environ[VARIABLE] = before
        shutil.rmtree(directory, ignore_errors=True)
        os.close(owner)


def _remove_left() -> None:
    """Remove what servers have left that were killed."""
    for directory in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        try:
            if time.time() - directory.stat().st_mtime < _YOUNG_S:
                continue
            owner = open_own(directory / _OWNER, 0)
        except OSError:  # another user's, or just gone
            continue
        if _lock(owner):
            shutil.rmtree(directory, ignore_errors=True)
        os.close(owner)


def _join_anew() -> None:
    """Take a file of one's own in a child of a server that loads the project before it forks."""
    if _has_joined:
        join()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_join_anew)  # after what `counters` does then
