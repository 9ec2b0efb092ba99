"""Declare the list of one's jobs: a resource like any other, over the table of jobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nuages.declare.resource import Resource, value
from nuages.job_answers.document import progress_of
from nuages.permit.rules import Rule

PATH = "jobs"


def _progress(row: dict[str, Any]) -> Any:
    return progress_of(row["progress_done"], row["progress_total"], row["progress_note"])


class JobList(Resource):
    """What every API with jobs serves; `job_list` makes its own."""

    path = PATH
    fields = [
        "id",
        "name",
        "status",
        "created_at",
        "run_at",
        "started_at",
        "finished_at",
        "expires_at",
        "attempts",
        "max_attempts",
        value("progress", python=_progress, needs=["progress_done", "progress_total", "progress_note"]),
    ]
    filters = ["status", "name"]
    ordering = ["created_at"]
    order = "-created_at"


def job_list(rule: Rule, ways: Sequence[Any] | None) -> type[JobList]:
    """The list of one API.

    Shapes: `ways` are those of proving who one is, None for the API's.
    """
    said: Mapping[str, Any] = {"rules": {"read": rule}, "authenticate": ways, "__module__": __name__}
    return type("Jobs", (JobList,), dict(said))
