"""Work that outlives its request: functions and their arguments become rows, which workers run to an end that is kept.

`terms` and `registry` say what may be run, `declared` makes a job of a plain function, `enqueue` makes the row in the
transaction of whoever asks for it; the rest belongs to workers. What a job is to a client over HTTP, `nuages.functions`
and `nuages.assembly` know.
"""

from nuages.jobs.context import JobCanceled, JobContext
from nuages.jobs.declared import DeclaredJob, job
from nuages.jobs.terms import Job

__all__ = ["DeclaredJob", "Job", "JobCanceled", "JobContext", "job"]
