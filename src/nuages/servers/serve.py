"""Run granian for `manage.py serve`: fixed threads, a limit on everything that grows, a drain on the way out.

Source: granian's documentation; what is set against its defaults says why.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from granian.constants import HTTPModes
from granian.http import HTTP1Settings
from granian.log import LogLevels

from nuages.jobs.bounds import drain_s, grace_s
from nuages.servers.beside import Beside, worker_beside
from nuages.servers.interfaces import TARGETS, Interface, interface_options
from nuages.servers.listening import Listening
from nuages.servers.notify import notify
from nuages.servers.supervisor import Supervisor
from nuages.servers.worker import Post, load_worker, trust_unix_peer

_HEADER_S = 30
_MEMORY_SAMPLE_S = 5  # granian's own 30 let a leak of 100 MB a second take 3 GB


@dataclass(frozen=True, slots=True)
class Serving:
    """How to serve.

    Shapes: `job_processes` is how many jobs are run at once beside the server; none for 0.

    Units: `drain_delay_s`, how long requests are accepted after SIGTERM while readiness is off already; `drain_s`, how
        long those in flight may go on after that, or after Ctrl-C; `threads` are a worker's.
    """

    listening: Listening
    workers: int
    threads: int
    drain_s: int
    drain_delay_s: float = 0.0
    interface: Interface = "wsgi"
    reload_paths: tuple[Path, ...] = ()
    max_memory_mib: int | None = None
    job_processes: int = 0

    @property
    def url(self) -> str:
        """Where this machine finds the server."""
        return self.listening.url


def serve(serving: Serving, announce: Callable[[], None]) -> None:
    """Serve until SIGTERM or Ctrl-C; `announce` is called as soon as a worker is up.

    Raises: SystemExit with 1 when no worker can be started.
    """
    # A fork would take over this process's modules, which a reload must read anew, and its locks and connections.
    multiprocessing.set_start_method("spawn", force=True)
    is_unix = serving.listening.is_unix
    trust_unix_peer(is_unix=is_unix)
    beside = worker_beside(serving.job_processes, limit_s=_jobs_end_s()) if serving.job_processes else None
    server = make_server(serving, announce, beside)
    server.on_startup(partial(_start_up, server))
    if beside is not None:
        server.on_startup(beside.start)
        server.on_reload(beside.exchange)
    server.on_shutdown(partial(notify, "STOPPING=1"))
    post = Post(serving.drain_s, serving.listening.socket.fileno(), is_unix=is_unix)
    server.serve(target_loader=partial(load_worker, post=post))


def make_server(
    serving: Serving, announce: Callable[[], None] = lambda: None, beside: Beside | None = None
) -> Supervisor:
    """Set granian up."""

    def tell() -> None:
        notify("READY=1")
        announce()

    return Supervisor(
        TARGETS[serving.interface],
        listening=serving.listening,
        drain_s=serving.drain_s,
        drain_delay_s=serving.drain_delay_s,
        announce=tell,
        beside=beside,
        workers=serving.workers,
        http=HTTPModes.http1,  # HTTP/2 without TLS has no browser, and none of the deadlines
        http1_settings=HTTP1Settings(header_read_timeout=_HEADER_S * 1000),
        websockets=False,
        log_level=LogLevels.warning,
        # Half of what there is: a new worker starts before the old ends.
        workers_max_rss=serving.max_memory_mib or _memory_limit_mib() // (2 * serving.workers),
        rss_sample_interval=_MEMORY_SAMPLE_S,
        **interface_options(serving.interface, threads=serving.threads),
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


def _start_up(server: Supervisor) -> None:
    """Run in the parent, just before the workers start."""
    if sys.stdin is not None and sys.stdin.isatty() and hasattr(signal, "SIGHUP"):
        # The terminal is closed: end, as programs do. Without one, SIGHUP exchanges the workers, as services expect.
        signal.signal(signal.SIGHUP, server.signal_handler_interrupt)


def _jobs_end_s() -> float:
    """How long the worker may take to end: as long as it gives its jobs, and a little more."""
    return drain_s() + 3 * grace_s() + 1.0


def _memory_limit_mib() -> int:
    """Give the memory that this machine, or this container, has."""
    limits = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    for name in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        with suppress(OSError, ValueError):  # no such group, or "max"
            limits.append(int(Path(name).read_text()))
    return min(limits) >> 20
