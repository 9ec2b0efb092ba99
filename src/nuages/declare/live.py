"""Check what a class says about being watched, and that its rows can be. Mistakes go to a Report; nothing is raised."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db import connections, router
from django.db.models import Model

from nuages.declare.report import Report
from nuages.declare.resource import Resource

_WATCHED = frozenset({"postgresql", "sqlite"})


def read_live(declared: type[Resource], model: type[Model], report: Report) -> bool:
    """Whether the list may be watched: where that is said, and its changes can be logged."""
    said: Any = declared.live
    if said is not True:
        if said is not False:
            report.add("E070", f"live = {said!r} is neither True nor False.", "Write live = True.")
        return False
    if "read" not in declared.rules:
        report.add("E070", "live: nobody may read the list.", 'Give rules["read"], or leave out live.')
    for message, hint in _unwatchable(model):
        report.add("E071", f"live: {message}", hint)
    return True


def _unwatchable(model: type[Model]) -> list[tuple[str, str]]:
    """Why no trigger tells of the changes of a model's rows."""
    meta, found = model._meta, []
    if not apps.is_installed("nuages"):
        hint = 'Put "nuages" into INSTALLED_APPS: its migrations make the log of changes.'
        found.append(("nothing logs the changes.", hint))
    if not meta.managed:
        hint = "A view tells of no changes; of a table of another program, manage it, or have a model of it managed."
        found.append((f"{meta.label} is not managed.", hint))
    parents = [parent for parent in meta.get_parent_list() if parent._meta.db_table != meta.db_table]
    if parents:
        hint = "Watch a resource of the parent, or use abstract inheritance."
        found.append((f"the rows of {meta.label} stand in several tables.", hint))
    if '"' in meta.db_table:
        hint = "Name the schema in search_path, in the database's OPTIONS."
        found.append((f"{meta.db_table!r} names more than a table.", hint))
    connection = connections[router.db_for_write(model)]
    if connection.vendor not in _WATCHED:
        found.append((f"{connection.display_name} is not watched.", "Use PostgreSQL or SQLite."))
    return found
