"""Why an attempt ends before its function does. They pass every `except Exception` of an author's."""

from __future__ import annotations


class Stopped(BaseException):
    """The attempt has to end now."""


class JobCanceled(Stopped):
    """Somebody has asked for the end of the job; it is not run again."""


class TimedOut(Stopped):
    """The attempt has taken longer than its `time_limit_s`; it is run again where it has attempts left."""


class GivenBack(Stopped):
    """The worker has to end; the job goes back to its queue, and this attempt does not count."""


class LeaseLost(Stopped):
    """The row is no longer this attempt's: whatever came of it is dropped, for another one has taken its place."""
