"""Measure Nuages and its peers side by side.

    python -m benchmarks.side_by_side                                    the short comparison
    python -m benchmarks.side_by_side matrix --peers nuages,drf --workloads W4 --rounds 1
    python -m benchmarks.side_by_side full                               every part

One server runs at a time, on 127.0.0.1 only. Only what this program has started is stopped.
"""

import argparse
import shutil
import signal
import sys
from pathlib import Path

from benchmarks.side_by_side.bench import Asked, open_bench
from benchmarks.side_by_side.parts import PARTS, run_part
from benchmarks.side_by_side.peers import PEERS
from benchmarks.side_by_side.results import DIRECTORY, load
from benchmarks.side_by_side.summary import summarize


def main() -> None:
    """Run the parts that the command line names."""
    for stop in (signal.SIGTERM, signal.SIGINT):  # so that everything is stopped on the way out
        signal.signal(stop, lambda number, _: sys.exit(128 + number))
    options = _parser().parse_args()
    if options.list:
        print("\n".join(f"{peer.name:18} {peer.label}" for peer in PEERS.values()))
        return
    parts = _parts(options.parts)
    if shutil.which("wrk") is None and set(parts) != {"start"}:
        sys.exit("wrk is missing: it is Debian's package wrk; `make bench` installs it where it may.")
    with open_bench(_asked(options)) as bench:
        for part in parts:
            path = run_part(part, bench, options.out)
            print(f"\n{summarize(load(options.out, part) or {})}\n\nkept: {path}")


def _parts(named: list[str]) -> list[str]:
    if "full" in named:
        return [name for name in PARTS if name != "short"]
    if unknown := set(named) - set(PARTS):
        sys.exit(f"There is no part {', '.join(sorted(unknown))}; there are full, {', '.join(PARTS)}.")
    return named or ["short"]


def _asked(options: argparse.Namespace) -> Asked:
    return Asked(**{name: getattr(options, name) for name in Asked.__dataclass_fields__})


def _parser() -> argparse.ArgumentParser:
    kind = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="side_by_side", description=__doc__, formatter_class=kind)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"full, or some of {', '.join(PARTS)}; else short")
    parser.add_argument("--peers", type=_names, help="names, separated by commas")
    parser.add_argument("--workloads", type=_names, help="of W1 to W7")
    parser.add_argument("--connections", type=_numbers, help="such as 1,16,64")
    parser.add_argument("--workers", type=_numbers, help="such as 1,2")
    parser.add_argument("--rounds", type=int, help="visits to each peer")
    parser.add_argument("--seconds", type=int, help="length of a cell")
    parser.add_argument("--warmup", type=int, default=1, dest="warmup_s", help="seconds before the cells of a workload")
    parser.add_argument("--books", type=int, default=20_000, help="a multiple of 20,000")
    parser.add_argument("--largest", type=int, default=200_000, help="books of the largest database of the part sizes")
    parser.add_argument("--out", type=Path, default=DIRECTORY, help="where the figures are kept")
    parser.add_argument("--list", action="store_true", help="list the peers")
    return parser


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split(","))


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(",")))


if __name__ == "__main__":
    main()
