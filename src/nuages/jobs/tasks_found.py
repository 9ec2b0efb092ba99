"""Say what the project's TASKS are to jobs: stored as such, or what brings jobs to workers; and let workers find tasks.

Nothing of Django's tasks API is imported for a project that has no use for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from django.conf import settings

BACKEND = "nuages.jobs.backend.JobBackend"
_CARRIES = "default"
_CARRY_NOTHING = ("immediate.ImmediateBackend", "dummy.DummyBackend")  # of Django and of its backport


def backends() -> dict[str, str]:
    """The project's TASKS: the dotted paths of their back ends, by alias. What is wrong in it, Django says."""
    declared: Any = getattr(settings, "TASKS", None)
    if not isinstance(declared, Mapping):
        return {}
    named = {alias: params.get("BACKEND") for alias, params in declared.items() if isinstance(params, Mapping)}
    return {alias: path for alias, path in named.items() if isinstance(path, str)}


def stores_tasks() -> bool:
    """Whether any of the project's tasks are stored as jobs."""
    return BACKEND in backends().values()


def carrier_path() -> str | None:
    """The back end that brings jobs to its own workers: the default one, where it is neither ours nor Django's."""
    path = backends().get(_CARRIES)
    return None if path is None or path == BACKEND or path.endswith(_CARRY_NOTHING) else path


def watch_tasks() -> None:
    """Let workers find tasks, where the project stores any."""
    if stores_tasks():
        import_module("nuages.jobs.backend")
