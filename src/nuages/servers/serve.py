"""Run granian for `manage.py serve`: fixed threads, a limit on everything that grows, a drain on the way out.

Source: granian's documentation; what is set against its defaults says why.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from nuages.servers.worker import load_worker

TARGET = "nuages.wsgi:application"
# granian's backpressure counts connections, idle ones too: as few as there are threads, and that many browsers at rest
# lock everybody else out. Below the usual limit of 1,024 open files a process.
_MOST_CONNECTIONS = 768
_HEADER_S = 30
_MEMORY_SAMPLE_S = 5  # granian's own 30 let a leak of 100 MB a second take 3 GB
_THREAD_IDLE_S = 600  # the most granian takes; a thread that ends drops its database connection
_UP_LIMIT_S = 60
_POLL_S = 0.02


@dataclass(frozen=True, slots=True)
class Serving:
    """How to serve.

    Units: `drain_s`, how long requests in flight may go on after SIGTERM or Ctrl-C; `threads` are a worker's.
    """

    host: str
    port: int
    workers: int
    threads: int
    drain_s: int
    reload_paths: tuple[Path, ...] = ()
    max_memory_mib: int | None = None

    @property
    def near_host(self) -> str:
        """An address that this machine reaches itself at."""
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)

    @property
    def url(self) -> str:
        """Where a browser on this machine finds the server."""
        host = f"[{self.near_host}]" if ":" in self.near_host else self.near_host
        return f"http://{host}:{self.port}"


def claim_address(host: str, port: int) -> tuple[str, int]:
    """Give the address to listen at, numerically; port 0 becomes a free one.

    granian shares its port with whoever asks for the same: a second server would start and take half of the requests.
    Raises: OSError when the name is unknown, or the address is not ours or in use.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, kind, protocol, _, address = min(found, key=lambda entry: entry[0] != socket.AF_INET)
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(address)
        name = probe.getsockname()
    return str(name[0]), int(name[1])


def serve(serving: Serving, announce: Callable[[], None]) -> None:
    """Serve until SIGTERM or Ctrl-C; `announce` is called as soon as a worker listens.

    Raises: SystemExit with 1 when workers keep failing.
    """
    # A fork would take over this process's modules, which a reload must read anew, and its locks and connections.
    multiprocessing.set_start_method("spawn", force=True)
    server = make_server(serving)
    server.on_startup(partial(_start_up, server, serving, announce))
    server.serve(target_loader=partial(load_worker, drain_s=serving.drain_s))


def make_server(serving: Serving) -> Any:
    """Set granian up."""
    return Granian(
        TARGET,
        address=serving.host,
        port=serving.port,
        interface=Interfaces.WSGI,
        workers=serving.workers,
        blocking_threads=serving.threads,
        blocking_threads_idle_timeout=_THREAD_IDLE_S,
        backpressure=_MOST_CONNECTIONS,
        http=HTTPModes.http1,  # HTTP/2 without TLS has no browser, and none of the deadlines
        http1_settings=HTTP1Settings(header_read_timeout=_HEADER_S * 1000),
        websockets=False,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=serving.drain_s,
        # Half of what there is: a new worker starts before the old ends.
        workers_max_rss=serving.max_memory_mib or _memory_limit_mib() // (2 * serving.workers),
        rss_sample_interval=_MEMORY_SAMPLE_S,
        **_reload_options(serving.reload_paths),
    )


def _reload_options(paths: tuple[Path, ...]) -> dict[str, Any]:
    if not paths:
        return {}
    from watchfiles import PythonFilter  # noqa: PLC0415  # watchfiles is an extra

    # Python files alone: every write to an SQLite file beside them would start the workers anew.
    return {
        "reload": True,
        "reload_paths": paths,
        "reload_filter": PythonFilter,
        "reload_ignore_worker_failure": True,
    }


def _start_up(server: Any, serving: Serving, announce: Callable[[], None]) -> None:
    """Run in the parent, just before the workers start."""
    if sys.stdin is not None and sys.stdin.isatty() and hasattr(signal, "SIGHUP"):
        # The terminal is closed: end, as programs do. Without one, granian starts its workers anew, as services expect.
        signal.signal(signal.SIGHUP, server.signal_handler_interrupt)
    threading.Thread(target=_announce_when_up, args=(serving, announce), daemon=True).start()


def _announce_when_up(serving: Serving, announce: Callable[[], None]) -> None:
    deadline_s = time.monotonic() + _UP_LIMIT_S
    while not _is_up(serving):
        if time.monotonic() > deadline_s:
            return
        time.sleep(_POLL_S)
    announce()


def _is_up(serving: Serving) -> bool:
    try:
        socket.create_connection((serving.near_host, serving.port), timeout=1).close()
    except OSError:
        return False
    return True


def _memory_limit_mib() -> int:
    """Give the memory that this machine, or this container, has."""
    limits = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    for name in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        with suppress(OSError, ValueError):  # no such group, or "max"
            limits.append(int(Path(name).read_text()))
    return min(limits) >> 20
