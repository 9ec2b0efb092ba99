"""Answer for one job: what has become of it, now or as it changes; or end it, or delete it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
from django.apps import apps
from django.db import connections
from django.db.models.functions import Coalesce, Now

from nuages.answers import validated
from nuages.change.transactions import run_change
from nuages.errors import Conflict, NotAcceptable
from nuages.http.negotiation import choose_type
from nuages.http.request import Request
from nuages.http.response import JSON, Response
from nuages.job_answers.document import document_of, retry_after
from nuages.job_answers.watching import watch
from nuages.jobs.enqueue import alias_of_jobs, job_rows
from nuages.streams.framing import EVENT_STREAM

_MOST_TRIES = 5


def show(job: Any, request: Request) -> Response:
    """Answer with what a job is now, or with a stream of what it becomes.

    Raises: NotAcceptable; Unavailable where too many streams are open.
    """
    chosen = choose_type(request.header("accept"), [JSON, EVENT_STREAM])
    if chosen is None:
        raise NotAcceptable(f"Only {JSON} and {EVENT_STREAM} are offered.")
    if chosen == EVENT_STREAM:
        return watch(job, request)
    response = validated(request, Response.json(msgspec.json.encode(document_of(job, request.prefix))), None)
    response.headers += retry_after(job)
    return response


def end(job: Any, request: Request) -> Response:
    """End a job that has not ended, else delete it with its result.

    Raises: Conflict where it goes from one state to another faster than it can be told.
    """
    for _ in range(_MOST_TRIES):
        row = job_rows().filter(pk=job.pk)
        if job.status == "queued" and row.filter(status="queued").update(**_canceled(job)):
            return _represent(row.get(), request)
        if job.status == "running":
            asked = {"cancel_asked_at": Coalesce("cancel_asked_at", Now())}
            if row.filter(status="running").update(**asked):
                return _represent(row.get(), request, status=202)
        if job.status not in {"queued", "running"}:
            return _delete(row, job)
        found = row.first()
        if found is None:
            return Response(204)
        job = found
    raise Conflict("This job changes all the time. Try again.", code="in-flight", headers=[("Retry-After", "1")])


def _canceled(job: Any) -> dict[str, Any]:
    expires_at = Now() + dt.timedelta(seconds=job.keep_s)
    return {"status": "canceled", "finished_at": Now(), "expires_at": expires_at, "unique_key": None}


def _delete(row: Any, job: Any) -> Response:
    """Without a look at the pieces, which may be many."""
    connection = connections[alias_of_jobs()]

    def delete() -> Response:
        if row.exclude(status__in=["queued", "running"]).select_for_update().only("pk").first():
            pieces = apps.get_model("nuages", "JobPiece")._base_manager.using(connection.alias)
            pieces.filter(job=job.pk)._raw_delete(connection.alias)
            row._raw_delete(connection.alias)
        elif row.exists():
            raise Conflict("This job has begun again. Try again.", code="in-flight", headers=[("Retry-After", "1")])
        return Response(204)

    return run_change(connection, delete)


def _represent(job: Any, request: Request, status: int = 200) -> Response:
    response = Response.json(msgspec.json.encode(document_of(job, request.prefix)), status=status)
    response.headers += retry_after(job)
    return response
