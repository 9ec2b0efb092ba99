"""Measure how long it takes until a thousand requests that wait a second are all answered, and what they cost.

    python benchmarks/waiting.py [--requests 1000] [--rounds 5] [--most-s 2.5]

One process of `manage.py serve` over ASGI, and one connection for each request. A machine without anything else to do
takes a second and the time of its processor; the program ends with an error where the best round took longer than
--most-s.
"""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]

from tests.live.processes import held_port, manage, serve_command, started  # noqa: E402
from tests.live.waiting_clients import ask_at_once  # noqa: E402

TICKS_PER_S = 100  # of /proc; sysconf(_SC_CLK_TCK) on every Linux


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=1_000, help="at once (default: 1000)")
    parser.add_argument("--rounds", type=int, default=5, help="how often (default: 5)")
    parser.add_argument("--most-s", type=float, default=2.5, help="seconds for the best round (default: 2.5)")
    given = parser.parse_args()
    directory = Path(tempfile.mkdtemp(prefix="nuages-waiting-"))
    try:
        best_s = measure(directory, given.requests, given.rounds)
    finally:
        shutil.rmtree(directory)
    if best_s > given.most_s:
        sys.exit(f"The best round took {best_s:.2f} s, more than {given.most_s} s.")


def measure(directory: Path, requests: int, rounds: int) -> float:
    """Print a line for each round, and give the seconds of the best."""
    manage(directory, "migrate", "--verbosity", "0")
    environment = {"DJANGO_SETTINGS_MODULE": "tests.live.project.loops"}
    taken: list[float] = []
    with held_port() as port:
        command = serve_command(port, "--quiet")
        with started(command, directory, port=port, environment=environment) as server:
            server.wait_until_up()
            worker = Path("/proc") / str(server.workers[0])
            ask_at_once(port, "/loops/sleep?seconds=0", requests, limit_s=120)
            print("| round | until the last answer, s | processor of the server, s | resident memory, MB |")
            print("|---|---|---|---|")
            for number in range(rounds):
                before_s = processor_s(worker)
                answers, took_s = ask_at_once(port, "/loops/sleep?seconds=1", requests, limit_s=120)
                assert all(answer.startswith(b"HTTP/1.1 200") for answer in answers)
                taken.append(took_s)
                used_s = processor_s(worker) - before_s
                print(f"| {number + 1} | {took_s:.2f} | {used_s:.2f} | {resident_mb(worker):.0f} |")
    return min(taken)


def processor_s(process: Path) -> float:
    """Seconds of the processor that a process has had."""
    fields = (process / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_S


def resident_mb(process: Path) -> float:
    """Its resident memory."""
    (line,) = [line for line in (process / "status").read_text().splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) / 1_000


if __name__ == "__main__":
    main()
