"""The function that is enqueued: it does nothing. No URL leads anywhere."""

from typing import Any

from benchmarks.jobs_project import HAS_PEER

if HAS_PEER:
    from django_tasks import task as declare
else:
    from nuages.jobs import job as declare

urlpatterns: list[Any] = []


@declare()
def rest(number: int) -> int:
    """Give back what was given."""
    return number
