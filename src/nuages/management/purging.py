"""`manage.py nuages purge`: delete logins, idempotent answers, logged changes and jobs that are of no more use."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from nuages.diagnose.live import live_models
from nuages.jobs.purge import purge_jobs
from nuages.live.purging import purge_all
from nuages.logins.purge import purge

HELP = "delete logins, failed logins, idempotent answers, logged changes and jobs that are over"


def add_arguments(parser: ArgumentParser) -> None:
    """Nothing is asked."""


def lines(options: dict[str, Any]) -> Iterator[str]:  # noqa: ARG001  # as the other commands have it
    """Delete, and tell how many rows of each kind there were."""
    for name, count in purge():
        yield f"{count} {name}"
    yield f"{purge_all(live_models())} logged changes"
    yield f"{purge_jobs()} jobs"
