"""What every part of the comparison works with: the database server, a directory, and how long to measure."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.side_by_side.databases import Place, bench_postgres, fill_postgres
from benchmarks.side_by_side.environments import is_there
from benchmarks.side_by_side.peers import PEERS, Peer
from benchmarks.side_by_side.reference import write_constants
from tests.support.postgres import Cluster


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line asks for. None: as the part has it."""

    books: int
    largest: int
    rounds: int | None
    seconds: int | None
    warmup_s: int
    peers: tuple[str, ...] | None
    workloads: tuple[str, ...] | None
    connections: tuple[int, ...] | None
    workers: tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class Bench:
    """The running database with the bookshop, and what was asked."""

    cluster: Cluster
    place: Place
    directory: Path
    asked: Asked


@contextmanager
def open_bench(asked: Asked) -> Iterator[Bench]:
    """Start and fill the database for the length of the block."""
    with tempfile.TemporaryDirectory(prefix="nuages-bench-") as name, bench_postgres() as cluster:
        place = fill_postgres(cluster, asked.books)
        write_constants(place, Path(name))
        yield Bench(cluster, place, Path(name), asked)


def choose_peers(bench: Bench, usual: tuple[str, ...]) -> list[Peer]:
    """Give the peers that were asked for, less those whose environment could not be built."""
    wanted = [PEERS[name] for name in bench.asked.peers or usual]
    for peer in wanted:
        if not is_there(peer):
            say(f"{peer.name} is left out: its environment .venv-bench-{peer.python} is not there")
    return [peer for peer in wanted if is_there(peer)]


def say(text: str) -> None:
    """Tell how far we are."""
    print(text, file=sys.stderr, flush=True)
