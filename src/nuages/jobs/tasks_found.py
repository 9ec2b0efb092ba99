"""Say which of the project's TASKS are stored as jobs, and let workers find such tasks by their names.

Nothing of Django's tasks API is imported for a project that stores none.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from django.conf import settings

BACKEND = "nuages.jobs.backend.JobBackend"


def backends() -> dict[str, str]:
    """The project's TASKS: the dotted paths of their back ends, by alias. What is wrong in it, Django says."""
    declared: Any = getattr(settings, "TASKS", None)
    if not isinstance(declared, Mapping):
        return {}
    return {alias: str(params.get("BACKEND")) for alias, params in declared.items() if isinstance(params, Mapping)}


def stores_tasks() -> bool:
    """Whether any of the project's tasks are stored as jobs."""
    return BACKEND in backends().values()


def watch_tasks() -> None:
    """Let workers find tasks, where the project stores any."""
    if stores_tasks():
        import_module("nuages.jobs.backend")
