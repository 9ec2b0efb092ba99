"""Choose the transport for a back end of Django's tasks. Imported only where TASKS names one that is not ours."""

from __future__ import annotations

from importlib import import_module

from django.utils.module_loading import import_string

from nuages.jobs.handing import Transport

_RQ = "django_tasks_rq"


def make_transport(path: str) -> Transport:
    """The transport over the back end at a dotted path.

    Raises: ImportError.
    """
    is_rq = any(base.__module__.partition(".")[0] == _RQ for base in import_string(path).__mro__)
    module, name = ("nuages.jobs.rq", "RQTransport") if is_rq else ("nuages.jobs.transport", "TaskTransport")
    made: Transport = getattr(import_module(module), name)()
    return made
