"""Ask for a job, in the transaction of the request, and answer with it: 202."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from nuages.change.idempotency import digest
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.identify.principal import Principal
from nuages.job_answers.document import document_of, place_of, retry_after
from nuages.job_answers.keeping import Kept
from nuages.job_answers.owners import demand_owner, kept_of
from nuages.jobs.enqueue import enqueue, job_rows
from nuages.jobs.registry import JobFunction

_ACCEPTED = 202


@dataclass(frozen=True, slots=True)
class AskedJob:
    """A function that clients ask for and workers run."""

    function: JobFunction
    kept: Kept

    def ask(self, request: Request, principal: Principal, values: Mapping[str, Any], named: Any = None) -> Response:
        """Store the job, and say where it is.

        Shapes: `named` are the values as `unique` of the terms gets them, where that is a function; `values` else.
        Raises: NotIdentified for nobody; Unprocessable for values that are too many bytes.
        Source: RFC 9110 section 15.3.3.
        """
        owner, arguments = demand_owner(principal), self.kept.write(values)
        key = self._key(owner, arguments, values if named is None else named)
        stored, _ = enqueue(self.function, arguments, owner=owner, principal=kept_of(principal), key=key)
        job = job_rows().get(pk=stored.pk)  # what the database has filled in
        response = Response.json(msgspec.json.encode(document_of(job, request.prefix)), status=_ACCEPTED)
        response.headers += [("Location", place_of(job, request.prefix)), *retry_after(job)]
        return response

    def _key(self, owner: str, arguments: Mapping[str, Any], named: Mapping[str, Any]) -> str | None:
        """What tells it from others of the same owner; another owner's is never theirs to see."""
        unique = self.function.terms.unique
        if callable(unique):
            return digest(owner, str(unique(**named)))
        return digest(owner, msgspec.json.encode(arguments, order="deterministic")) if unique else None
