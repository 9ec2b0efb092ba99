"""Turn `limit`, `cursor`, `offset`, `page` and `count` into a Window: which of the rows in their order are shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from nuages.declare.spec import ResourceSpec
from nuages.errors import BadRequest, suggest
from nuages.parse.cursor import Cursor, read_cursor
from nuages.parse.groups import Grouping
from nuages.parse.orders import Order
from nuages.parse.quoting import short

COUNTS = ("exact", "capped", "estimated", "none")
# A limit that PostgreSQL does not know it takes for a tenth of the table, and plans for that: 50 books with all that
# belongs to them took 2.0 ms instead of 1.4. Each of these is a statement of its own; all others share one.
USUAL_LIMITS = frozenset(
    {1, 2, 3, 5, 10, 12, 15, 20, 24, 25, 30, 40, 48, 50, 60, 75, 80, 100, 150, 200, 250, 500, 1_000}
)
MAX_COUNTED = 10_000  # members that count=capped looks at


class Window(msgspec.Struct, frozen=True):
    """Which rows are shown.

    Shapes: `kind` is how the links go on; `scope` is what its cursors are valid for; `shape` begins with the limit
        where it is a usual one, which the planner then knows; `values` fill the slots of the place, the limit where it
        is not, and the offset, in this order.
    """

    kind: str
    limit: int
    cursor: Cursor | None
    offset: int
    count: str
    scope: str
    shape: tuple[Any, ...]
    values: tuple[Any, ...]

    @property
    def is_backwards(self) -> bool:
        """Whether the rows before the place are asked for, nearest first."""
        return self.cursor is not None and self.cursor.is_backwards


class WindowReader:
    """Reads the windows of one resource."""

    def __init__(self, spec: ResourceSpec, *, cursor_key: bytes) -> None:
        self._name = spec.plan_name
        self._paging = spec.paging
        self._cursor_key = cursor_key

    def read(self, special: Mapping[str, Any], order: Order, grouping: Grouping | None) -> Window:
        """Read the window that the reserved parameters ask for.

        Raises: BadRequest that names the parameter and what was wrong.
        """
        limit = self._paging.limit
        if "limit" in special:
            limit = self._number("limit", special["limit"], 1, self._paging.max_limit)
        is_usual = limit in USUAL_LIMITS or limit == self._paging.limit
        kind = self._kind(special)
        offset = self._offset(special, kind, limit)
        count = self._count(special.get("count", "none"))
        scope = self._scope(order, grouping)
        cursor = self._cursor(special["cursor"], scope, len(order.terms)) if special.get("cursor") else None
        nulls = tuple([value is None for value in cursor.place]) if cursor is not None else None
        direction = (cursor.is_backwards, cursor.is_inclusive) if cursor is not None else None
        shape = (limit if is_usual else None, kind != "cursor", count, nulls, direction)
        place = [value for value in cursor.place if value is not None] if cursor is not None else []
        values = (*place, *(() if is_usual else (limit + 1,)), *(() if kind == "cursor" else (offset,)))
        return Window(kind, limit, cursor, offset, count, scope, shape, values)

    def _scope(self, order: Order, grouping: Grouping | None) -> str:
        grouped = "" if grouping is None else "&".join(grouping.shape)
        return f"{self._name}?{order.text}&{grouped}"

    def _kind(self, special: Mapping[str, Any]) -> str:
        asked = [kind for kind in ("cursor", "offset", "page") if kind in special]
        if len(asked) > 1:
            raise BadRequest.parameter(asked[1], "repeated-parameter", f"Give {asked[0]} or {asked[1]}, not both.")
        for kind in asked:
            if kind not in self._paging.kinds:
                known = " and ".join(self._paging.kinds)
                raise BadRequest.parameter(kind, "unknown-parameter", f"{kind}: this list is paged by {known}.")
        return asked[0] if asked else self._paging.kinds[0]

    def _offset(self, special: Mapping[str, Any], kind: str, limit: int) -> int:
        if kind == "offset":
            return self._number("offset", special.get("offset", "0"), 0, self._paging.max_offset)
        if kind == "page":
            most = self._paging.max_offset // limit + 1
            return (self._number("page", special.get("page", "1"), 1, most) - 1) * limit
        return 0

    @staticmethod
    def _number(name: str, text: str, lowest: int, highest: int) -> int:
        is_number = text.isascii() and text.isdigit() and len(text) <= 9  # noqa: PLR2004  # more is beyond any limit
        if not (is_number and lowest <= int(text) <= highest):
            detail = f"{name}: {short(text)} is no whole number from {lowest} to {highest}."
            raise BadRequest.parameter(name, f"invalid-{name}", detail)
        return int(text)

    @staticmethod
    def _count(text: str) -> str:
        if text not in COUNTS:
            detail = f"count: {short(text)} is no way to count. {suggest(text, COUNTS)}".strip()
            raise BadRequest.parameter("count", "invalid-count", detail)
        return text

    def _cursor(self, text: str, scope: str, size: int) -> Cursor:
        return read_cursor(text, scope=scope, key=self._cursor_key, size=size)
