"""Read the questions for a whole list, which has no pages: `limit` alone says how much of it is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from nuages.declare.spec import Paging, ResourceSpec
from nuages.errors import BadRequest
from nuages.parse.question import Question, QuestionReader

_PAGED = ("cursor", "offset", "page", "count")


class WholeReader(QuestionReader):
    """Reads such questions of one resource; its filters, search, order, fields and groups are those of the list."""

    def read(self, pairs: Sequence[tuple[str, Any]]) -> Question:
        """Read a question from its parameters.

        Raises: BadRequest as the list does, and for a place or a count.
        """
        for name, _ in pairs:
            if name in _PAGED:
                detail = f"{name}: an export has no pages and no count; it is the whole list, or its first limit= rows."
                raise BadRequest.parameter(name, "unknown-parameter", detail)
        return super().read(pairs)


def as_whole(spec: ResourceSpec) -> ResourceSpec:
    """The same resource, whose list is asked for whole.

    Shapes: without `limit=`, one row more than the most that an export may have is asked for.
    """
    most = spec.export.max_rows
    return replace(spec, paging=Paging(("cursor",), most + 1, most, 0))
