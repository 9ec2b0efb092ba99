"""Answer with what a job has come to: JSON, a file in pieces, its problem, or that it has not ended."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from django.db import connections
from django.utils.http import content_disposition_header

from nuages.answers import validated, validators_of
from nuages.errors import REFUSALS, BrokenOff, Conflict, Fault, Problem, Unavailable
from nuages.execute.taken import Taken
from nuages.failures import Failures
from nuages.http.conditional import is_not_modified
from nuages.http.request import Request
from nuages.http.response import Pieces, Response
from nuages.job_answers.document import UNFINISHED, as_json, is_file, retry_after
from nuages.jobs.enqueue import alias_of_jobs, job_model
from nuages.respond.problem import TYPE_PREFIX

_MEDIA_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+(;[ -~]*)?", re.ASCII)
_ANY_TYPE = "application/octet-stream"


def result_of(job: Any, request: Request, failures: Failures) -> Response:
    """Answer for a job's result.

    Raises: Conflict where there is none, or none yet; the Problem that the job failed with, where a client made it.
    """
    if job.status in UNFINISHED:
        raise Conflict("This job has not ended yet.", code="job-unfinished", headers=retry_after(job))
    if job.status == "canceled":
        raise Conflict("This job was canceled, and has no result.", code="job-canceled")
    if job.status == "failed":
        return failures.told(_problem(job), request)
    if is_file(job):
        return _file(job, request)
    return validated(request, Response.json(as_json(job.result or "null")), None)


def _file(job: Any, request: Request) -> Response:
    """A file, which is the same for as long as it is there. Source: RFC 6266; RFC 8187."""
    validators = validators_of(f'"{job.pk.hex}-{job.attempts}"', None)
    if is_not_modified(request.headers, validators[0][1], None):
        return Response(304, headers=validators)
    media_type = job.content_type if _MEDIA_TYPE.fullmatch(job.content_type) else _ANY_TYPE
    filename = "".join([each for each in job.filename if each.isprintable()])
    named = content_disposition_header(True, filename) or "attachment"  # noqa: FBT003  # Django's signature
    length = str(job.size_bytes or 0)
    response = Response(200)
    response.headers = [("Content-Type", media_type), ("Content-Disposition", named), ("Content-Length", length)]
    response.headers += validators
    if request.method != "HEAD":
        response.pieces = ResultPieces(job)
    return response


class ResultPieces(Pieces):
    """The pieces of a file: one is held at a time, and no connection between two of them.

    Raises: BrokenOff where the file has gone meanwhile, which its length then shows.
    """

    def __init__(self, job: Any) -> None:
        self._key, self._attempt, self._left_bytes = job.pk, job.attempts, job.size_bytes or 0
        self._number = 0

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if not self._left_bytes:
            raise StopIteration
        piece = self._read()
        if not piece or len(piece) > self._left_bytes:
            raise BrokenOff(Unavailable("The result of this job has gone.", code="result-gone"))
        self._number += 1
        self._left_bytes -= len(piece)
        return piece

    def close(self) -> None:
        """Make no more of them."""
        self._left_bytes = 0

    def _read(self) -> bytes:
        taken = Taken(connections[alias_of_jobs()])
        try:
            with taken.connection.cursor() as cursor:
                key = job_model()._meta.pk.get_db_prep_value(self._key, taken.connection)
                cursor.execute(_PIECE, [key, self._attempt, self._number])
                found = cursor.fetchone()
        finally:
            taken.give_back()
        return b"" if found is None else bytes(found[0])


_PIECE = "SELECT content FROM nuages_job_piece WHERE job_id = %s AND attempt = %s AND number = %s"


def _problem(job: Any) -> Problem:
    """The problem that a worker has stored."""
    said = json.loads(job.problem or "{}")
    faults = [Fault(each["pointer"], each["code"], each["detail"]) for each in said.get("errors", ())]
    code = str(said.get("type", "")).removeprefix(TYPE_PREFIX)
    problem = Problem(str(said.get("detail", "This job has failed.")), faults=faults, code=code)
    status = said.get("status", Problem.status)
    problem.status = status if status in REFUSALS else Problem.status
    return problem
