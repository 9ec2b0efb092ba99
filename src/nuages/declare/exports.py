"""Turn what a class says about exports into an ExportSpec. Mistakes go to a Report; nothing is raised."""

from __future__ import annotations

from typing import Any

from nuages.declare.report import Report
from nuages.declare.resource import Resource
from nuages.declare.spec import ExportSpec
from nuages.errors import suggest

FORMATS = ("csv", "ndjson")
MOST_ROWS = 100_000_000  # a limit is a number of nine digits at most


def read_exports(declared: type[Resource], report: Report) -> ExportSpec:
    """Check formats and the most rows, and that there is a list to export."""
    for name in declared.exports:
        if name not in FORMATS:
            report.add("E059", f"exports: there is no format {name!r}.", suggest(str(name), FORMATS))
    most: Any = declared.max_export
    if type(most) is not int or not 1 <= most <= MOST_ROWS:
        message = f"max_export = {most!r} is no number of rows."
        report.add("E059", message, f"A whole number from 1 to {MOST_ROWS:,}.")
        most = 1
    if declared.exports and "read" not in declared.rules:
        report.add("E059", "exports: nobody may read the list.", 'Give rules["read"], or leave out exports.')
    formats = tuple(name for name in FORMATS if name in declared.exports)
    return ExportSpec(formats, most, guards_csv=bool(declared.guard_csv))
