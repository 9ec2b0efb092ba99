"""Turn what a class says about pages and search into Paging and Search. Mistakes go to a Report; nothing is raised."""

from __future__ import annotations

from nuages.declare.operands import OperandReader
from nuages.declare.report import Report
from nuages.declare.resource import Resource
from nuages.declare.spec import Paging, Search
from nuages.errors import suggest

PAGING_KINDS = ("cursor", "offset", "page")
SEARCH_KINDS = ("words", "fulltext", "trigram")


def read_paging(declared: type[Resource], report: Report) -> Paging:
    """Check limits and the kinds of paging."""
    if not 1 <= declared.limit <= declared.max_limit:
        shown = f"limit = {declared.limit}, max_limit = {declared.max_limit}"
        report.add("E015", f"{shown}: 1 <= limit <= max_limit must hold.")
    if declared.max_offset < 0:
        report.add("E015", f"max_offset = {declared.max_offset} is below 0.")
    for kind in declared.paging:
        if kind not in PAGING_KINDS:
            report.add("E015", f"paging: there is no kind {kind!r}.", suggest(str(kind), PAGING_KINDS))
    kinds = tuple(kind for kind in declared.paging if kind in PAGING_KINDS) or ("cursor",)
    return Paging(kinds, declared.limit, declared.max_limit, declared.max_offset)


def read_search(declared: type[Resource], operands: OperandReader, report: Report) -> Search:
    """Resolve what is searched; the database's own search looks into texts of the row itself or of one other."""
    found = operands.search(declared.search)
    if declared.search_with not in SEARCH_KINDS:
        hint = suggest(str(declared.search_with), SEARCH_KINDS)
        report.add("E007", f"search_with: there is no kind {declared.search_with!r}.", hint)
    for name, operand in found.items():
        if declared.search_with != "words" and any(hop.many for hop in operand.hops):
            report.add("E007", f"search: {name!r} leads to many rows.", 'Only search_with = "words" looks into them.')
    return Search(tuple(found.values()), declared.search_with, declared.search_language)
