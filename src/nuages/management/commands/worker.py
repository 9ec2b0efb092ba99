"""`manage.py worker`: run jobs in processes of their own, beside a server or on another machine."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from nuages.api import registered_apis
from nuages.errors import DeclarationError
from nuages.jobs.crew import Crew
from nuages.jobs.discovering import discover
from nuages.jobs.mistakes import job_mistakes
from nuages.jobs.registry import registered
from nuages.jobs.runner import Duty
from nuages.jobs.schedule import scheduled
from nuages.jobs.task_mistakes import task_mistakes
from nuages.servers.start import start_project

_MOST_PROCESSES = 512


class Command(BaseCommand):
    """Run jobs until it is told to end."""

    help = "Run jobs: each in a process of its own, with a lease, so that none is lost with its worker."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--processes", type=_processes, default=1, help="how many jobs are run at once")
        parser.add_argument(
            "--queue", action="append", default=[], help="a queue to work for; else all; may be given again"
        )
        parser.add_argument("--batch", action="store_true", help="end when no job is due")
        parser.add_argument("--once", action="store_true", help="end after one job in each process")
        parser.add_argument("--attached", action="store_true", help="end with the process that has started this one")
        parser.add_argument("--quiet", action="store_true", help="no banner")

    def get_check_kwargs(self, options: dict[str, Any]) -> Any:
        """Check no database: a worker starts without one, and waits until it is there."""
        return {"databases": []}

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            start_project(registered_apis)
            discover()
            if mistakes := [*job_mistakes(), *task_mistakes()]:
                raise DeclarationError(mistakes)
        except (DeclarationError, ImproperlyConfigured) as error:
            raise CommandError(str(error)) from error
        for connection in connections.all(initialized_only=True):
            connection.close()
            getattr(connection, "close_pool", lambda: None)()
        if not options["quiet"]:
            self._announce(options)
        duty = Duty(tuple(options["queue"]), is_batch=options["batch"] or options["once"], is_once=options["once"])
        code = Crew(duty, options["processes"], is_attached=options["attached"]).run()
        if code:
            raise SystemExit(code)

    def _announce(self, options: dict[str, Any]) -> None:
        queues = ", ".join(options["queue"]) or "all queues"
        kinds = f"{len(registered())} kinds of jobs, {len(scheduled())} of them scheduled"
        self.stdout.write(f"Worker: {options['processes']} at once, {queues}; {kinds}")
        self.stdout.flush()


def _processes(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= _MOST_PROCESSES:
        raise ArgumentTypeError(f"{text!r} is not a whole number from 1 to {_MOST_PROCESSES}")
    return int(text)
