"""Drive wrk against a server and read what it saw."""

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from benchmarks.side_by_side.servers import HOST

_SCRIPT = Path(__file__).with_name("wrk.lua")
_TIMEOUT = "20s"


class LoadError(Exception):
    """wrk is not there, or said something else than figures."""


@dataclass(frozen=True, slots=True)
class Load:
    """What wrk saw. Units: seconds, ms; `errors` are answers that are not 2xx or 3xx, socket errors and timeouts."""

    requests: int
    seconds: float
    bytes: int
    errors: int
    p50_ms: float
    p90_ms: float
    p99_ms: float
    max_ms: float


@dataclass(frozen=True, slots=True)
class Target:
    """Where wrk goes: a port, the file of the requests, their method and token."""

    port: int
    requests: Path
    method: str
    token: str | None


def drive(target: Target, *, connections: int, seconds: int) -> Load:
    """Send the requests again and again for so many seconds.

    Raises: LoadError.
    """
    program = shutil.which("wrk")
    if program is None:
        raise LoadError("wrk is missing: Debian's package wrk")
    options = ["-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", _TIMEOUT, "-s", str(_SCRIPT)]
    words = [target.method, str(target.requests), *([target.token] if target.token else [])]
    command = [program, *options, f"http://{HOST}:{target.port}", "--", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    figures = [line[4:] for line in done.stdout.splitlines() if line.startswith("JSON")]
    if not figures:
        raise LoadError(f"wrk failed: {done.stderr or done.stdout}")
    return _read(json.loads(figures[0]))


def _read(seen: dict[str, int]) -> Load:
    return Load(
        requests=seen["requests"],
        seconds=seen["duration_us"] / 1e6,
        bytes=seen["bytes"],
        errors=sum(seen[name] for name in ("connect", "read", "write", "status", "timeout")),
        p50_ms=seen["p50_us"] / 1e3,
        p90_ms=seen["p90_us"] / 1e3,
        p99_ms=seen["p99_us"] / 1e3,
        max_ms=seen["max_us"] / 1e3,
    )
