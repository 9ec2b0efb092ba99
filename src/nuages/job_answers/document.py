"""Turn a stored job into what its owner is told of it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec

from nuages.respond.links import safe_path

UNFINISHED = frozenset({"queued", "running"})
POLL_S = 2
_MOST_S = 3600
_PARTS = ("created_at", "run_at", "started_at", "finished_at", "expires_at")
HIDDEN = ("arguments", "principal", "traceback", "worker")
"""Columns that no client is told of, and that are not read for one."""


def place_of(job: Any, prefix: str) -> str:
    """The path of a job's URL; `prefix` is where the API is mounted."""
    return safe_path(f"{prefix}/jobs/{job.pk}")


def document_of(job: Any, prefix: str) -> dict[str, Any]:
    """The representation of a job."""
    return {
        "id": str(job.pk),
        "name": job.name,
        "status": job.status,
        **{name: _moment(getattr(job, name)) for name in _PARTS},
        "attempts": job.attempts,
        "max_attempts": job.max_attempts,
        "progress": progress_of(job.progress_done, job.progress_total, job.progress_note),
        "result": _result(job, prefix),
        "problem": _raw(job.problem) if job.status == "failed" else None,
    }


def progress_of(done: float | None, total: float | None, note: str) -> dict[str, Any] | None:
    """How far a job is; None as long as it has told nothing of that."""
    return None if done is None else {"done": _plain(done), "total": _plain(total), "note": note}


def retry_after(job: Any) -> list[tuple[str, str]]:
    """The header that says when to look again; none for a job that has ended.

    Source: RFC 9110 section 10.2.3.
    """
    if job.status not in UNFINISHED:
        return []
    waits_s = 0.0
    if job.status == "queued":
        waits_s = (job.run_at - dt.datetime.now(tz=job.run_at.tzinfo)).total_seconds()
    return [("Retry-After", str(min(_MOST_S, max(POLL_S, round(waits_s)))))]


def is_file(job: Any) -> bool:
    """Whether the result of a job is a file, rather than JSON or nothing."""
    return job.result is None and job.size_bytes is not None


def _result(job: Any, prefix: str) -> Any:
    if job.status != "succeeded":
        return None
    if not is_file(job):
        return _raw(job.result)
    return {
        "url": f"{place_of(job, prefix)}/result",
        "content_type": job.content_type,
        "filename": job.filename,
        "size_bytes": job.size_bytes,
    }


def _raw(text: str | None) -> Any:
    return None if text is None else msgspec.Raw(as_json(text))


def as_json(text: str) -> bytes:
    """Stored JSON as it is sent, without white space."""
    return msgspec.json.format(text.encode(), indent=-1)


def _moment(moment: dt.datetime | None) -> str | None:
    """A moment as lists show it: no zeros at the end of a second's fraction."""
    if moment is None:
        return None
    whole, dot, rest = moment.isoformat().partition(".")
    return f"{whole}.{rest[:6].rstrip('0')}{rest[6:]}" if dot else whole


def _plain(number: float | None) -> float | int | None:
    return int(number) if number is not None and float(number).is_integer() else number
