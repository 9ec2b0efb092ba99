"""`manage.py serve`: the project on granian, its APIs straight from the core, everything else through Django."""

from __future__ import annotations

import errno
import importlib.util
import os
import re
import site
import sys
import time
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from nuages.api import API, registered_apis
from nuages.counting.slots import shared_by_workers
from nuages.errors import DeclarationError
from nuages.jobs.discovering import discover
from nuages.jobs.mistakes import job_mistakes
from nuages.jobs.task_mistakes import task_mistakes
from nuages.servers.banner import Served, Site, banner_lines
from nuages.servers.interfaces import choose_interface
from nuages.servers.job_processes import describe_jobs, job_processes, process_mistakes
from nuages.servers.listening import Listening, handed_over, listen_at, listen_on
from nuages.servers.mounts import Mount, find_mounts
from nuages.servers.observed import ACCESS_LOG_VARIABLE
from nuages.servers.serve import Serving, serve
from nuages.servers.start import drain_delay_s, drain_s, start_project, thread_count

_HIGHEST_PORT = 65535
_LONGEST_DELAY_S = 600


class Command(BaseCommand):
    """Serve the project, in development and in production."""

    help = "Serve the project on granian: fixed threads, a drain on SIGTERM, no worker that outlives its parent."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="where to listen; 0.0.0.0 for every address")
        parser.add_argument("--port", type=_number(0, _HIGHEST_PORT), default=8000, help="0 for a free one")
        parser.add_argument("--socket", type=Path, metavar="PATH", help="listen at a Unix socket instead")
        parser.add_argument("--socket-mode", type=_mode, default=0o660, metavar="660", help="the socket's rights")
        parser.add_argument("--workers", type=_number(1, 512), default=1, help="processes")
        parser.add_argument("--threads", type=_number(1, 512), help="threads a worker (else: NUAGES_THREADS)")
        parser.add_argument(
            "--interface",
            choices=("auto", "wsgi", "asgi"),
            default="auto",
            help="auto is asgi where an API has something that needs an event loop",
        )
        parser.add_argument(
            "--drain-delay",
            type=_number(0, _LONGEST_DELAY_S),
            metavar="S",
            help="seconds from SIGTERM, when readiness goes off, until nobody is accepted (else: NUAGES_DRAIN_DELAY_S)",
        )
        parser.add_argument(
            "--job-processes",
            type=_number(0, 512),
            metavar="N",
            help="how many jobs are run at once beside the server, 0 for none (else: NUAGES_JOB_PROCESSES, or 1)",
        )
        parser.add_argument("--reload", action="store_true", help="start the workers anew when a Python file is saved")
        parser.add_argument(
            "--max-memory",
            type=_number(32, 1 << 20),
            metavar="MIB",
            help="a worker with more is replaced (else: half of what the machine has, shared out)",
        )
        parser.add_argument("--access-log", action="store_true", help="a line of JSON a request (NUAGES_ACCESS_LOG)")
        parser.add_argument("--quiet", action="store_true", help="no banner")

    def get_check_kwargs(self, options: dict[str, Any]) -> Any:
        """Check no database: a server starts without one, and is not ready until it is there."""
        return {"databases": []}

    def handle(self, *args: Any, **options: Any) -> None:
        started_s = time.perf_counter()
        try:
            start_project(registered_apis)
            _demand_right_jobs()
            serving = _read_serving(options)
        except (DeclarationError, ImproperlyConfigured) as error:
            raise CommandError(str(error)) from error
        os.environ["NUAGES_THREADS"] = str(serving.threads)  # the workers size their pools by it
        if options["access_log"]:
            os.environ[ACCESS_LOG_VARIABLE] = "1"
        announce = partial(self._announce, serving, started_s)
        with shared_by_workers():
            serve(serving, (lambda: None) if options["quiet"] else announce)

    def _announce(self, serving: Serving, started_s: float) -> None:
        shown = Site(
            version=_version(),
            url=serving.url,
            apis=tuple(_served(api, find_mounts()) for api in registered_apis()),
            jobs=describe_jobs(serving.job_processes),
            workers=serving.workers,
            threads=serving.threads,
            interface=serving.interface,
            reloads=bool(serving.reload_paths),
            ready_s=time.perf_counter() - started_s,
        )
        for line in banner_lines(shown):
            self.stdout.write(self.style.WARNING(line) if line.startswith("  !") else line)
        self.stdout.flush()


def _demand_right_jobs() -> None:
    """Find what is wrong with the project's jobs before a worker would."""
    discover()
    if mistakes := [*job_mistakes(), *process_mistakes(), *task_mistakes()]:
        raise DeclarationError(mistakes)


def _read_serving(options: dict[str, Any]) -> Serving:
    """Turn the options into what to serve and where.

    Raises: CommandError when the address cannot be had, or --reload has nothing to watch with.
    """
    delay_s, interface = options["drain_delay"], options["interface"]
    return Serving(
        listening=_claim(options),
        workers=options["workers"],
        threads=options["threads"] or thread_count(),
        interface=choose_interface(registered_apis()) if interface == "auto" else interface,
        drain_s=drain_s(),
        drain_delay_s=drain_delay_s() if delay_s is None else delay_s,
        reload_paths=_watched() if options["reload"] else (),
        max_memory_mib=options["max_memory"],
        job_processes=job_processes(options["job_processes"]),
    )


def _claim(options: dict[str, Any]) -> Listening:
    """Bind what to listen at: the socket that was handed over, else the path that was given, else the port."""
    path = options["socket"]
    place = str(path) if path else f"{options['host']}:{options['port']}"
    try:
        handed = handed_over(os.environ, os.getpid())
        if handed:
            return handed
        return listen_on(path, options["socket_mode"]) if path else listen_at(options["host"], options["port"])
    except OSError as error:
        other = "another with --port" if not path else "another path"
        hint = f"Stop what uses it, or choose {other}." if error.errno == errno.EADDRINUSE else ""
        raise CommandError(f"Cannot listen at {place}: {error.strerror or error}. {hint}".rstrip()) from error


def _watched() -> tuple[Path, ...]:
    """Find the directories of the project's own code: its apps and its settings, not what pip has installed."""
    if importlib.util.find_spec("watchfiles") is None:
        raise CommandError("--reload needs watchfiles: pip install watchfiles")
    installed = [Path(place) for place in (*site.getsitepackages(), site.getusersitepackages(), sys.prefix)]
    own = {Path(config.path) for config in apps.get_app_configs()}
    own |= {Path(str(sys.modules[settings.SETTINGS_MODULE].__file__)).parent}
    return tuple(sorted(path for path in own if not any(path.is_relative_to(place) for place in installed)))


def _served(api: API, mounts: Iterable[Mount]) -> Served:
    built = api.build()
    start = next((mount.start for mount in mounts if mount.handle == api.handle), None)
    return Served(f"{api.title} {api.version}", start, len(built.specs), built.endpoint_count, has_docs=api.has_docs)


def _number(lowest: int, highest: int) -> Callable[[str], int]:
    """Make what reads a whole number within limits from the command line."""

    def read(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not lowest <= int(text) <= highest:
            raise ArgumentTypeError(f"{text!r} is not a whole number from {lowest} to {highest}")
        return int(text)

    return read


def _mode(text: str) -> int:
    """Read the rights of a file, as chmod takes them."""
    if not re.fullmatch(r"0?[0-7]{3}", text):
        raise ArgumentTypeError(f"{text!r} is no mode such as 660")
    return int(text, 8)


def _version() -> str:
    return str(sys.modules["nuages"].__version__)  # looked up, not imported: nobody inside imports the front door
