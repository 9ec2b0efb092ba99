"""Import what may hold functions that are run as jobs, so that they are known by their names."""

from __future__ import annotations

import logging
from collections.abc import Callable
from importlib import import_module

from django.apps import apps
from django.utils.module_loading import autodiscover_modules

from nuages.jobs.registry import JobFunction, find
from nuages.logs import log_entry

_others: list[Callable[[], None]] = []


def also_discover(load: Callable[[], None]) -> None:
    """Let functions be known that stand elsewhere, such as endpoints: `load` is called in turn with the modules."""
    if load not in _others:
        _others.append(load)


def discover() -> None:
    """Import the module `jobs` of every app that has one, and load what stands elsewhere.

    Raises: whatever such a module raises.
    """
    autodiscover_modules("jobs")
    for load in _others:
        load()


def find_function(name: str) -> JobFunction | None:
    """The function of a name; its module is imported where nobody has yet, if it is one of the project's apps.

    A name comes from a table, so that no other module is imported for it.
    """
    found = find(name)
    module = name.rpartition(".")[0]
    if found is None and module and apps.get_containing_app_config(module) is not None:
        try:
            import_module(module)
        except Exception as error:  # noqa: BLE001  # whatever a module of the project's raises
            log_entry(logging.WARNING, "The module %s cannot be imported", module, error=error, log="nuages.jobs")
        found = find(name)
    if found is None:
        for load in _others:
            load()
        found = find(name)
    return found
