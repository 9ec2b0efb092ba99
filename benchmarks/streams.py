"""Open many streams of events at once on one process, and measure what they take: memory, threads, time.

    python benchmarks/streams.py [--streams 1000] [--server "serve asgi"]

Each stream has given an event and waits for the next. The program ends with an error where the process has more
resident memory than is promised of a thousand, or more than one thread for a hundred streams.
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]
from tests.live.processes import Server  # noqa: E402  # found by the line above
from tests.live.streaming import crowd, memory_bytes, streaming, told  # noqa: E402

SERVED = ["serve asgi", "uvicorn"]
MOST_MB = 150
MB = 1_000_000


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--streams", type=int, default=1000, help="how many at once (default: 1000)")
    parser.add_argument("--server", choices=SERVED, default="")
    chosen = parser.parse_args()
    print("| server | streams | before, MB | resident, MB | each, kB | threads | all open after, s |")
    print("|---|---|---|---|---|---|---|")
    is_kept = [measure(server, chosen.streams) for server in ([chosen.server] if chosen.server else SERVED)]
    sys.exit(0 if all(is_kept) else 1)


def measure(kind: str, number: int) -> bool:
    """Measure one server; whether it keeps to what is promised."""
    with (
        tempfile.TemporaryDirectory() as directory,
        streaming(kind, Path(directory), TEST_MAX_STREAMS=str(number)) as server,
    ):
        return asyncio.run(open_all(kind, server, number))


async def open_all(kind: str, server: Server, number: int) -> bool:
    """Open the streams and look."""
    async with crowd(server, "once", 1, b"here"):  # what is imported and made for the first one
        before = memory_bytes(server)
    begun_s = perf_counter()
    async with crowd(server, "once", number - 1, b"here"):
        took_s = perf_counter() - begun_s
        resident, threads = memory_bytes(server), (await asyncio.to_thread(told, server))["threads"]
        each = (resident - before) / max(1, number - 1)
        figures = f"{before / MB:.0f} | {resident / MB:.0f} | {each / 1000:.1f} | {threads} | {took_s:.1f}"
        print(f"| {kind} | {number:,} | {figures} |")
        return resident <= MOST_MB * MB and threads <= max(20, number / 100)


if __name__ == "__main__":
    main()
