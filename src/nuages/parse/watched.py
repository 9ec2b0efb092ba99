"""Read the questions for a list that is watched: which members, shown how. Pages and numbers of them do not change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nuages.errors import BadRequest
from nuages.parse.question import Question, QuestionReader

_UNWATCHED = {
    **dict.fromkeys(
        ("cursor", "offset", "page"), "a list is watched from its first page on; limit= says how long that is"
    ),
    "count": "the members of a list that is watched are not counted",
    **dict.fromkeys(("group", "aggregate"), "members are watched, not groups of them"),
}


class WatchedReader(QuestionReader):
    """Reads such questions of one resource; filters, search, order, fields and limit are those of the list."""

    def read(self, pairs: Sequence[tuple[str, Any]]) -> Question:
        """Read a question from its parameters.

        Raises: BadRequest as the list does, and for a place, a count and groups.
        """
        for name, _ in pairs:
            if name in _UNWATCHED:
                raise BadRequest.parameter(name, "unknown-parameter", f"{name}: {_UNWATCHED[name]}.")
        return super().read(pairs)
